"""Judges of pictures that look where an attribute is, and how alike two people are."""
