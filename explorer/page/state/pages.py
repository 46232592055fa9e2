"""What the pages of Arithmetic and Learn hold while others are open."""

import streamlit as st

from explorer.learn.tiny_training import Report


def shuffle(key: str) -> int:
    """The number of times that other faces were asked for, plus 1; key: of the table."""
    return st.session_state.setdefault(f"{key}_shuffle", 1)


def shuffle_again(key: str) -> None:
    """Callback: other faces."""
    st.session_state[f"{key}_shuffle"] = shuffle(key) + 1


def strengths(key: str) -> dict[str, float]:
    """Name of a table's slider -> where it was left; key: of the table."""
    return st.session_state.setdefault(f"{key}_strengths", {})


def set_strengths(key: str, new: dict[str, float]) -> None:
    """Sliders were let go there."""
    st.session_state[f"{key}_strengths"] = strengths(key) | new


def codes_colour(first: str) -> str:
    """The attribute that colours the map of Learn; at the beginning the `first`."""
    return st.session_state.setdefault("codes_colour", first)


def set_codes_colour(attribute: str) -> None:
    """Colour it by another one."""
    st.session_state["codes_colour"] = attribute


def picked_code(first: str) -> str:
    """The id of the face whose code is decoded there; until one is picked the `first`."""
    return st.session_state.get("codes_picked", first)


def pick_code(picture_id: str) -> None:
    """Decode another one's."""
    st.session_state["codes_picked"] = picture_id


def training_report() -> Report | None:
    """How far the two trainings of Learn came, None before they were started."""
    return st.session_state.get("elbo_report")


def set_training_report(report: Report) -> None:
    """They came farther, or began anew."""
    st.session_state["elbo_report"] = report


def guess(step: str) -> str | None:
    """What the reader of a step of Learn thought that its figure shows; None before they said."""
    return st.session_state.get(f"guess-{step}")


def keep_guess(step: str, said: str) -> None:
    """Callback: they said it."""
    st.session_state[f"guess-{step}"] = said


def skips_questions() -> bool:
    """Whether they want to be asked nothing in this session."""
    return st.session_state.get("skips_questions", False)


def let_questions_fit(fit: bool) -> None:
    """Whether what Learn asks and answers is about the pictures of the run that is open."""
    st.session_state["questions_fit"] = fit


def questions_fit() -> bool:
    """Whether it is."""
    return st.session_state.get("questions_fit", True)


def skip_questions() -> None:
    """Callback: they do not."""
    st.session_state["skips_questions"] = True


def leave_for_editor() -> None:
    """In a callback: Explore is to be opened when the page is drawn next."""
    st.session_state["to_editor"] = True


def leaves_for_editor() -> bool:
    """Whether it is; asked once."""
    return st.session_state.pop("to_editor", False)
