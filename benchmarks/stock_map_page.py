"""The map as a packaged chart draws it, and nothing else. To compare with.

Plotly is what a page of Streamlit would take for it, so here is its place. The app itself draws
points with a renderer of its own, and all figures with ECharts (explorer/figures/charts.py).
"""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from explorer.run.loaded import chosen_run, open_run

ATTRIBUTE, COLOURS = "Smiling", ("#56b4e9", "#d55e00")

run = open_run(chosen_run()).run
st.markdown("Face map")
places, has = run.face_map.positions("attributes/umap2"), run.faces.label(ATTRIBUTE)
figure = go.Figure(
    go.Scattergl(
        x=places[:, 0],
        y=places[:, 1],
        mode="markers",
        marker={"size": 4, "color": np.take(COLOURS, has.astype(int))},
        text=run.faces.ids,
    )
)
st.plotly_chart(figure)
