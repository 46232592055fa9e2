"""The flow in numpy: equal to torch's, exact where the path is known, one face for each seed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from training.codes.belief_network import draw_labels
from training.codes.flow_file import load_flow, save_flow
from training.codes.flow_network import FlowConfig, VelocityNetwork
from training.codes.flow_sampler import TOGETHER, FlowSampler
from training.codes.mixture import fit_mixture
from training.codes.samplers import draw, samplers
from training.run.run_folder import FLOW, RunError, weights_key

ATTRIBUTES = ("Smiling", "Male", "Young")


def network(seed: int = 0, learned: float = 0.3) -> VelocityNetwork:
    """A network of 8 latent dimensions with random weights, as if it had learned something."""
    torch.manual_seed(seed)
    made = VelocityNetwork(FlowConfig(8, 3, width=512, depth=2, condition=12)).eval()
    for name, weight in made.named_parameters():
        if name.endswith("bias") or "adapt" in name or name == "out.weight":
            torch.nn.init.normal_(weight, std=learned)
    made.center.copy_(torch.randn(8))
    made.spread.copy_(torch.rand(8) + 0.5)
    return made.requires_grad_(False)


def sampler(made: VelocityNetwork, together: np.ndarray | None = None) -> FlowSampler:
    weights = {name: value.numpy() for name, value in made.state_dict().items()}
    return FlowSampler(weights, ATTRIBUTES, {}, together)


def slow(
    made: VelocityNetwork, noise: torch.Tensor, wanted: torch.Tensor, guidance: float, steps: int
) -> torch.Tensor:
    """Heun's method by torch in float64, both conditions computed for themselves."""
    made = made.double()

    def velocity(x: torch.Tensor, t: float) -> torch.Tensor:
        at = torch.full((1,), t, dtype=torch.float64)
        free = made(x, at, torch.zeros_like(wanted))
        return free + guidance * (made(x, at, wanted) - free)

    x = noise[None].double()
    for k in range(steps):
        first = velocity(x, k / steps)
        x = x + (first + velocity(x + first / steps, (k + 1) / steps)) / (2 * steps)
    return made.center + made.spread * x[0]


@pytest.mark.parametrize("guidance", [1.0, 2.5])
@pytest.mark.parametrize(
    ("having", "lacking", "wanted"),
    [((), (), (0, 0, 0)), (("Male",), (), (0, 1, 0)), (("Young",), ("Smiling",), (-1, 0, 1))],
)
def test_numpy_gives_what_the_torch_network_gives(having, lacking, wanted, guidance: float):
    made = network()
    noise = torch.randn(8, generator=torch.Generator().manual_seed(1))
    found = sampler(made).lead(noise.numpy()[None], having, lacking, guidance, steps=5)[0]
    expected = slow(made, noise, torch.tensor([wanted], dtype=torch.float64), guidance, 5)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected.numpy(), atol=2e-5)


def test_guidance_of_one_is_the_plain_condition_and_of_no_account_without_one():
    flow = sampler(network())
    noise = np.random.default_rng(0).standard_normal((1, 8)).astype(np.float32)
    plain = flow.lead(noise, ["Male"], guidance=1.0)
    np.testing.assert_allclose(flow.lead(noise, ["Male"], guidance=1 + 1e-6), plain, atol=1e-4)
    assert not np.allclose(flow.lead(noise, ["Male"], guidance=2.0), plain, atol=1e-2)
    np.testing.assert_array_equal(flow.lead(noise, guidance=1.0), flow.lead(noise, guidance=7.0))


def test_heuns_method_is_exact_on_a_linear_field_and_at_least_of_second_order():
    """Where nothing was learned, dx/dt = a(t) x, whose paths end where they began; each step of
    Heun multiplies by 1 + h / 2 (a + a' (1 + h a)).
    """
    made = network()
    torch.nn.init.zeros_(made.out.weight)
    torch.nn.init.zeros_(made.out.bias)
    flow = sampler(made)
    center, spread = made.center.numpy(), made.spread.numpy()
    noise = np.linspace(-2, 2, 16, dtype=np.float32).reshape(2, 8)
    errors = []
    for steps in (4, 8, 16):
        found = flow.lead(noise, steps=steps)
        t, h = np.linspace(0, 1, steps + 1), 1 / steps
        a = (2 * t - 1) / (t**2 + (1 - t) ** 2)
        factor = np.prod(1 + h / 2 * (a[:-1] + a[1:] * (1 + h * a[:-1])))
        np.testing.assert_allclose(found, center + spread * factor * noise, atol=1e-5)
        errors.append(np.abs(found - center - spread * noise).max())
    assert errors[0] > 4 * errors[1] > 16 * errors[2]


def test_a_seed_is_a_code_to_the_last_bit_whatever_is_drawn_beside_it():
    flow = sampler(network())
    for asked in ([], ["Male"]):  # one and two rows of a product
        many = flow.draw(range(TOGETHER + 20), having=asked)
        np.testing.assert_array_equal(flow.sample(13, having=asked), many[13])
        np.testing.assert_array_equal(flow.sample(TOGETHER + 3, having=asked), many[TOGETHER + 3])
        np.testing.assert_array_equal(flow.draw([13, 2, 7], having=asked), many[[13, 2, 7]])
        assert len(np.unique(many, axis=0)) == TOGETHER + 20
    np.testing.assert_array_equal(draw(flow, [4, 5]), flow.draw([4, 5]))
    assert flow.draw([]).shape == (0, 8)


# Smiling in a third, Male as Smiling, Young in half of them.
TOGETHER_OF = np.array([[0, 0, 0, -0.7], [40, 0, 0, 0], [0, 0, 0, 0]], np.float32)


@pytest.mark.parametrize("guidance", [1.0, 2.5])
def test_each_path_is_led_by_its_own_labels(guidance: float):
    made = network()
    noise = torch.randn(3, 8, generator=torch.Generator().manual_seed(1))
    labels = torch.tensor([[1, 1, -1], [-1, -1, 1], [0, 1, 0]], dtype=torch.float64)
    found = sampler(made).lead(noise.numpy(), (), (), guidance, 5, labels.float().numpy())
    for code, start, wanted in zip(found, noise, labels, strict=True):
        expected = slow(made, start, wanted[None], 1.0, 5)  # nothing is asked for: no guidance
        np.testing.assert_allclose(code, expected.numpy(), atol=2e-5)


def test_labels_are_drawn_first_where_nothing_is_asked_for():
    made = network()
    flow, plain = sampler(made, TOGETHER_OF), sampler(made)
    found = flow.draw(range(TOGETHER + 5), 0.7)
    for seed in (0, 13, TOGETHER + 3):
        generator = np.random.default_rng(seed)
        noise = np.float32(0.7) * generator.standard_normal((1, 8), dtype=np.float32)
        labels = draw_labels(TOGETHER_OF, generator)[None]
        assert labels[0, 0] == labels[0, 1]
        np.testing.assert_array_equal(found[seed], flow.lead(noise, labels=labels)[0])
        np.testing.assert_array_equal(found[seed], flow.sample(seed, 0.7))
    # As before flows knew how labels go together, and where attributes are asked for.
    for asked in ({"labelled": False}, {"having": ["Male"]}, {"lacking": ["Young"]}):
        np.testing.assert_array_equal(flow.draw(range(9), **asked), plain.draw(range(9), **asked))
    np.testing.assert_array_equal(plain.draw(range(9)), flow.draw(range(9), labelled=False))
    with pytest.raises(ValueError, match="expected a flow that knows how labels go together"):
        plain.sample(0, labelled=True)


def test_temperature_scales_the_noise():
    flow = sampler(network())
    cold, warm, hot = (flow.draw(range(100), temperature) for temperature in (0.0, 0.5, 1.5))
    assert len(np.unique(cold, axis=0)) == 1
    assert warm.std(0).mean() < hot.std(0).mean()
    with pytest.raises(ValueError, match="expected a temperature from 0 up; found -1"):
        flow.sample(0, -1)


@pytest.mark.parametrize(
    ("having", "lacking", "message"),
    [
        (["Tall"], [], "expected attributes that the flow learned; found 'Tall'"),
        (["Male"], ["Male"], "expected a face with or without Male; found both asked for"),
    ],
)
def test_what_cannot_be_asked_for_is_said(having: list, lacking: list, message: str):
    with pytest.raises(ValueError, match=message):
        sampler(network()).sample(0, having=having, lacking=lacking)


def test_a_flow_is_read_as_it_was_written_and_others_are_refused(run: Path):
    made = network()
    weights = {name: value.numpy() for name, value in made.state_dict().items()}
    with pytest.raises(RunError, match="found: no such file\nnext: python -m training flow"):
        load_flow(run)
    save_flow(run, weights, ATTRIBUTES, weights_key(run), {"steps": 3}, TOGETHER_OF)
    np.testing.assert_array_equal(load_flow(run).together, TOGETHER_OF)
    save_flow(run, weights, ATTRIBUTES, weights_key(run), {}, TOGETHER_OF[:, :3])
    with pytest.raises(RunError, match=r"together of shape \(3, 3\)"):
        load_flow(run)
    save_flow(run, weights, ATTRIBUTES, weights_key(run), {"steps": 3})
    found = load_flow(run)
    assert (found.attributes, found.figures) == (ATTRIBUTES, {"steps": 3})
    assert found.together is None
    made.half().float()  # what the file holds
    made.center.copy_(torch.from_numpy(weights["center"]))
    made.spread.copy_(torch.from_numpy(weights["spread"]))
    np.testing.assert_allclose(found.sample(1), sampler(made).sample(1), atol=1e-2)
    np.testing.assert_array_equal(found.weights["center"], weights["center"])

    mixture = fit_mixture(np.random.default_rng(0).standard_normal((200, 8)), 1, seed=0)
    assert list(samplers(run, mixture)) == ["prior", "Gaussian", "mixture", "flow"]

    tensors = load_file(run / FLOW)
    about = {"attributes": "[]", "figures": "{}", "weights": "f" * 16}
    save_file(tensors, run / FLOW, metadata=about | {"attributes": '["a", "b", "c"]'})
    with pytest.raises(RunError, match=r"found: flow\.safetensors of other weights \(f{16}\)"):
        load_flow(run)
    for metadata in (about, about | {"attributes": "{"}, about | {"attributes": "7"}, {}):
        save_file(tensors, run / FLOW, metadata=metadata)
        with pytest.raises(RunError, match="expected: a readable"):
            load_flow(run)
    tensors.pop("blocks.1.second.weight")
    save_file(tensors, run / FLOW, metadata=about | {"attributes": '["a", "b", "c"]'})
    with pytest.raises(RunError, match=r"found: no entry 'blocks\.1\.second\.weight'"):
        load_flow(run)
    (run / FLOW).write_bytes(b"1")
    with pytest.raises(RunError, match="expected: a readable"):
        load_flow(run)
