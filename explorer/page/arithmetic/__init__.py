"""Formulas, and tables of edited faces. Knows any room but the other pages."""
