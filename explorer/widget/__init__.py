"""The explorer in a notebook: face, sliders and map of the page, with the kernel as their server.

    from explorer import load
    load().widget()

Needs the Python package anywidget.
"""
