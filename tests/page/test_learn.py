"""The steps of Learn as scripts: what they show, in Streamlit's own test runner."""

import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE
from explorer.faces import prepared_pictures
from explorer.learn.prior import aggregate, ranges, spectrum
from explorer.learn.source import ROOT
from explorer.page.glossary import GLOSSARY
from explorer.page.learn.likelihood_text import TEXTS
from explorer.page.learn.parts import Step
from explorer.page.learn.steps import STEPS, name
from explorer.run.loaded import chosen_run, open_run
from explorer.run.measured import guess_psnr
from explorer.run.twin import load_twin
from training.run.run_folder import CONFIG

DOCUMENT = ROOT / "docs" / "learn.md"


@pytest.fixture(autouse=True)
def no_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No pictures of CelebA, even where they are on the disk: tests are the same everywhere."""
    monkeypatch.setattr(prepared_pictures, "PREPARED", tmp_path / "none")


def script(number: int) -> None:
    """The app with one step as its first page, which is the one that AppTest opens."""
    import streamlit as st

    from explorer.page.learn.steps import pages
    from explorer.run.loaded import chosen_run, open_run

    made = pages(open_run(chosen_run()))
    st.navigation([made[number], *made[:number], *made[number + 1 :]], position="hidden").run()


def script_of(step: Step) -> AppTest:
    """Not run yet."""
    return AppTest.from_function(
        script, kwargs={"number": STEPS.index(step)}, default_timeout=PATIENCE
    )


def opened(step: Step) -> AppTest:
    """As a reader finds it who skipped a question before."""
    page = script_of(step)
    page.session_state["skips_questions"] = True
    return page.run()


def step_of(path: str) -> Step:
    return next(step for step in STEPS if step.path == path)


def numbers(page: AppTest) -> list[str]:
    """The large figures."""
    return re.findall(r"<dd>(.*?)</dd>", " ".join(html.proto.body for html in page.get("html")))


def nats(text: str) -> float:
    return float(text.removesuffix(" nats").replace(",", "").replace("−", "-"))


def slide(page: AppTest, key: str, value: float) -> None:
    """Move a slider, which is a component: what it tells is read from the session."""
    page.session_state[key] = value
    page.run()


def faces(page: AppTest) -> list[str]:
    """What tells the pictures of all rows apart."""
    bodies = " ".join(html.proto.body for html in page.get("html"))
    found = re.findall(r'src="(data:[^"]+)"', bodies)
    return [hashlib.sha256(address.encode()).hexdigest()[:8] for address in found]


@pytest.fixture(params=STEPS, ids=lambda step: step.path)
def step(request, shipped: Path, monkeypatch: pytest.MonkeyPatch) -> Step:
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    return request.param


def test_a_step_opens_with_title_code_and_sources(step: Step):
    page = opened(step)
    assert not page.exception
    assert not page.error
    assert [title.value for title in page.title] == [step.title]
    assert page.code
    assert any(caption.value.startswith("Sources: ") for caption in page.caption)
    assert faces(page)


def test_a_step_opens_on_a_model_of_ones_own(step: Step, drawn_run: Path, monkeypatch):
    monkeypatch.setenv("EXPLORER_RUN", str(drawn_run))
    page = opened(step)
    assert not page.exception
    assert faces(page)


@pytest.mark.parametrize(
    ("likelihood", "said"),
    [("laplace", "Laplace distribution"), ("continuous-bernoulli", "continuous Bernoulli")],
)
def test_texts_and_formulas_are_those_of_the_runs_likelihood(
    drawn_run: Path, tmp_path: Path, monkeypatch, likelihood: str, said: str
):
    root = shutil.copytree(drawn_run, tmp_path / "run")
    config = json.loads((root / CONFIG).read_text())
    config["model"]["likelihood"] = likelihood  # it takes as many outputs as the run's own
    (root / CONFIG).write_text(json.dumps(config))
    monkeypatch.setenv("EXPLORER_RUN", str(root))
    page = opened(step_of("likelihood"))
    assert not page.exception
    assert any(said in text.value for text in page.markdown)
    assert TEXTS[likelihood].log_density in page.latex[1].value
    assert ("likelihood_scale" in page.session_state) == (TEXTS[likelihood].scale is not None)
    page = opened(step_of("reparameterization"))
    assert not page.exception
    assert any(said in caption.value for caption in page.caption)


def test_the_code_shown_is_that_of_the_file(shipped: Path):
    page = opened(step_of("reparameterization"))
    shown = page.code[0].value.strip()
    assert shown.startswith("def reparameterize(")
    text = (ROOT / "training" / "model" / "posterior.py").read_text(encoding="utf-8")
    assert f"\n{shown}\n" in text
    first = text[: text.index(shown)].count("\n") + 1
    last = first + shown.count("\n")
    expected = f"`reparameterize`: training/model/posterior.py, lines {first} to {last}"
    assert expected in [expander.label for expander in page.expander]


def test_the_whole_file_is_a_click_away(shipped: Path):
    page = opened(step_of("reparameterization"))
    before = len(page.code)
    page.toggle[0].set_value(True).run()
    assert len(page.code) == before + 1
    whole = (ROOT / "training" / "model" / "posterior.py").read_text(encoding="utf-8")
    assert whole.strip() in {code.value.strip() for code in page.code}


# Predict, then see


def questions(page: AppTest) -> list[str]:
    return [text.value for text in page.markdown if "What do you think?" in text.value]


def answers(page: AppTest) -> list:
    """The buttons with guesses."""
    return [button for button in page.button if re.fullmatch(r"predict-.*-\d", button.key or "")]


def seen(page: AppTest) -> list[str]:
    """What tells pictures, large figures and tables apart."""
    return faces(page) + numbers(page) + [table.value.to_csv() for table in page.table]


def test_a_step_asks_before_its_figure_answers(step: Step):
    page = script_of(step).run()
    assert not page.exception
    assert len(questions(page)) == 1
    assert 2 <= len(answers(page)) <= 3
    assert len({button.label for button in answers(page)}) == len(answers(page))
    asked, guess = seen(page), answers(page)[-1].label
    answers(page)[-1].click().run()
    assert not questions(page)
    assert not answers(page)
    assert set(asked) < set(seen(page))  # the figure has come, what was there has stayed
    assert f":small[You thought: {guess}.]" in [text.value for text in page.markdown]


def test_whoever_skips_once_is_not_asked_again(shipped: Path):
    page = script_of(STEPS[0]).run()
    assert not faces(page)
    page.button(key="predict-skip").click().run()
    assert faces(page)
    assert not questions(page)
    assert page.session_state["skips_questions"]  # which `opened` sets for all other steps
    for step in STEPS[1:]:
        assert not questions(opened(step)), step.path


def test_words_of_a_step_are_told_and_every_word_is_of_some_step():
    used = {word for step in STEPS for word in step.words}
    assert used <= set(GLOSSARY)
    assert set(GLOSSARY) - used == set()


# What the controls change


def test_likelihood_falls_away_from_the_code(shipped: Path):
    page = opened(step_of("likelihood"))
    at_code = nats(numbers(page)[0])
    slide(page, "likelihood_at", 1.0)
    assert nats(numbers(page)[0]) < at_code - 1000
    assert any("drawn from the model itself" in caption.value for caption in page.caption)


def test_another_draw_and_another_sigma_change_the_pictures(shipped: Path):
    page = opened(step_of("likelihood"))
    before = faces(page)[:4]
    page.number_input(key="likelihood_seed").set_value(8).run()
    drawn = faces(page)[:4]
    assert drawn[0] != before[0]
    slide(page, "likelihood_scale", 0.0)
    mean, _, one, another = faces(page)[:4]
    assert mean == drawn[0]
    assert one == another == mean  # without sigma a sample is the mean


def test_another_face_and_other_dimensions_of_the_posterior(shipped: Path):
    page = opened(step_of("posterior"))
    before = faces(page)
    page.segmented_control(key="face-posterior").set_value(2).run()
    after = faces(page)
    assert after[0] != before[0]
    assert after[6:] == before[6:]  # the prior's draws are the same
    page.selectbox(key="posterior_x").set_value(17).run()
    assert not page.exception


def test_the_race_counts_and_the_baseline_helps(shipped: Path):
    page = opened(step_of("reparameterization"))
    times = [float(numbers(page)[2].replace(",", ""))]
    assert times[0] > 50
    page.toggle(key="race_baseline").set_value(False).run()
    times.append(float(numbers(page)[2].replace(",", "")))
    assert times[1] > 10 * times[0]


def test_frozen_noise_repeats_and_fresh_noise_does_not(shipped: Path):
    page = opened(step_of("reparameterization"))
    first = faces(page)
    again = faces(page.run())
    half = len(first) // 2
    assert again[:half] == first[:half]
    assert not set(again[half:]) & set(first[half:])


def test_the_vae_is_as_wide_in_step_3_as_in_step_9(shipped: Path):
    page = opened(step_of("generate"))
    page.segmented_control(key="generate_view").set_value("spread").run()
    told = ranges(
        spectrum(aggregate(open_run(shipped).run.faces.mean, open_run(shipped).run.faces.logvar))
    )
    assert set(told.values()) <= set(numbers(page))
    assert set(told.values()) <= set(numbers(opened(step_of("prior"))))


def test_step_3_opens_on_the_holes_and_step_2_on_the_codes(shipped: Path):
    page = opened(step_of("generate"))
    assert page.segmented_control(key="generate_view").value == "holes"
    assert [float(told.rstrip("%")) for told in numbers(page)] == [
        pytest.approx(99.6, abs=0.5), pytest.approx(0.8, abs=1.0)
    ]  # fmt: skip
    assert opened(step_of("codes")).segmented_control(key="codes_lens").value == "codes"


def test_stop_goes_when_both_trainings_are_done(shipped: Path, monkeypatch: pytest.MonkeyPatch):
    page = opened(step_of("elbo"))
    page.button(key="elbo_train").click().run()
    assert page.session_state["elbo_report"].done == 1
    assert not [button for button in page.button if button.label == "Stop"]


def test_a_likeness_to_a_drawing_is_said_to_be_one(shipped: Path):
    page = opened(step_of("hourglass"))
    told = " ".join(html.proto.body for html in page.get("html"))
    assert "x, drawn by the VAE" in told
    assert "PSNR to this drawing" in told
    real = guess_psnr(load_twin(open_run(shipped)).run.report)
    assert f"{real:.1f} dB" in numbers(page)


@pytest.mark.parametrize("path", ["generate", "discriminator"])
def test_a_frechet_distance_is_said_not_to_be_fid(shipped: Path, path: str):
    assert any("not FID" in caption.value for caption in opened(step_of(path)).caption)


def test_each_likelihood_has_its_own_spread_and_samples(shipped: Path):
    page = opened(step_of("outputs"))
    bits, shown = numbers(page)[0], faces(page)
    assert float(bits) < 8
    page.segmented_control(key="outputs_likelihood").set_value("fixed").run()
    assert float(numbers(page)[0]) > 8 > float(bits)
    assert faces(page)[1] != shown[1]
    spread = numbers(page)[3:6]
    slide(page, "outputs_row", 2)
    assert numbers(page)[3:6] != spread


def test_samplers_agree_in_nothing_but_the_seed(shipped: Path):
    page = opened(step_of("prior"))
    shown = faces(page)
    assert len(set(shown)) == 32
    slide(page, "prior_temperature", 0.0)
    # Prior, one Gaussian and flow; that one leads the same noise to where other labels lie.
    rows = [faces(page)[k : k + 8] for k in (0, 8, 24)]
    assert [len(set(row)) for row in rows] == [1, 1, 8]
    page.segmented_control(key="prior_view").set_value("one dimension").run()
    slide(page, "prior_dim", 5)
    assert not page.exception


# The document


def test_the_document_lists_every_step_and_its_code():
    text = DOCUMENT.read_text(encoding="utf-8")
    for step in STEPS:
        section = text.split(f"## {name(step)}\n", 1)
        assert len(section) == 2, f"docs/learn.md tells of {name(step)}"
        section = section[1].split("\n## ")[0]
        assert f"/learn-{step.path}" in section
        assert f"../explorer/page/learn/{step.path}.py" in section
        assert "../explorer/learn/" in section
    assert text.count("\n## ") == len(STEPS)


def test_compare_does_not_judge_copies_by_a_picture_that_the_vae_drew():
    loaded = open_run(chosen_run())
    reports = [found.run.report for found in (load_twin(loaded), loaded)]
    page = opened(step_of("compare"))
    told = [number for number in numbers(page) if number.endswith("dB")]
    assert told == [f"{guess_psnr(report):.2f} dB" for report in reports]
    (said,) = [text.value for text in page.markdown if "What the numbers say" in text.value]
    assert all(f"{guess_psnr(report):.1f} dB" in said for report in reports)
