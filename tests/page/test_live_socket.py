"""The browser's end of the live route: whose turn it is, with the socket and the clock in hand."""

import json
import struct
from pathlib import Path

import pytest

import explorer.components
from explorer.live.route import SOCKET

pytestmark = pytest.mark.browser

SCRIPTS = Path(explorer.components.__file__).parent
ADDRESS = "http://scripts.test/"
HARNESS = """
  class Socket {
    static OPEN = 1;
    constructor() { this.readyState = 1; this.sent = []; window.socket = this; }
    send(text) { this.sent.push(JSON.parse(text)); }
    close() {}
  }
  window.WebSocket = Socket;
  0;
"""
IMPORT = """
  async (address) => {
    Object.assign(window, await import(address));
  }
"""
START = """
  window.painted = [];
  window.live = new LiveSocket("/live", () => {}, ROUTE);
  socket.onopen();
  window.ask = (view, recipes) =>
    live.request(view, recipes, (images, answer, at) =>
      images.forEach((image, k) => painted.push([view, at + k, recipes[at + k], image.data[0]]))
    );
  0;
"""
STRIP = list(range(10, 17))


@pytest.fixture
def live(browser):
    """A page that holds nothing but a LiveSocket."""
    page = browser.new_page()
    page.route(f"{ADDRESS}**", _serve)
    page.goto(ADDRESS)
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.evaluate(HARNESS)
    page.evaluate(IMPORT, f"{ADDRESS}live_socket.js")
    page.evaluate(START.replace("ROUTE", json.dumps(SOCKET)))
    yield Live(page)
    page.close()


def _serve(route) -> None:
    """The scripts as they lie in their folder; the page itself is empty."""
    name = route.request.url.removeprefix(ADDRESS)
    if name:
        route.fulfill(path=SCRIPTS / name, content_type="text/javascript")
    else:
        route.fulfill(body="<!doctype html>", content_type="text/html")


class Live:
    """What the page does (ask), what the server does (answer) and what time it is."""

    def __init__(self, page):
        self.page = page

    def ask(self, view: str, *recipes: int) -> None:
        self.page.evaluate("([view, recipes]) => ask(view, recipes)", [view, recipes])

    def sent(self) -> list[list[int]]:
        """The recipes of each message so far."""
        return [message["recipes"] for message in self.page.evaluate("socket.sent")]

    def answer(self, milliseconds: float = 5.0) -> None:
        """Pictures of 1x1 pixel whose red is the recipe; decoding took so long for each."""
        message = self.page.evaluate("socket.sent.at(-1)")
        recipes = message["recipes"]
        header = (message["number"], len(recipes), 1, milliseconds * len(recipes))
        data = struct.pack("<IHHf", *header) + bytes(b for r in recipes for b in (r, 0, 0))
        self.page.evaluate("(b) => socket.onmessage({data: new Uint8Array(b).buffer})", list(data))

    def wait(self, milliseconds: int) -> None:
        self.page.clock.run_for(milliseconds)

    def painted(self) -> list[list]:
        """View, place, recipe and red of each picture so far."""
        return self.page.evaluate("painted")


def test_of_a_view_only_the_newest_waits(live):
    for recipe in (1, 2, 3):
        live.ask("edited", recipe)
    assert live.sent() == [[1]]
    live.answer()
    assert live.sent() == [[1], [3]]
    live.answer()
    assert live.painted() == [["edited", 0, 1, 1], ["edited", 0, 3, 3]]


def test_a_piece_goes_behind_an_edited_face_now_and_then_while_the_hand_moves(live):
    live.ask("strip", *STRIP)
    live.answer()
    for step in range(1, 10):  # 20 ms apart
        live.ask("edited", step)
        live.ask("strip", *STRIP)
        live.answer()
        if live.sent()[-1][0] >= 10:
            live.answer()
        live.wait(20)
    during = live.sent()[1:]
    assert [recipes for recipes in during if recipes[0] < 10] == [[k] for k in range(1, 10)]
    assert [recipes for recipes in during if recipes[0] >= 10] == [[10], [11]]


def test_all_of_a_view_comes_when_the_hand_rests_in_larger_pieces(live):
    live.ask("edited", 1)
    live.ask("strip", *STRIP)
    live.answer()
    live.answer()
    live.wait(200)
    live.answer()
    assert live.sent() == [[1], [10], STRIP[1:]]
    assert live.painted()[1:] == [["strip", k, r, r] for k, r in enumerate(STRIP)]


def test_a_view_asked_again_goes_on_where_it_was_until_all_are_new(live):
    live.ask("edited", 1)
    live.ask("strip", *STRIP)
    live.answer()
    live.answer()
    newer = [r + 100 for r in STRIP]
    live.ask("strip", *newer)
    live.wait(200)
    live.answer()
    live.answer()
    assert live.sent()[2:] == [newer[1:], newer[:1]]


def test_views_behind_the_edited_face_take_turns(live):
    live.ask("edited", 1)
    live.ask("strip", *STRIP)
    live.ask("grid", *range(50, 58))
    live.answer()
    for step in (2, 3, 4):
        live.answer()
        live.wait(80)
        live.ask("edited", step)
        live.answer()
    assert live.sent()[1::2] == [[10], [50], [11], [51]]


def test_pieces_fit_the_speed_of_the_decoder(live):
    live.ask("edited", 1)
    for step in range(2, 40):
        live.answer(0.5)
        live.ask("edited", step)
    live.ask("strip", *STRIP)
    live.answer(0.5)
    assert live.sent()[-1] == STRIP


def test_a_quick_decoder_is_not_asked_for_more_than_a_message_may_hold(live):
    live.ask("edited", 0)
    for _ in range(40):
        live.answer(0.01)
        live.ask("edited", 0)
    live.answer(0.01)
    live.wait(200)
    recipes = list(range(100, 250))  # as many faces as a map shows
    live.ask("sprites", *recipes)
    before = len(live.sent()) - 1
    for _ in range(3):
        live.answer(0.01)
    found = live.sent()[before:]
    assert [len(message) for message in found] == [SOCKET["most"], SOCKET["most"], 22]
    assert [recipe for message in found for recipe in message] == recipes


def test_a_hand_quicker_than_the_server_still_leaves_turns_to_others(live):
    live.ask("edited", 1)
    live.ask("strip", *STRIP)
    for step in range(2, 9):
        live.ask("edited", step)
        live.wait(30)
        live.answer()
    pieces = [recipes[0] for recipes in live.sent() if recipes[0] >= 10]
    assert pieces == [10, 11, 12]  # in 210 ms
    live.answer()
    assert live.sent()[-1] == [8]


def test_a_view_without_a_hand_does_not_wait(live):
    live.ask("hover", 7)
    assert live.sent() == [[7]]


def test_a_refusal_frees_the_socket(live):
    live.ask("edited", 1)
    live.page.evaluate("""socket.onmessage({data: '{"number": 1, "error": "no"}'})""")
    live.ask("edited", 2)
    assert live.sent() == [[1], [2]]


def test_everything_is_asked_again_after_a_lost_connection(live):
    live.ask("edited", 1)
    live.ask("strip", *STRIP)
    live.answer()
    live.answer()
    live.page.evaluate("socket.readyState = 3; socket.onclose({code: 1006, reason: ''}); 0")
    live.wait(500)
    live.page.evaluate("socket.onopen()")
    live.answer()
    live.wait(200)
    live.answer()
    live.answer()
    assert live.sent()[0] == [1]
    assert sorted(r for recipes in live.sent()[1:] for r in recipes) == STRIP
    assert json.dumps(live.painted()[-1]) == json.dumps(["strip", 6, 16, 16])
