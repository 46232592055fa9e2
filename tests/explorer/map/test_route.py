"""The map's routes give what numpy has, byte for byte, and say why where they do not."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from data.prepared import Prepared
from explorer.faces import prepared_pictures
from explorer.map.route import PATH, MapRoute
from explorer.recipe.attributes import attribute_name
from explorer.run.loaded import open_run
from explorer.run.run import Run, run_key
from training.run.run_folder import RunError


@pytest.fixture
def run(drawn_run) -> Run:
    return open_run(drawn_run).run


@pytest.fixture
def client(run: Run) -> TestClient:
    return TestClient(Starlette(routes=[MapRoute(lambda: run).route]))


def get(client: TestClient, run: Run, address: str, **options):
    return client.get(f"{PATH}/{run_key(run)}{address}", **options)


def test_ids_come_one_a_line(client, run):
    assert get(client, run, "/ids").text.split("\n") == list(run.faces.ids)


@pytest.mark.parametrize("lens", ["attributes", "codes"])
def test_positions_are_those_of_the_map(client, run, lens):
    answer = get(client, run, f"/positions/{lens}/umap2")
    found = np.frombuffer(answer.content, "<f4").reshape(-1, 2)
    np.testing.assert_array_equal(found, run.face_map.positions(f"{lens}/umap2"))


def test_a_column_is_a_byte_a_face_and_says_what_it_means(client, run):
    answer = get(client, run, "/column/Wearing_Lipstick")
    assert len(answer.content) == len(run.faces)
    found = np.frombuffer(answer.content, np.uint8)
    np.testing.assert_array_equal(found, run.faces.label("Wearing_Lipstick"))
    assert json.loads(answer.headers["Column"]) == {
        "title": "Wearing Lipstick",
        "kind": "categories",
        "labels": ["not Wearing Lipstick", "Wearing Lipstick"],
        "note": "CelebA's annotation",
    }


def test_all_columns_of_the_menu_are_there(client, run):
    known = get(client, run, "/columns").json()
    assert [c["name"] for c in known][: len(run.faces.attributes)] == list(run.faces.attributes)
    for c in known:
        answer = get(client, run, f"/column/{c['name']}")
        assert answer.status_code == 200
        assert json.loads(answer.headers["Column"])["title"] == c["title"]


@pytest.mark.parametrize("text", ["", "+Male", "-Young -Smiling", "+Male -Young"])
def test_a_filter_is_a_bit_a_face(client, run, text):
    answer = get(client, run, "/mask", params={"filter": text})
    keep = np.ones(len(run.faces), bool)
    for word in text.split():
        keep &= run.faces.label(word[1:]) == (word[0] == "+")
    assert len(answer.content) == -(-len(run.faces) // 8)
    bits = np.unpackbits(np.frombuffer(answer.content, np.uint8), bitorder="little")
    np.testing.assert_array_equal(bits[: len(keep)].astype(bool), keep)


def test_a_face_is_told_by_attributes_that_it_has_the_strongest_first(client, run):
    lenses, known = run.face_map.lenses, run.faces.attributes.tolist()
    for row in (0, 5):
        told = get(client, run, f"/about/{run.faces.ids[row]}").json()["attributes"]
        has = [name for name in known if run.faces.labels[row, known.index(name)]]
        assert len(told) == min(4, len(has))
        margin = {
            attribute_name(name): float(run.faces.mean[row] @ lenses.weight[:, k] + lenses.bias[k])
            for k, name in enumerate(lenses.attributes.tolist())
            if name in has
        }
        assert told == sorted(margin, key=margin.get, reverse=True)[: len(told)]


def test_the_picture_is_the_one_that_was_encoded(client, run, drawn_many: Prepared, monkeypatch):
    monkeypatch.setattr(prepared_pictures, "PREPARED", drawn_many.root.parent)
    name = str(run.faces.ids[3])
    answer = get(client, run, f"/picture/{name}")
    row = list(drawn_many.table["id"]).index(name)
    found = np.asarray(Image.open(io.BytesIO(answer.content)))
    np.testing.assert_array_equal(found, drawn_many.pictures[row])


def test_what_is_given_may_be_kept_and_what_is_refused_may_not(client, run):
    assert "immutable" in get(client, run, "/ids").headers["Cache-Control"]
    assert get(client, run, "/column/Wings").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("/positions/tea/umap2", "expected a layout such as attributes/umap2"),
        ("/column/Wings", "expected a column of this run; found 'Wings'"),
        ("/mask?filter=%2BWings", "unknown attribute 'Wings'"),
        ("/mask?filter=Male", "expected +Attribute, |Attribute, -Attribute or #id; found 'Male'"),
        ("/about/999999.jpg", "expected the id of a face of this map; found '999999.jpg'"),
        ("/picture/999999.jpg", "expected the id of a face of this map; found '999999.jpg'"),
    ],
)
def test_what_is_unknown_is_said(client, run, address, reason):
    answer = get(client, run, address)
    assert answer.status_code == 404
    assert answer.text.startswith(reason)


def test_pictures_that_are_not_on_disk_are_said(client, run, monkeypatch, tmp_path):
    monkeypatch.setattr(prepared_pictures, "PREPARED", tmp_path)
    answer = get(client, run, f"/picture/{run.faces.ids[0]}")
    assert answer.status_code == 404
    assert answer.text == f"expected the pictures of this run in {tmp_path}; found none"


def test_a_map_of_another_run_is_refused(client, run):
    answer = client.get(f"{PATH}/0123456789abcdef/ids")
    assert answer.status_code == 404
    assert answer.text == (
        f"expected the map {run_key(run)} of the open run; found '0123456789abcdef'"
    )


def test_a_run_that_cannot_be_opened_is_said(run):
    def missing() -> Run:
        raise RunError("a run", "none", "make one")

    client = TestClient(Starlette(routes=[MapRoute(missing).route]))
    answer = get(client, run, "/ids")
    assert answer.status_code == 404
    assert "make one" in answer.text
