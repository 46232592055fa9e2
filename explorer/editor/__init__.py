"""What the editor shows of a run: sliders, ticks, facts, files to save. Knows runs, no page."""
