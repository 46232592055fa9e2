"""The map of the hourglass twin below that of the open run, laid onto it and linked with it."""

import streamlit as st

from explorer.beside import layout_beside
from explorer.components.face_map import face_map
from explorer.learn.twin import load_twin, twin_folder
from explorer.loaded import Loaded
from explorer.map_columns import IN_HAND, column
from explorer.map_route import beside_key, pictures_of
from explorer.page import state

HELP = (
    "The same faces as an autoencoder without a prior lays them out. The map is turned so that "
    "places compare; hover, selection and zoom are shared."
)


def show_twin_map(model: Loaded, layout: str, colour: str, filter_text: str) -> None:
    """A switch and, when it is on, the twin's map; nothing where there is no twin on disk.

    layout, colour, filter_text: as the map above shows them.
    """
    if not twin_folder(model.run.root).is_dir():
        return
    if not st.toggle("Map of the hourglass twin", key="twin_map", help=HELP):
        return
    try:
        run = load_twin(model).run
        layout_beside(run, model.run, layout)
        if colour != IN_HAND:
            column(run, colour)
    except ValueError as error:  # RunError, LayoutError, ColumnError
        st.warning(str(error).replace("\n", "  \n"), icon=":material/map:")
        return
    face_map(
        "twin_face_map",
        run_key=beside_key(run, model.run),
        count=len(run.faces),
        layout=layout,
        colour=colour,
        filter_text=filter_text,
        picked=state.picture(),
        pictures=pictures_of(run) is not None,
        on_picked_change=lambda: state.pick_on_map("twin_face_map"),
        twin=True,
        name="Face map of the hourglass twin",
    )
