"""The first page: map and editor, with their popovers. Knows any room but the other pages."""
