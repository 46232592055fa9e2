"""Options: what is refused, how it is said, and that they survive JSON."""

import json
import re
from dataclasses import asdict, fields
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from training.__main__ import COMMANDS
from training.loop.presets import ABOUT, PRESETS, at_batch
from training.model.config import (
    ConfigError,
    ModelConfig,
    TrainingConfig,
    from_options,
    options_of,
    refuse_contradictions,
)
from training.model.likelihoods import LIKELIHOODS
from training.options import parser

REFUSED_MODEL = [
    ({"kind": "gan"}, "expected --model one of vae, ae; found 'gan'"),
    ({"latent": 0}, "expected --latent at least 1; found 0"),
    ({"blocks": -1}, "expected --blocks at least 0; found -1"),
    ({"likelihood": "mse"}, "expected --likelihood one of fixed, optimal, .*; found 'mse'"),
    ({"sigma": 0.0}, "expected --sigma above 0 and finite; found 0.0"),
    ({"sigma": nan}, "expected --sigma above 0 and finite; found nan"),
    ({"widths": ()}, "expected --widths as multiples of 8 .*; found \\(\\)"),
    ({"widths": (32, 60)}, "expected --widths as multiples of 8 .*; found \\(32, 60\\)"),
    ({"widths": (0, 8)}, "expected --widths as multiples of 8 .*; found \\(0, 8\\)"),
    ({"size": 100}, "expected --size a multiple of 16 \\(4 levels halve it\\); found 100"),
    ({"size": 0}, "expected --size a multiple of 16 .*; found 0"),
]
REFUSED_TRAINING = [
    ({"epochs": 0}, "expected --epochs at least 1; found 0"),
    ({"batch": 0}, "expected --batch at least 1; found 0"),
    ({"learning_rate": 0.0}, "expected --learning-rate above 0 and finite; found 0.0"),
    ({"learning_rate": inf}, "expected --learning-rate above 0 and finite; found inf"),
    ({"weight_decay": -0.1}, "expected --weight-decay at least 0 and finite; found -0.1"),
    ({"beta": -1.0}, "expected --beta at least 0 and finite; found -1.0"),
    ({"warm_up": -0.5}, "expected --warm-up from 0 to --epochs 9; found -0.5"),
    ({"warm_up": 13.0}, "expected --warm-up from 0 to --epochs 9; found 13.0"),
    ({"free_bits": -0.1}, "expected --free-bits at least 0 and finite; found -0.1"),
    ({"ema": 1.0}, "expected --ema in \\[0, 1\\); found 1.0"),
    ({"clip": 0.0}, "expected --clip above 0 and finite; found 0.0"),
    ({"clip": inf}, "expected --clip above 0 and finite; found inf"),
    ({"seed": 2**31}, "expected --seed in \\[0, 2\\^31\\); found 2147483648"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED_MODEL, ids=str)
def test_impossible_models_are_refused_in_the_spelling_of_the_user(
    options: dict[str, Any], message: str
):
    with pytest.raises(ConfigError, match=f"^{message}$"):
        ModelConfig(**options)


@pytest.mark.parametrize(("options", "message"), REFUSED_TRAINING, ids=str)
def test_impossible_trainings_are_refused_in_the_spelling_of_the_user(
    options: dict[str, Any], message: str
):
    with pytest.raises(ConfigError, match=f"^{message}$"):
        TrainingConfig(**options)


@pytest.mark.parametrize("cls", [ModelConfig, TrainingConfig])
def test_unknown_options_are_refused_and_the_known_ones_listed(cls: type):
    with pytest.raises(ConfigError) as caught:
        cls.from_dict({"lantent": 4, "depth": 2})
    known = ", ".join(sorted(asdict(cls())))
    expected = f"expected {cls.__name__} options {known}; found unknown depth, lantent"
    assert str(caught.value) == expected


@st.composite
def models(draw: st.DrawFn) -> ModelConfig:
    widths = draw(st.lists(st.integers(1, 64).map(lambda n: 8 * n), min_size=1, max_size=5))
    return ModelConfig(
        kind=draw(st.sampled_from(["vae", "ae"])),
        size=draw(st.integers(1, 8)) * 2 ** len(widths),
        latent=draw(st.integers(1, 1024)),
        widths=tuple(widths),
        blocks=draw(st.integers(0, 4)),
        likelihood=draw(st.sampled_from(LIKELIHOODS)),
        sigma=draw(st.floats(1e-3, 1e3)),
    )


trainings = st.builds(
    TrainingConfig,
    epochs=st.integers(1, 1000),
    batch=st.integers(1, 1000),
    learning_rate=st.floats(0, 1e300, exclude_min=True),
    ema=st.floats(0, 1, exclude_max=True),
    seed=st.integers(0, 2**31 - 1),
)


@settings(deadline=None)
@given(models() | trainings)
def test_options_survive_json(config: ModelConfig | TrainingConfig):
    assert type(config).from_dict(json.loads(json.dumps(asdict(config)))) == config


@settings(deadline=None)
@given(models())
def test_grid_is_what_the_levels_leave_of_the_picture(config: ModelConfig):
    side = config.size
    for _ in config.widths:
        side, rest = divmod(side, 2)
        assert rest == 0
    assert config.grid == side
    assert config.values == 3 * config.size * config.size


@pytest.mark.parametrize(
    ("model", "training", "message"),
    [
        (
            {"sigma": 0.3},
            {},
            "expected --sigma with --likelihood fixed only; "
            "found '--sigma 0.3 with --likelihood optimal'",
        ),
        (
            {"kind": "ae"},
            {"beta": 0.5},
            "expected --beta with --model vae only; found '--beta 0.5 with --model ae'",
        ),
        (
            {"kind": "ae"},
            {"free_bits": 0.5},
            "expected --free-bits with --model vae only; found '--free-bits 0.5 with --model ae'",
        ),
        (
            {},
            {"beta": 0.0, "warm_up": 2.0},
            "expected --warm-up with --beta above 0 only; found '--warm-up 2 with --beta 0'",
        ),
    ],
)
def test_options_without_effect_beside_others_are_refused(
    model: dict[str, Any], training: dict[str, Any], message: str
):
    with pytest.raises(ConfigError) as caught:
        refuse_contradictions(ModelConfig(**model), TrainingConfig(**training))
    assert str(caught.value) == message


def test_options_that_go_together_are_not_refused():
    refuse_contradictions(ModelConfig(), TrainingConfig())
    refuse_contradictions(ModelConfig(likelihood="fixed", sigma=0.3), TrainingConfig(beta=4.0))
    refuse_contradictions(ModelConfig(kind="ae", likelihood="learned"), TrainingConfig())


def test_beta_rises_in_a_straight_line_and_stays():
    config = TrainingConfig(beta=2.0, warm_up=4.0)
    assert [config.beta_at(epoch) for epoch in (0, 1, 4, 12)] == [0, 0.5, 2, 2]
    assert TrainingConfig(beta=3.0).beta_at(0) == 3


def test_options_of_before_there_were_more_are_read():
    old = {"epochs": 22, "batch": 64, "learning_rate": 0.001, "weight_decay": 0.0001, "beta": 1.0}
    config = TrainingConfig.from_dict(old | {"ema": 0.998, "clip": 1.0, "seed": 0})
    assert (config.warm_up, config.free_bits) == (0, 0)


@pytest.mark.parametrize("name", PRESETS)
def test_presets_are_possible_and_told(name: str):
    options = dict(PRESETS[name])
    model = {"kind": options.pop("model", "vae")}
    model |= {k: options.pop(k) for k in ("size", "widths", "latent", "likelihood") if k in options}
    refuse_contradictions(ModelConfig(**model), TrainingConfig(**options))
    assert ABOUT[name]
    assert ABOUT.keys() == PRESETS.keys()


def test_every_field_is_an_option_but_what_is_told_otherwise():
    options = options_of(ModelConfig) | options_of(TrainingConfig)
    named = {f.name for f in (*fields(ModelConfig), *fields(TrainingConfig))}
    named -= {"start", "channels"}  # told by the weights and the pictures
    named -= {"adopted", "pixel_range"}  # of models that are not trained here
    assert options.keys() == named - {"kind"} | {"model"}
    parsed = parser(COMMANDS).parse_args(["fit", "--data", "x", "--out", "y", "--start", "z"])
    for config in (ModelConfig, TrainingConfig):
        assert from_options(config, vars(parsed)) == config()


def test_options_are_given_by_their_names():
    given = {"model": "ae", "widths": [8, 16], "epochs": 2, "device": "cpu"}
    assert from_options(ModelConfig, given) == ModelConfig(kind="ae", widths=(8, 16))
    assert from_options(TrainingConfig, given) == TrainingConfig(epochs=2)
    with pytest.raises(ConfigError, match="expected --model one of vae, ae; found 'gan'"):
        from_options(ModelConfig, {"model": "gan"})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"latent": "256.0"}, "--latent as whole number; found '256.0'"),
        ({"latent": 256.0}, "--latent as whole number"),
        ({"latent": True}, "--latent as whole number"),
        ({"latent": 10**8}, "--latent at most 65,536"),
        ({"blocks": 10**5}, "--blocks at most 64 per level"),
        ({"blocks": None}, "--blocks as whole number"),
        ({"size": 2**20}, "--size at most 4,096"),
        ({"widths": [32, "64"]}, "--widths as whole numbers"),
        ({"widths": 32}, "--widths as whole numbers"),
        ({"widths": [[32]]}, "--widths as whole numbers"),
        ({"widths": [8] * 40}, "--widths as at most 12 numbers"),
        ({"widths": [80_000]}, "--widths at most 8,192"),
        ({"decoder_blocks": [1, 1, 1, 10**6]}, "--blocks at most 64 per level"),
        ({"kind": ["vae"]}, "--model as word"),
        ({"kind": {}}, "--model as word"),
        ({"sigma": "1"}, "--sigma as number"),
        ({"likelihood": 3}, "--likelihood as word"),
    ],
)
def test_options_of_another_kind_and_far_too_large_ones_are_refused(options: dict, told: str):
    """Before a network is built: one of 10^8 dimensions would take the machine's memory."""
    with pytest.raises(ConfigError, match=f"^expected {re.escape(told)}"):
        ModelConfig.from_dict(options)


@pytest.mark.parametrize(
    "options", [{"epochs": "9"}, {"beta": [1.0]}, {"seed": 1.5}, {"ema": None}]
)
def test_options_of_training_are_of_their_kind(options: dict):
    with pytest.raises(ConfigError, match="number; found"):
        TrainingConfig.from_dict(options)


def test_a_whole_number_passes_for_another():
    assert TrainingConfig.from_dict({"beta": 2}).beta == 2


def test_another_batch_takes_its_rate_and_average_along():
    usual = TrainingConfig()
    assert at_batch(usual.batch) == {
        "batch": usual.batch,
        "learning_rate": usual.learning_rate,
        "ema": usual.ema,
    }
    larger = at_batch(4 * usual.batch)
    assert larger["learning_rate"] == pytest.approx(2 * usual.learning_rate)
    assert larger["ema"] ** (1 / (4 * usual.batch)) == pytest.approx(usual.ema ** (1 / usual.batch))
