"""A group of faces below the map: what it looks like, what sets it apart, files, a direction."""

import html
from collections.abc import Callable

import numpy as np
import streamlit as st

from explorer.derived.map_quality import sample
from explorer.editor.export import FACES_A_TURN, png_file
from explorer.faces.group_files import contact_sheet, group_csv, group_npz
from explorer.faces.groups import Share, mean_code, profile
from explorer.language.text import _, n_
from explorer.page import state
from explorer.page.explore.group_direction import keep_buttons, show_direction
from explorer.page.parts import download_button, show_picture
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import Loaded
from explorer.run.run import Run, run_key

COLUMNS, LINES = 8, 3  # of the contact sheet
FIRST_ATTRIBUTES = 6  # attributes at first sight
STYLE = """
<style>
.profile { border-collapse: collapse; width: 100%; font-size: 0.8rem; }
.profile td, .profile th { padding: 0.12rem 0.4rem 0.12rem 0; text-align: left; font-weight: 400; }
.profile td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.profile .bar { position: relative; min-width: 5rem; height: 0.6rem; border-radius: 3px;
  background: color-mix(in srgb, currentColor 10%, transparent); }
.profile .bar i { position: absolute; inset: 0 auto 0 0; border-radius: 3px; background: #009e73; }
.profile .bar b { position: absolute; top: -2px; bottom: -2px; width: 2px; margin-left: -1px;
  background: currentColor; }
.profile .all { opacity: 0.65; }
</style>
"""


def show_group(loaded: Loaded, rows: np.ndarray, what: str) -> None:
    """Below the map, while there is a group or one was kept.

    rows: (N,) bool, the group, possibly none. what: how it was chosen, such as "selected".
    """
    count = int(rows.sum())
    if count:
        with st.container(border=True, key="group"):
            _show_faces(loaded, rows, what)
            _show_profile(loaded.run, rows)
            with st.container(horizontal=True, gap="xsmall", key="group_actions"):
                keep_buttons(loaded.run, rows)
                with st.popover(_("All attributes"), key="group_attributes"):
                    _show_all(profile(loaded.run.faces, rows))
                with st.popover(_("Download"), icon=":material/download:", key="group_download"):
                    _show_files(loaded, rows)
    show_direction(loaded.run)


def _show_faces(loaded: Loaded, rows: np.ndarray, what: str) -> None:
    count, total = int(rows.sum()), len(rows)
    shown = min(count, COLUMNS * LINES)
    faces = n_("{count:,} face", "{count:,} faces", count).format(count=count)
    st.markdown(
        _("**{faces} {what}**, {share:.1%} of all").format(
            faces=faces, what=what, share=count / total
        )
    )
    renderer = state.recipe().renderer
    key = f"{run_key(loaded.run)} {np.packbits(rows).tobytes().hex()}"
    mean, sheet = _pictures(loaded, key, renderer, rows)
    left, right = st.columns([3, 10], gap="small")
    with left:
        name = _("Mean face") if count > 1 else _("This face")
        show_picture(mean, name)
        st.caption(name)
    with right:
        told = (
            _("{shown:,} of them, drawn at random").format(shown=shown)
            if shown < count
            else _("All of them")
        )
        show_picture(sheet, _("Faces of the group"), None if shown >= COLUMNS else 48 * shown)
        st.caption(told)


@st.cache_data(max_entries=32, show_spinner=False)
def _pictures(
    _loaded: Loaded, key: str, renderer: str, _rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The mean face (S, S, 3) and the contact sheet, uint8. key: of the run and the rows."""
    faces = _loaded.run.faces
    shown = np.flatnonzero(_rows)[sample(int(_rows.sum()), COLUMNS * LINES)]
    codes = np.concatenate([mean_code(faces, _rows)[None], faces.mean[shown]])
    mean, *pictures = _loaded.named(renderer).decode(codes)
    return mean, contact_sheet(np.stack(pictures), COLUMNS)


def _show_profile(run: Run, rows: np.ndarray) -> None:
    """The attributes that are surely over-represented, the clearest first."""
    if rows.sum() == 1:
        (row,) = np.flatnonzero(rows)
        has = [attribute_name(str(n)) for n in run.faces.attributes[run.faces.labels[row]]]
        st.caption(
            _("One face, {attributes}. Select more to see what sets a group apart.").format(
                attributes=", ".join(has) or _("without any of the attributes")
            )
        )
        return
    over = [share for share in profile(run.faces, rows) if share.sure and share.log_odds > 0]
    if not over:
        st.caption(_("No attribute is surely more frequent in this group than elsewhere."))
        return
    st.html(STYLE + profile_table(over[:FIRST_ATTRIBUTES]))


def profile_table(shares: list[Share]) -> str:
    """HTML: a bar for the group's share, a mark on it for everyone's, and the counts."""
    lines = []
    for s in shares:
        of_all = _("{share:.0%} of all").format(share=s.share_of_all)
        lines.append(
            f"<tr><td>{html.escape(attribute_name(s.attribute))}</td>"
            f'<td style="width:45%"><div class="bar"><i style="width:{s.share:.1%}"></i>'
            f'<b style="left:{s.share_of_all:.1%}"></b></div></td>'
            f'<td class="n"><strong>{s.share:.0%}</strong> ({s.in_group:,})</td>'
            f'<td class="n all">{of_all}</td></tr>'
        )
    head = f"<tr><th>{_('More frequent here')}</th><th></th><th></th><th></th></tr>"
    return f'<table class="profile"><thead>{head}</thead><tbody>{"".join(lines)}</tbody></table>'


def _show_all(shares: list[Share]) -> None:
    st.dataframe(
        {
            _("attribute"): [attribute_name(s.attribute) for s in shares],
            _("in group"): [s.in_group for s in shares],
            _("share"): [s.share for s in shares],
            _("share of all"): [s.share_of_all for s in shares],
            _("log odds ratio"): [round(s.log_odds, 2) for s in shares],
            _("sure"): [s.sure for s in shares],
        },
        column_config={
            name: st.column_config.NumberColumn(format="percent")
            for name in (_("share"), _("share of all"))
        },
        hide_index=True,
        width=520,
        height=380,
    )
    st.caption(_("Sure: chance alone would rarely make a group differ so much from the others."))


def _show_files(loaded: Loaded, rows: np.ndarray) -> None:
    faces, count = loaded.run.faces, int(rows.sum())

    def button(label: str, make: Callable[[], str | bytes], name: str, says: str) -> None:
        kind = name.rpartition(".")[2]
        download_button(label, make, name, key=f"group_{kind}", about=says)

    button(
        _("Ids and attributes, CSV"),
        lambda: group_csv(faces, rows),
        f"group-{count}.csv",
        _("A line for each face: its id, then 1 or 0 for each attribute."),
    )
    button(
        _("Latents, NPZ"),
        lambda: group_npz(faces, rows),
        f"group-{count}.npz",
        _("For numpy.load: ids, mean and logvar of q(z|x), labels."),
    )
    button(
        _("Contact sheet, PNG"),
        lambda: _whole_sheet(loaded, rows),
        f"group-{count}.png",
        _("Up to 400 faces of the group, drawn by the decoder."),
    )


def _whole_sheet(loaded: Loaded, rows: np.ndarray, most: int = 400) -> bytes:
    shown = np.flatnonzero(rows)[sample(int(rows.sum()), most)]
    codes = loaded.run.faces.mean[shown]
    starts = range(0, len(codes), FACES_A_TURN)
    renderer = loaded.renderer_of(state.recipe())
    pictures = [renderer.decode(codes[k : k + FACES_A_TURN]) for k in starts]
    return png_file(contact_sheet(np.concatenate(pictures), 20))
