"""What Streamlit offers without a component: one slider and the face it makes. To compare with.

Most of its time is the garbage collection after every run of a script, which walks through all of
torch; the explorer avoids it (streamlit_app.py), a page of stock parts has it.
"""

import numpy as np
import streamlit as st

from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.run.loaded import chosen_run, open_run

ATTRIBUTE = "Blond_Hair"

loaded = open_run(chosen_run())
strength = st.slider("Blond Hair", -3.0, 3.0, 0.0, 0.05)
recipe = Recipe(attributes={ATTRIBUTE: strength})
picture = loaded.renderer.decode(compose(recipe, loaded.run.space)[None])[0]
st.image(np.asarray(picture), width=210)
