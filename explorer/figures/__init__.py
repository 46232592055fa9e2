"""Figures as plain data, options of ECharts. Knows recipes and runs, no chart library."""
