"""The steps of Learn, thin pages over explorer/learn/. Knows any room but the other pages."""
