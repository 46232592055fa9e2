"""Edits that are learned: the step that a face takes to get or lose an attribute."""
