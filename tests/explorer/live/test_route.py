"""The live route takes what it should, answers it rightly, and survives everything else."""

import contextlib
import json
import threading
from dataclasses import replace

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from data import ATTRIBUTES
from explorer.language.catalogues import LANGUAGES
from explorer.language.text import _, speaking
from explorer.live import route as live
from explorer.live.messages import HEADER, MOST_POINTS, MOST_RECIPES
from explorer.live.route import LARGEST_MESSAGE, PATH, LiveRoute
from explorer.live.work import QUICK_MESSAGE, composing
from explorer.map.layouts import layout
from explorer.recipe.banks import MOST_DIRECTIONS
from explorer.recipe.code_text import code_to_text, direction_to_text
from explorer.recipe.compose import compose
from explorer.recipe.recipe import MOST_PARTS, Recipe, Source
from explorer.recipe.sample import Sample
from explorer.run.loaded import open_run
from training.codes.flow_sampler import FlowSampler
from training.run.run_folder import RunError

LAYOUT = "attributes/umap2"
RENDERER = "expected a renderer of mean, sharp"


@pytest.fixture
def loaded(drawn_run):
    return open_run(drawn_run)


@pytest.fixture
def client(loaded):
    return TestClient(Starlette(routes=[LiveRoute(lambda: loaded).route]))


def message(*recipes, number=7):
    return json.dumps({"number": number, "recipes": [recipe.to_data() for recipe in recipes]})


def place(recipe, layout, number=7):
    asked = {"recipe": recipe.to_data(), "layout": layout}
    return json.dumps({"number": number, "place": asked})


def blend(points, layout=LAYOUT, number=7, **more):
    return json.dumps({"number": number, "blend": {"points": points, "layout": layout} | more})


def read(answer):
    number, count, side, milliseconds = HEADER.unpack_from(answer)
    assert milliseconds >= 0
    pixels = np.frombuffer(answer, np.uint8, offset=HEADER.size)
    return number, pixels.reshape(count, side, side, 3)


def test_pictures_come_back_in_order_under_their_number(client, loaded):
    attribute = next(iter(loaded.run.space.vectors))
    recipes = [
        Recipe(),
        Recipe(Source("seed", 3)),
        Recipe(
            Source("picture", str(loaded.run.faces.ids[0])),
            attributes={attribute: 1.5},
            components={1: -2.0},
        ),
    ]
    with client.websocket_connect(PATH) as socket:
        socket.send_text(message(*recipes, number=41))
        number, pictures = read(socket.receive_bytes())
    expected = loaded.renderer.decode(np.stack([compose(r, loaded.run.space) for r in recipes]))
    assert number == 41
    # One level, because torch may add in another order.
    assert np.abs(pictures.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("name", [LAYOUT, "codes/pca3", "Male+Smiling/axes2"])
def test_a_place_is_that_of_the_code_with_the_faces_nearest_in_z(client, loaded, name):
    code = loaded.run.faces.mean[5] + 0.3
    recipe = Recipe(Source("code", code_to_text(code)), attributes={}, components={1: 1.0})
    with client.websocket_connect(PATH) as socket:
        socket.send_text(place(recipe, name, number=3))
        answer = json.loads(socket.receive_text())
    z = compose(recipe, loaded.run.space)
    expected = layout(loaded.run, name).place(z)
    assert answer["number"] == 3
    np.testing.assert_allclose(answer["place"]["position"], expected.position, rtol=1e-6)
    assert answer["place"]["confidence"] == pytest.approx(expected.confidence)
    away = np.linalg.norm(loaded.run.faces.mean - z, axis=1)
    assert answer["place"]["nearest"] == np.argsort(away)[:8].tolist()
    np.testing.assert_allclose(answer["place"]["distances"], np.sort(away)[:8], rtol=1e-5)


def test_a_blend_is_the_decoded_weighted_mean_and_says_how_far_faces_hold_it_up(client, loaded):
    positions = layout(loaded.run, LAYOUT).positions
    points = [positions[3].tolist(), positions.mean(0).tolist(), (positions.max(0) + 1e4).tolist()]
    with client.websocket_connect(PATH) as socket:
        socket.send_text(blend(points, number=11))
        answer = socket.receive_bytes()
    codes, support = layout(loaded.run, LAYOUT).blend.at(np.array(points, np.float32))
    number, pictures = read(answer[: -4 * len(points)])
    assert number == 11
    expected = loaded.renderer.decode(codes)
    assert np.abs(pictures.astype(int) - expected).max() <= 1
    np.testing.assert_array_equal(np.frombuffer(answer, "<f4", offset=len(answer) - 12), support)


@pytest.fixture
def both(drawn_sharp_run):
    """A run with a sharp renderer."""
    return open_run(drawn_sharp_run)


def test_recipes_of_one_message_are_drawn_each_by_its_own_renderer(both):
    """As favourites are; a grid of 64 of one renderer is one batch."""
    client = TestClient(Starlette(routes=[LiveRoute(lambda: both).route]))
    mixed = [
        Recipe(Source("seed", k), renderer="sharp" if k in (0, 3, 4) else "mean") for k in range(6)
    ]
    grid = [Recipe(Source("seed", k), renderer="sharp") for k in range(MOST_RECIPES)]
    for recipes in (mixed, mixed[::-1], grid):
        with client.websocket_connect(PATH) as socket:
            socket.send_text(message(*recipes, number=5))
            number, pictures = read(socket.receive_bytes())
        assert number == 5
        for recipe, picture in zip(recipes, pictures, strict=True):
            code = compose(recipe, both.run.space)[None]
            (expected,) = both.named(recipe.renderer).decode(code)
            assert np.abs(picture.astype(int) - expected).max() <= 1
            (other,) = both.named("mean" if recipe.renderer == "sharp" else "sharp").decode(code)
            assert np.abs(picture.astype(int) - other).max() > 8


@pytest.mark.parametrize("renderer", [None, "mean", "sharp"])
def test_a_blend_is_drawn_by_the_renderer_that_it_names(both, renderer):
    client = TestClient(Starlette(routes=[LiveRoute(lambda: both).route]))
    points = layout(both.run, LAYOUT).positions[:2].tolist()
    more = {} if renderer is None else {"renderer": renderer}
    with client.websocket_connect(PATH) as socket:
        socket.send_text(blend(points, **more))
        _, pictures = read(socket.receive_bytes()[: -4 * len(points)])
    codes, _ = layout(both.run, LAYOUT).blend.at(np.array(points, np.float32))
    expected = both.named(renderer or "mean").decode(codes)
    assert np.abs(pictures.astype(int) - expected).max() <= 1


def test_a_run_without_a_sharp_renderer_draws_the_mean_where_it_is_named(client, loaded):
    points = layout(loaded.run, LAYOUT).positions[:1].tolist()
    codes, _ = layout(loaded.run, LAYOUT).blend.at(np.array(points, np.float32))
    with client.websocket_connect(PATH) as socket:
        socket.send_text(message(Recipe(renderer="sharp")))
        _, pictures = read(socket.receive_bytes())
        socket.send_text(blend(points, renderer="sharp"))
        _, blended = read(socket.receive_bytes()[:-4])
    expected = loaded.renderer.decode(compose(Recipe(), loaded.run.space)[None])
    assert np.abs(pictures.astype(int) - expected).max() <= 1
    assert np.abs(blended.astype(int) - loaded.renderer.decode(codes)).max() <= 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "expected JSON"),
        ("[1, 2]", "expected JSON"),
        ("null", "expected JSON"),
        ('{"number": 1}', "expected JSON"),
        ('{"number": -1, "recipes": []}', "expected a number"),
        ('{"number": true, "recipes": []}', "expected a number"),
        ('{"number": 1, "recipes": []}', f"expected a list of 1 to {MOST_RECIPES}"),
        ('{"number": 1, "recipes": "many"}', "expected a list"),
        ('{"number": 1, "recipes": [1]}', "expected the JSON of a recipe"),
        ("[" * 5000, "expected JSON"),
        (message(*[Recipe()] * (MOST_RECIPES + 1)), "expected a list"),
        (message(Recipe(Source("picture", "nobody.jpg"))), "found 'nobody.jpg'"),
        (message(Recipe(attributes={"Wings": 1.0})), "found 'Wings'"),
        (message(Recipe()).replace('{}, "dim', '{"1": NaN}, "dim'), "found nan"),
        (message(Recipe()).replace('{}, "dim', '{"1": 99}, "dim'), "within"),
        ('{"number": 1, "recipes": [], "place": {}}', "one of recipes, place, blend"),
        (place(Recipe(), "attributes/umap9"), "expected a layout such as"),
        (place(Recipe(), 7), "expected the name of a layout; found 7"),
        (place(Recipe(Source("picture", "nobody.jpg")), LAYOUT), "found 'nobody.jpg'"),
        ('{"number": 1, "place": {"layout": "codes/umap2"}}', "expected JSON"),
        (blend([[0, 0]], renderer="x"), f"{RENDERER}; found 'x'"),
        (blend([[0, 0]], renderer=None), f"{RENDERER}; found None"),
        (blend([[0, 0]], renderer=["sharp"]), f"{RENDERER}; found ['sharp']"),
        (message(Recipe(renderer="sharp")).replace('"sharp"', '"x"'), f"{RENDERER}; found 'x'"),
        (blend([[0, 0]], "nowhere"), "expected a layout such as"),
        (blend([[0, 0, 0]]), "expected places of 2 dimensions"),
        (blend([[0, 0], [0, 0, 0]]), "expected places of two or of three finite numbers"),
        (blend([[0, float("nan")]]), "finite"),
        (blend([[0, 10**400]]), "finite"),
        (blend([[0, True]]), "finite"),
        (blend([0.5]), "finite"),
        (blend([]), f"expected a list of 1 to {MOST_POINTS}"),
        (blend([[0, 0]] * (MOST_POINTS + 1)), f"expected a list of 1 to {MOST_POINTS}"),
    ],
)
def test_garbage_is_refused_with_a_reason_and_the_socket_stays(client, text, reason):
    with client.websocket_connect(PATH) as socket:
        socket.send_text(text)
        assert reason in json.loads(socket.receive_text())["error"]
        socket.send_text(message(Recipe(), number=8))
        assert read(socket.receive_bytes())[0] == 8


def test_a_refusal_carries_the_number_of_its_message(client):
    with client.websocket_connect(PATH) as socket:
        socket.send_text(message(Recipe(attributes={"Wings": 1.0}), number=12))
        assert json.loads(socket.receive_text())["number"] == 12


@pytest.mark.parametrize(("language", "said"), [("de", "erwartet"), ("es", "se esperaba")])
def test_reasons_are_in_the_language_of_the_address(client, loaded, language, said):
    nobody = Recipe(Source("picture", "moon.jpg"))
    asked = [message(nobody), message(Recipe(), nobody), place(nobody, LAYOUT)]
    with client.websocket_connect(f"{PATH}?language={language}") as socket:
        for text in asked:  # in the threads that draw and that compute aside
            socket.send_text(text)
            assert json.loads(socket.receive_text())["error"].startswith(said)
        socket.send_text("a" * (live.LARGEST_MESSAGE + 1))
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
    assert closed.value.reason.startswith(said)
    with client.websocket_connect(PATH) as socket:
        socket.send_text(asked[0])
        assert json.loads(socket.receive_text())["error"].startswith("expected")


CLOSING = (
    "{most} connections are open; try again later",
    "expected text",
    "nothing was asked for a long time",
    "expected at most {most} messages a second",
    "expected at most {most} characters",
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_fit_into_the_frame_that_closes(language):
    with speaking(language):
        said = [_(text).format(most=live.LARGEST_MESSAGE) for text in CLOSING]
    assert language == "en" or not set(said) & set(CLOSING)
    assert max(len(reason.encode()) for reason in said) <= 123  # RFC 6455, 5.5


def test_a_message_too_long_closes_the_socket(client):
    with client.websocket_connect(PATH) as socket:
        socket.send_text(" " * (LARGEST_MESSAGE + 1))
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert closed.value.code == live.TOO_BIG


def test_a_strip_of_a_mix_with_every_slider_moved_is_short_enough():
    vectors = np.random.default_rng(0).normal(size=(MOST_DIRECTIONS, 256))
    edits = {
        "attributes": dict.fromkeys(ATTRIBUTES, -1.55),
        "components": dict.fromkeys(range(1, 257), -1.55),
        "dimensions": dict.fromkeys(range(256), -1.55),
        "directions": {direction_to_text("x" * 40, v): -1.55 for v in vectors},
        "method": "mean_difference",
        "locks": ATTRIBUTES,
        "renderer": "sharp",
    }
    face = Recipe(Source("code", code_to_text(vectors[0])), **edits)
    mix = Recipe(Source("mix", tuple((1.25, face) for _ in range(MOST_PARTS))), **edits)
    assert LARGEST_MESSAGE / 2 < len(message(*[mix] * 7)) < LARGEST_MESSAGE


def test_bytes_instead_of_text_close_the_socket_and_harm_nobody(client):
    with client.websocket_connect(PATH) as socket:
        socket.send_bytes(b"\x00\xff")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
    assert closed.value.code == live.UNSUPPORTED
    with client.websocket_connect(PATH) as socket:
        socket.send_text(message(Recipe()))
        assert read(socket.receive_bytes())[1].shape[0] == 1


def test_a_flood_closes_the_socket(client, monkeypatch):
    monkeypatch.setattr(live, "FASTEST", 1.0)  # a busy machine is quicker than that, too

    def flood(socket):
        for _unused in range(50):
            socket.send_text("{}")
        for _unused in range(50):
            socket.receive_text()

    with client.websocket_connect(PATH) as socket, pytest.raises(WebSocketDisconnect) as closed:
        flood(socket)
    assert closed.value.code == live.POLICY


def test_sockets_are_counted_and_capped(client, monkeypatch):
    monkeypatch.setattr(live, "MOST_SOCKETS", 1)
    with client.websocket_connect(PATH), client.websocket_connect(PATH) as second:
        with pytest.raises(WebSocketDisconnect) as closed:
            second.receive_bytes()
        assert closed.value.code == live.TRY_LATER
    with client.websocket_connect(PATH) as again:  # a place is free once the first has left
        again.send_text(message(Recipe()))
        assert read(again.receive_bytes())[0] == 7


def test_a_run_that_cannot_be_read_is_said():
    def broken():
        raise RunError("a run folder", "no such folder", "train one")

    client = TestClient(Starlette(routes=[LiveRoute(broken).route]))
    with client.websocket_connect(PATH) as socket:
        socket.send_text(message(Recipe()))
        assert "no such folder" in json.loads(socket.receive_text())["error"]


class Changing:
    """What gives the loaded run: another one from some call on, or none; counts its calls."""

    def __init__(self, *runs):
        self.runs = list(runs)
        self.calls = 0

    def __call__(self):
        self.calls += 1
        run = self.runs[min(self.calls, len(self.runs)) - 1]
        if isinstance(run, Exception):
            raise run
        return run


def asked(client, times):
    """The answers to so many messages: pictures, or the reason why not."""
    answers = []
    with client.websocket_connect(PATH) as socket:
        for _ in range(times):
            socket.send_text(message(Recipe()))
            answer = socket.receive()
            answers.append(answer.get("text") or read(answer["bytes"])[1])
    return answers


def test_the_runs_files_are_looked_at_now_and_then_not_for_each_message(loaded, monkeypatch):
    monkeypatch.setattr(live, "CHECK_EVERY", 3600.0)
    current = Changing(loaded)
    client = TestClient(Starlette(routes=[LiveRoute(current).route]))
    assert len(asked(client, 30)) == 30
    assert current.calls == 1


def test_a_run_that_breaks_and_comes_back_is_noticed(loaded, monkeypatch):
    monkeypatch.setattr(live, "CHECK_EVERY", 0.0)
    broken = RunError("a run folder", "no such folder", "train one")
    client = TestClient(Starlette(routes=[LiveRoute(Changing(loaded, broken, loaded)).route]))
    before, refused, after = asked(client, 3)
    assert "no such folder" in json.loads(refused)["error"]
    np.testing.assert_array_equal(before, after)


def test_faces_of_the_flow_are_drawn_where_the_run_has_one(drawn_flow):
    flowing = open_run(drawn_flow)
    asked = Recipe(Source("sample", Sample(7, 0.8, ["Smiling"])), attributes={"Male": 1.0})
    client = TestClient(Starlette(routes=[LiveRoute(lambda: flowing).route]))
    with client.websocket_connect(PATH) as socket:
        for _ in range(2):  # the second time its code is known
            socket.send_text(message(asked, Recipe()))
            _, pictures = read(socket.receive_bytes())
            codes = np.stack([compose(recipe, flowing.run.space) for recipe in (asked, Recipe())])
            expected = flowing.renderer.decode(codes)
            assert np.abs(pictures.astype(int) - expected).max() <= 1
    plain = flowing.run.space.flow.sample(7, 0.8, ["Smiling"])
    np.testing.assert_array_equal(compose(asked.unedited(), flowing.run.space), plain)


def test_nobody_waits_while_the_flow_draws_a_face_for_another(drawn_flow):
    begun, told = threading.Event(), threading.Event()

    class Slow(FlowSampler):
        def draw(self, *arguments, **more):
            begun.set()
            assert told.wait(60)
            return super().draw(*arguments, **more)

    flowing = open_run(drawn_flow)
    flow = flowing.run.space.flow
    slow = Slow(flow.weights, flow.attributes, flow.figures)
    run = replace(flowing.run, space=replace(flowing.run.space, flow=slow))
    route = LiveRoute(lambda: flowing._replace(run=run)).route
    with (
        TestClient(Starlette(routes=[route])) as client,  # both on one event loop
        client.websocket_connect(PATH) as one,
        client.websocket_connect(PATH) as other,
    ):
        one.send_text(message(Recipe(Source("sample", Sample(7))), number=1))
        assert begun.wait(60)
        other.send_text(message(Recipe(), number=2))
        assert read(other.receive_bytes())[0] == 2
        told.set()
        assert read(one.receive_bytes())[0] == 1


def test_a_face_of_the_flow_is_refused_where_there_is_none(client):
    with client.websocket_connect(PATH) as socket:
        socket.send_text(message(Recipe(Source("sample", Sample(7)))))
        refused = json.loads(socket.receive_text())
    assert refused["error"].startswith("expected a model with a flow")


def asked_of(client, text):
    """The answer to one message: bytes, or what JSON says."""
    with client.websocket_connect(PATH) as socket:
        socket.send_text(text)
        answer = socket.receive()
    return answer.get("bytes") or json.loads(answer["text"])


def test_more_work_than_a_message_may_ask_for_is_refused_before_it_is_done(
    client, loaded, monkeypatch
):
    names = list(loaded.run.space.vectors)
    locked = [Recipe(attributes=dict.fromkeys(names, 1.0), locks=[name]) for name in names]
    one, all_of_them = (composing(recipes, loaded.run.space) for recipes in (locked[:1], locked))
    assert len(names) * one == pytest.approx(all_of_them)
    monkeypatch.setattr(live, "MOST_WORK_MS", all_of_them - 1)
    refused = asked_of(client, message(*locked))["error"]
    assert refused.startswith("expected recipes that take 0 seconds at most")
    # Once held, a slider is held for all faces of a message.
    same = [Recipe(Source("seed", k), attributes={"Male": 1.0}, locks=names[:1]) for k in range(64)]
    assert isinstance(asked_of(client, message(*same)), bytes)


def test_long_messages_and_heavy_recipes_give_the_same_faces(client, loaded, monkeypatch):
    """They are read and composed aside."""
    heavy = [
        Recipe(Source("seed", k), attributes={"Male": 0.1 * k}, locks=["Smiling"])
        for k in range(1, 9)
    ]
    monkeypatch.setattr(live, "QUICK_MS", 0.0)
    expected = loaded.renderer.decode(np.stack([compose(r, loaded.run.space) for r in heavy]))
    for text in (message(*heavy), message(*heavy) + " " * QUICK_MESSAGE):
        assert np.abs(read(asked_of(client, text))[1].astype(int) - expected).max() <= 1
    assert "expected JSON" in asked_of(client, "{" + " " * QUICK_MESSAGE)["error"]


class Held:
    """A renderer that is held until it is let go, and then fails if it is told to."""

    def __init__(self, renderer, error=None):
        self.device, self.latent, self.shape = renderer.device, renderer.latent, renderer.shape
        self._renderer, self._error = renderer, error
        self.begun, self.go_on, self.drawn = threading.Event(), threading.Event(), 0

    def decode(self, codes):
        self.begun.set()
        assert self.go_on.wait(60)
        self.drawn += len(codes)
        if self._error is not None:
            error, self._error = self._error, None
            raise error
        return self._renderer.decode(codes)


def test_a_decoders_error_is_answered_and_closes_nobody(loaded):
    held = Held(loaded.renderer, RuntimeError("out of memory"))
    held.go_on.set()
    route = LiveRoute(lambda: loaded._replace(renderers=(held,))).route
    with TestClient(Starlette(routes=[route])).websocket_connect(PATH) as socket:
        socket.send_text(message(Recipe(), number=1))
        refused = json.loads(socket.receive_text())
        assert refused["number"] == 1
        assert "RuntimeError: out of memory" in refused["error"]
        socket.send_text(message(Recipe(), number=2))
        assert read(socket.receive_bytes())[0] == 2


def test_a_fault_of_ours_is_answered_and_closes_nobody(loaded, monkeypatch):
    def fault(*_):
        raise LookupError("a fault")

    client = TestClient(Starlette(routes=[LiveRoute(lambda: loaded).route]))
    with client.websocket_connect(PATH) as socket, monkeypatch.context() as patch:
        patch.setattr(live, "composing", fault)
        socket.send_text(message(Recipe(), number=5))
        refused = json.loads(socket.receive_text())
        assert refused == {
            "number": 5,
            "error": "expected an answer; found a fault of the server: LookupError",
        }


def test_the_loop_answers_others_while_a_face_is_composed_and_drawn(loaded):
    held = Held(loaded.renderer)
    route = LiveRoute(lambda: loaded._replace(renderers=(held,))).route
    with (
        TestClient(Starlette(routes=[route])) as client,  # both on one event loop
        client.websocket_connect(PATH) as one,
        client.websocket_connect(PATH) as other,
    ):
        one.send_text(message(*[Recipe(Source("seed", k)) for k in range(64)], number=1))
        assert held.begun.wait(60)
        other.send_text('{"number": 2, "recipes": []}')
        assert json.loads(other.receive_text())["number"] == 2
        other.send_text(message(Recipe(), number=3))
        held.go_on.set()
        assert read(other.receive_bytes())[0] == 3
        assert read(one.receive_bytes())[0] == 1


def test_what_is_asked_by_who_has_gone_is_not_drawn(loaded):
    held = Held(loaded.renderer)
    route = LiveRoute(lambda: loaded._replace(renderers=(held,))).route
    with (
        TestClient(Starlette(routes=[route])) as client,
        client.websocket_connect(PATH) as other,
    ):
        with client.websocket_connect(PATH) as gone:
            gone.send_text(message(*[Recipe(Source("seed", k)) for k in range(64)]))
            assert held.begun.wait(60)
        held.go_on.set()
        other.send_text(message(Recipe(), number=3))
        assert read(other.receive_bytes())[0] == 3
        assert held.drawn < 64


def test_a_second_question_during_a_long_one_is_answered_after_it(loaded):
    held = Held(loaded.renderer)
    route = LiveRoute(lambda: loaded._replace(renderers=(held,))).route
    many = message(*[Recipe(Source("seed", k)) for k in range(64)], number=1)
    with TestClient(Starlette(routes=[route])).websocket_connect(PATH) as socket:
        socket.send_text(many)
        assert held.begun.wait(60)
        socket.send_text(message(Recipe(), number=2))
        held.go_on.set()
        assert [read(socket.receive_bytes())[0] for _ in range(2)] == [1, 2]
        socket.send_text(many)
        socket.send_bytes(b"\x00")
        assert read(socket.receive_bytes())[0] == 1
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
        assert closed.value.code == live.UNSUPPORTED


def test_a_socket_that_asks_nothing_for_long_is_closed(client, monkeypatch):
    monkeypatch.setattr(live, "SILENT_FOR", 0.01)
    with client.websocket_connect(PATH) as socket:
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_bytes()
        assert closed.value.code == live.SILENT


def test_many_who_come_at_once_to_a_broken_run_read_it_once():
    broken = RunError("a run folder", "no such folder", "train one")
    current = Changing(broken)
    route = LiveRoute(current).route
    with TestClient(Starlette(routes=[route])) as client, contextlib.ExitStack() as open_sockets:
        sockets = [open_sockets.enter_context(client.websocket_connect(PATH)) for _ in range(8)]
        for socket in sockets:
            socket.send_text(message(Recipe()))
        for socket in sockets:
            assert "no such folder" in json.loads(socket.receive_text())["error"]
    assert current.calls == 1
