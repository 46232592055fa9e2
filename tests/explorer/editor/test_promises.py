"""What sliders can do: their order, and what is said of them."""

from explorer.editor.promises import FIRST, HIDDEN, MOST_FIRST, NOTHING, Promises, folded, ordered


def slider(name: str, group: str) -> dict:
    return {"name": name, "group": group, "facts": ["known"]}


SLIDERS = [slider("Bald", "Hair"), slider("Bangs", "Hair"), slider("Hat", "Hair")]
SLIDERS += [slider("Smiling", "Mouth"), slider("Big_Lips", "Mouth")]


def test_those_that_can_do_most_come_first_under_their_heading_and_hidden_ones_last():
    promises = Promises({"Bangs": 0.7, "Bald": 0.4, "Big_Lips": 0.99}, frozenset({"Big_Lips"}), "b")
    found = ordered(SLIDERS, promises)
    assert [(s["group"], s["name"]) for s in found] == [
        ("Hair", "Bangs"),
        ("Hair", "Bald"),
        ("Hair", "Hat"),  # of which nothing was measured
        ("Mouth", "Smiling"),
        (HIDDEN, "Big_Lips"),
    ]


def test_those_that_work_best_stand_before_all_headings_which_are_folded():
    promises = Promises({"Smiling": 0.95, "Bangs": 0.9, "Hat": 0.79}, frozenset({"Big_Lips"}), "b")
    found = ordered(SLIDERS, promises)
    assert [(s["group"], s["name"]) for s in found] == [
        (FIRST, "Smiling"),
        (FIRST, "Bangs"),
        ("Hair", "Hat"),
        ("Hair", "Bald"),
        (HIDDEN, "Big_Lips"),
    ]
    assert folded(found) == ["Hair", HIDDEN]
    assert folded(ordered(SLIDERS, NOTHING)) == []


def test_what_people_look_for_goes_before_what_works_as_well():
    sliders = [slider(f"Other {k}", "Hair") for k in range(MOST_FIRST)]
    sliders += [slider("Eyeglasses", "Eyes"), slider("Smiling", "Mouth")]
    success = {s["name"]: 0.99 for s in sliders} | {"Eyeglasses": 0.85, "Smiling": 0.5}
    first = [s["name"] for s in ordered(sliders, Promises(success, frozenset(), "b"))]
    assert first[:MOST_FIRST] == [*(f"Other {k}" for k in range(MOST_FIRST - 1)), "Eyeglasses"]


def test_success_is_told_and_of_hidden_ones_none_is_claimed():
    promises = Promises(
        {"Bangs": 0.9, "Big_Lips": 0.99}, frozenset({"Big_Lips"}), "the second judge"
    )
    facts = {s["name"]: s["facts"] for s in ordered(SLIDERS, promises)}
    assert "90% of the faces" in facts["Bangs"][0]
    assert "the second judge" in facts["Bangs"][0]
    assert facts["Big_Lips"][0].startswith(HIDDEN)
    assert not any("99%" in fact for fact in facts["Big_Lips"])
    assert facts["Hat"] == ["known"]
    assert all(of[-1] == "known" for of in facts.values())


def test_where_nothing_was_measured_sliders_stand_as_they_did():
    assert ordered(SLIDERS, NOTHING) == SLIDERS
