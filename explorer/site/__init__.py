"""A page without a server: `python -m explorer site RUN --out DIR`, and the JavaScript of it.

The browser does what explorer/recipe/ and explorer/decoding/ do on a server: the modules of this
folder are twins of files there, each named after its own, and tests compare them.
"""
