"""The map of the twin beside that of the open run, laid onto it and linked with it.

Below it where the window is narrow.
"""

import streamlit as st

from explorer.components.face_map import face_map
from explorer.faces.prepared_pictures import has_pictures
from explorer.language.errors import told
from explorer.language.text import N_, _
from explorer.map.beside import beside_key, layout_beside
from explorer.page import state
from explorer.run.loaded import Loaded
from explorer.run.twin import NAMES, kind_of_twin, load_twin, twin_folder

TWINS = {"ae": N_("an autoencoder without a prior"), "vae": N_("a VAE, with a prior,")}
HELP = N_(
    "The same faces as {twin} lays them out. The map is turned so that places compare; hover, "
    "selection and zoom are shared."
)
MAP = "twin_face_map"
SWITCH = "twin_map"  # key of the switch
WIDE = 1600  # pixels of a window in which both maps have room
_COLUMN = ".st-key-explore > * > .stHorizontalBlock > .stColumn"
# In a wide window the maps share a row, and get some of the editor's room.
BESIDE = f"""<style>
.st-key-maps {{display: grid; gap: 1rem; grid-template-columns: minmax(0, 1fr)}}
@media (min-width: {WIDE}px) {{
  .st-key-maps {{grid-template-columns: repeat(2, minmax(0, 1fr))}}
  {_COLUMN}:first-child {{flex: 3 1 0}}
  {_COLUMN}:last-child {{flex: 2 1 0}}
}}
</style>"""


def show_twin_switch(loaded: Loaded) -> None:
    """The switch, where there is a twin on disk."""
    if twin_folder(loaded.run.root).is_dir():
        kind = kind_of_twin(loaded)
        st.toggle(_("Twin's map"), key=SWITCH, help=_(HELP).format(twin=_(TWINS[kind])))


def show_twin_map(loaded: Loaded, layout: str, colour: str, filter_text: str, height: str) -> None:
    """The twin's map when its switch is on, in the container of the open run's map.

    layout, colour, filter_text, height: as the open run's map is given them; which colour that one
    was given by hand, it tells this one in the browser.
    """
    if not state.widget(SWITCH) or not twin_folder(loaded.run.root).is_dir():
        return
    try:
        run = load_twin(loaded).run
        layout_beside(run, loaded.run, layout)
    except ValueError as error:  # RunError, LayoutError
        st.warning(told(error).replace("\n", "  \n"), icon=":material/map:")
        return
    st.html(BESIDE)
    face_map(
        MAP,
        run_key=beside_key(run, loaded.run),
        count=len(run.faces),
        layout=layout,
        colour=colour,
        filter_text=filter_text,
        picked=state.picture(),
        pictures=has_pictures(run.faces),
        heard=state.heard(MAP),
        on_messages_change=lambda: state.hear(
            MAP, {"picked": state.after_editor(state.pick_on_map, loaded.run.space)}
        ),
        twin=True,
        height=height,
        name=_("Face map of the {kind} twin").format(kind=_(NAMES[kind_of_twin(loaded)])),
    )
