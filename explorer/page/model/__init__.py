"""The Model page: training, dimensions, samples, runs. Knows any room but the other pages."""
