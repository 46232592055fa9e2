"""A second renderer of the same codes stands wherever the first one does, the sharp one too."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from starlette.applications import Starlette
from starlette.testclient import TestClient

from explorer.decoding.decode_queue import DecodeQueue, Wanted
from explorer.decoding.networks_on_gpu import NetworksOnGpu
from explorer.decoding.renderer import Renderer, checked
from explorer.decoding.shared_model import SharedModel
from explorer.editor.export import face_png
from explorer.judge.report_card import judge_edit, reference
from explorer.judge.scorer import Scorer
from explorer.live.messages import HEADER
from explorer.live.route import PATH, LiveRoute
from explorer.recipe.compose import compose
from explorer.recipe.recipe import Recipe
from explorer.recipe.renderers import RENDERERS
from explorer.run.loaded import Loaded, open_run
from explorer.run.renderers import KINDS
from training.run.run_folder import load_model
from training.run.sharp import load_sharp


class Mirrored:
    """Draws what another renderer draws, left and right exchanged; knows nothing of networks."""

    def __init__(self, other: Renderer):
        self.device, self.latent, self.shape = other.device, other.latent, other.shape
        self._other = other

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return self._other.decode(codes)[:, :, ::-1]


@pytest.fixture
def usual(drawn_run) -> Loaded:
    """The drawn run with its decoder."""
    return open_run(drawn_run)


@pytest.fixture
def mirrored(usual: Loaded) -> Loaded:
    """The same run, drawn by the other renderer."""
    return usual._replace(renderers=(Mirrored(usual.renderer),))


def levels_apart(a: np.ndarray, b: np.ndarray) -> int:
    return np.abs(a.astype(int) - b).max()


def test_the_queue_takes_it(usual: Loaded, mirrored: Loaded):
    codes = usual.run.faces.mean[:3]

    async def ask():
        wanted = [Wanted(mirrored.renderer, partial(np.array, code)) for code in codes]
        return await DecodeQueue().draw("someone", wanted)

    expected = usual.renderer.decode(codes)[:, :, ::-1]
    assert levels_apart(asyncio.run(ask()).pictures, expected) <= 1


def test_the_live_route_answers_by_it(usual: Loaded, mirrored: Loaded):
    client = TestClient(Starlette(routes=[LiveRoute(lambda: mirrored).route]))
    with client.websocket_connect(PATH) as socket:
        socket.send_text(json.dumps({"number": 1, "recipes": [Recipe().to_data()]}))
        answer = socket.receive_bytes()
    picture = np.frombuffer(answer, np.uint8, offset=HEADER.size).reshape(usual.renderer.shape)
    (expected,) = usual.renderer.decode(compose(Recipe(), usual.run.space)[None])
    assert levels_apart(picture, expected[:, ::-1]) <= 1


def test_exports_and_the_report_card_take_it(usual: Loaded, mirrored: Loaded):
    space, scorer = usual.run.space, Scorer(device="cpu")
    attribute = next(iter(space.vectors))
    edit = Recipe(attributes={attribute: 2.0})
    codes = np.stack([compose(recipe, space) for recipe in (Recipe(), edit)])
    made = [face_png(edit, space, opened.renderer.decode, 1) for opened in (usual, mirrored)]
    assert made[0] != made[1]
    targets = {attribute: 2.0}
    report = judge_edit(mirrored.run, mirrored.renderer, scorer, codes, targets)
    before, after = scorer.scores(mirrored.renderer.decode(codes))
    np.testing.assert_allclose(report.change, after - before, atol=1e-4)


@pytest.fixture(scope="module")
def both(drawn_sharp_run: Path) -> Loaded:
    """A run with both of its renderers."""
    return open_run(drawn_sharp_run)


@pytest.mark.parametrize("name", RENDERERS)
def test_each_renderer_of_a_run_keeps_the_protocol(both: Loaded, name: str):
    """Against the network itself, one code at a time, as torch computes it."""
    renderer, root = both.named(name), both.run.root
    network = load_sharp(root).network if name == "sharp" else load_model(root).decode
    codes = 2 * both.run.faces.mean[:7] - both.run.space.center  # where none fades to the mean
    assert (renderer.device, renderer.latent, renderer.shape) == ("cpu", 8, (64, 64, 3))
    assert {renderer: name}[renderer] == name
    found = renderer.decode(codes)
    assert (found.shape, found.dtype) == ((7, 64, 64, 3), np.uint8)
    with torch.inference_mode():
        expected = [255 * network(torch.from_numpy(code[None]))[0] for code in codes]
    for picture, values in zip(found, expected, strict=True):
        assert levels_apart(picture, values.permute(1, 2, 0).round().numpy()) <= 1
    assert renderer.decode(codes[:0]).shape == (0, 64, 64, 3)
    with pytest.raises(ValueError, match=r"expected codes of shape \(B, 8\); found \(7, 7\)"):
        renderer.decode(codes[:, 1:])
    with pytest.raises(ValueError, match="expected finite codes"):
        renderer.decode(codes * np.nan)


def test_the_renderers_of_a_run_differ_and_onnxruntime_draws_for_many_at_once(both: Loaded):
    codes = both.run.faces.mean[:3]
    mean, sharp = (both.named(name).decode(codes) for name in RENDERERS)
    assert levels_apart(mean, sharp) > 8
    with ThreadPoolExecutor(4) as threads:
        drawn = [threads.submit(both.named(n).decode, codes) for n in (*RENDERERS, *RENDERERS)]
        for future, expected in zip(drawn, (mean, sharp, mean, sharp), strict=True):
            assert levels_apart(future.result(), expected) <= 1


def test_torch_draws_the_same_and_takes_turns_at_the_device(both: Loaded):
    root, codes = both.run.root, both.run.faces.mean[:3]
    networks = NetworksOnGpu(root, "cpu")
    draws = {"mean": networks.means(), "sharp": networks.sharp(root)}
    z = 2 * codes - both.run.space.center  # where none fades to the mean
    for name, draw in draws.items():
        assert levels_apart(draw(z), both.named(name).decode(z)) <= 1
    with ThreadPoolExecutor(1) as threads:
        with networks.turn():
            drawn = threads.submit(draws["mean"], codes)
            assert wait([drawn], timeout=0.5).done == set()
        assert levels_apart(drawn.result(), both.renderer.decode(codes)) <= 1


def test_what_is_usual_is_known_for_each_renderer_apart(both: Loaded):
    scorer = Scorer(device="cpu")
    mean, sharp = (reference(both.run, both.named(name), scorer) for name in RENDERERS)
    assert not np.allclose(mean.pairs, sharp.pairs, atol=1e-3)
    np.testing.assert_array_equal(mean.likelihoods, sharp.likelihoods)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_draws_sharp_faces_as_the_cpu_does(both: Loaded):
    root, codes = both.run.root, np.resize(both.run.faces.mean, (70, 8))
    for device in ("cuda", "cpu"):
        model = SharedModel(root, device)
        renderer = KINDS["sharp"].open(root, model)
        found = {n: renderer.decode(codes[:n]).astype(int) for n in (1, 8, 64, 70)}
        if device == "cuda":
            assert {1, 8, 64} <= set(renderer._draw.launch._recorded)
            on_gpu = found
    for n in found:
        assert np.abs(on_gpu[n] - found[n]).max() <= 3  # convolutions in TF32


def test_codes_are_copied_as_float32():
    given = np.zeros((2, 3))
    found = checked(given, 3)
    found[0, 0] = 1
    assert (found.dtype, given[0, 0]) == (np.float32, 0)
