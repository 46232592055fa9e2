"""Ready is who can draw a face."""

from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.live.route import LiveRoute
from explorer.run.loaded import open_run
from explorer.server.health import PATH, health_route
from training.run.run_folder import RunError


def test_ready_when_a_face_is_drawn(drawn_run):
    client = TestClient(
        Starlette(routes=[health_route(LiveRoute(lambda: open_run(drawn_run)).draws)])
    )
    answer = client.get(PATH)
    assert (answer.status_code, answer.text) == (200, "ok")
    assert answer.headers["cache-control"] == "no-store"


def test_not_ready_with_the_reason_while_the_run_cannot_be_read():
    def broken():
        raise RunError("a run folder", "no such folder", "train one")

    answer = TestClient(Starlette(routes=[health_route(LiveRoute(broken).draws)])).get(PATH)
    assert answer.status_code == 503
    assert "no such folder" in answer.text


def test_not_ready_while_the_decoder_fails(drawn_run):
    loaded = open_run(drawn_run)

    class Failing(type(loaded.renderer)):
        def decode(self, codes):
            raise RuntimeError("out of memory")

    failing = Failing.__new__(Failing)
    failing.__dict__ = loaded.renderer.__dict__
    route = health_route(LiveRoute(lambda: loaded._replace(renderers=(failing,))).draws)
    answer = TestClient(Starlette(routes=[route])).get(PATH)
    assert (answer.status_code, "out of memory" in answer.text) == (503, True)
