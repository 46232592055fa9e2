"""The Model page: every view, by Streamlit's own test runner, and once in Chromium."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from benchmarks.browser import PATIENCE, App
from explorer.page.model.drawn import reconstructed_rows
from explorer.page.model.model_page import VIEWS
from explorer.run.loaded import Loaded


def model_page():
    from explorer.page.model.model_page import show_model
    from explorer.run.loaded import chosen_run, open_run

    show_model(open_run(chosen_run()))


@pytest.fixture
def opened(shipped, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.delenv("EXPLORER_RUN", raising=False)
    return AppTest.from_function(model_page, default_timeout=PATIENCE).run()


def view(page: AppTest, name: str) -> AppTest:
    choice = next(found for found in page.get("button_group") if found.key == "model_view")
    choice.set_value(name).run()
    assert not page.exception
    return page


def pictures(page: AppTest) -> list[str]:
    text = "".join(element.proto.body for element in page.get("html"))
    return re.findall(r'<img src="([^"]+)"', text)


def test_every_view_shows_what_it_says(opened: AppTest, loaded: Loaded):
    assert not opened.exception
    assert len(opened.get("echarts_chart")) == 4
    assert loaded.run.config.training.start
    told = [caption.value for caption in opened.caption]
    began = "celeba64 and celeba64_ae began with the weights of another run"
    assert any(began in text for text in told)
    assert len(view(opened, "Dimensions").get("echarts_chart")) == 1
    rate = loaded.run.report["rate_nats"]
    assert any(f"**{rate:.0f} nats**" in text.value for text in opened.markdown)
    assert len(pictures(view(opened, "Reconstructions"))) == 16
    (table,) = view(opened, "Runs").dataframe
    assert table.value["run"][0] == loaded.run.root.name
    assert table.value["PSNR (dB)"][0] == round(loaded.run.report["psnr_mean_db"], 2)


def test_both_renderers_are_told_apart(opened: AppTest, loaded: Loaded):
    lists = [body for e in opened.get("html") if "<dl" in (body := e.proto.body)]
    mean, sharp = (dict(re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", body)) for body in lists)
    report = loaded.run.report
    assert mean["PSNR"] == f"{report['psnr_mean_db']:.2f} dB"
    assert sharp["PSNR"] == f"{report['sharp']['psnr_db']:.2f} dB"
    assert ("rate" in mean, "rate" in sharp) == (True, False)
    drawn = report["frechet"]["samples"]["flow"], report["sharp"]["frechet_samples"]["flow"]
    assert [f"{value:.2f}" for value in drawn] == [
        told["Fréchet distance of samples"] for told in (mean, sharp)
    ]


def test_samples_follow_sampler_temperature_and_attributes(opened: AppTest):
    first = pictures(view(opened, "Samples"))
    assert len(set(first)) == 24
    opened.session_state["model_temperature"] = 0.2
    assert pictures(opened.run()) != first
    opened.session_state["model_temperature"] = 1.0
    assert pictures(opened.run()) == first
    glasses = opened.multiselect(key="model_has").set_value(["Eyeglasses"]).run()
    assert not glasses.exception
    assert set(pictures(glasses)).isdisjoint(first)
    both = opened.multiselect(key="model_has_not").set_value(["Eyeglasses"]).run()
    assert "No face can be both with and without Eyeglasses" in both.info[0].value
    assert not pictures(both)
    choice = next(found for found in both.get("button_group") if "mixture" in str(found.proto))
    choice.set_value("mixture").run()
    assert "Fewer than 10 faces" in both.info[0].value
    assert not pictures(both)


def test_rows_are_the_best_the_worst_or_evenly_spread():
    error = np.array([0.3, 0.1, np.nan, 0.2, 0.4])
    assert reconstructed_rows(error, "best", 2).tolist() == [1, 3]
    assert reconstructed_rows(error, "worst", 3).tolist() == [4, 0, 3]
    assert reconstructed_rows(error, "typical", 3).tolist() == [0, 2, 4]
    assert reconstructed_rows(np.full(4, np.nan), "best", 2).tolist() == [0, 3]


@pytest.mark.browser
def test_the_page_opens_and_stays_calm(visit: Callable, app: App):
    page, complaints = visit(app, path="/model")
    page.locator(".stEChartsChart svg").first.wait_for()
    for name in VIEWS[1:]:
        page.get_by_role("radio", name=name).or_(
            page.locator(".st-key-model_view button", has_text=name)
        ).first.click()
        shown = ".picture-row img" if name in ("Reconstructions", "Samples") else "canvas, svg"
        page.locator(shown).first.wait_for()
    assert complaints == []
