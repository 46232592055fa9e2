"""The baseline of benchmarks/drag.py: Streamlit's own slider and picture over the same decoder."""

import numpy as np
import streamlit as st

from explorer.loaded import chosen_run, loaded
from explorer.recipe import Recipe
from explorer.space import compose

model = loaded(chosen_run())
shift = st.slider("PC 1", -4.0, 4.0, 0.0, step=0.05)
code = compose(Recipe(components={1: shift}), model.run.space)
st.image(model.decoder.decode(np.stack([code]))[0], width=210, output_format="PNG", alt="Face")
