"""Places: each attribute has one, inside the picture."""

from data import ATTRIBUTES
from training.judges.places import EVERYWHERE, LOCAL, PLACE_OF, SIZE, WHOLE


def test_every_attribute_has_one_place_and_some_have_the_whole_face():
    named = [name for place in LOCAL for name in place.attributes]
    assert len(named) == len(set(named))
    assert set(named) < set(ATTRIBUTES)
    assert list(PLACE_OF) == list(ATTRIBUTES)
    for name in ("Male", "Young", "Attractive", "Chubby", "Pale_Skin"):
        assert PLACE_OF[name] == WHOLE
    assert PLACE_OF["Mustache"] == "mouth"
    assert [ATTRIBUTES[k] for k in EVERYWHERE.columns] == list(ATTRIBUTES)


def test_places_and_holes_lie_in_the_picture():
    for place in (*LOCAL, EVERYWHERE):
        assert 0 <= place.rows[0] < place.rows[1] <= SIZE
        if place.hole:
            upper, lower, left, right = place.hole
            assert place.rows[0] <= upper < lower < place.rows[1]
            assert 0 < left < right < SIZE
