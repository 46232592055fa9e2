"""Every page opens with a model that was trained elsewhere, and says what is left out."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.page.learn.steps import STEPS
from tests.page.test_every_page import PAGES, no_pictures, opened  # noqa: F401
from tests.page.test_other_pictures import panel

LEFT_OUT = "This page computes with $p(x \\mid z)$, so it is left out"
OF_LIKELIHOOD = {"likelihood", "elbo", "reparameterization", "outputs", "discriminator"}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("run", ["adopted_run", "adopted_digits"])  # of digits nothing is asked
def test_every_page_opens(name: str, run: str, request, monkeypatch):
    test = opened(name, request.getfixturevalue(run), monkeypatch)
    told = [info.value for info in test.info if info.value.startswith(LEFT_OUT)]
    assert bool(told) == (name in OF_LIKELIHOOD)


def test_steps_that_need_a_likelihood_are_known():
    assert {step.path for step in STEPS if step.of_likelihood} == OF_LIKELIHOOD


def test_the_model_page_says_what_is_unknown(adopted_run: Path, monkeypatch):
    test = opened("show_model", adopted_run, monkeypatch)
    (head,) = [caption.value for caption in test.caption if "adopted from" in caption.value]
    assert "variational autoencoder, 64x64 pixels, 6 dimensions, adopted from a friend" in head
    assert "tells no likelihood" in test.info[0].value
    assert not any("bits per dimension" in element.proto.body for element in test.get("html"))


def test_codes_that_are_not_refined_are_told(adopted_digits: Path, monkeypatch):
    test = opened("posterior", adopted_digits, monkeypatch)
    assert any(info.value.startswith("Codes are the encoder's guess") for info in test.info)


def test_the_card_says_it_too(adopted_run: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(adopted_run))
    test = AppTest.from_function(panel, kwargs={"name": "card"}, default_timeout=PATIENCE).run()
    assert not test.exception
    assert any("likelihood p(x|z): not known" in text.value for text in test.markdown)
