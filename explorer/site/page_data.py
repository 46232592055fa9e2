"""What a site's page knows besides the space file, as plain data: page.json."""

from explorer.recipe import link_text

# What recipes are written with in an address, for explorer/site/link_text.js.
WRITING = {"version": link_text.VERSION, "words": link_text.WORDS.decode()}
