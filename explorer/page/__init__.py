"""What Streamlit runs: the pages, and the parts that several share. Nothing below imports it."""
