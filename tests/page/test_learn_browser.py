"""The steps of Learn in a real Chromium: each opens, follows its control, and stays calm."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import learn
from benchmarks.browser import App, running_app
from benchmarks.learn import answers, move
from data.shipped import SHIPPED
from explorer.page.learn.parts import Step
from explorer.page.learn.steps import STEPS
from explorer.run.twin import twin_folder
from tests.page.seen import at_rest, expect, frames, round_trip
from training.run.run_folder import read_config

pytestmark = pytest.mark.browser

# What a visitor sees of pictures and charts, as one number.
SEEN = """
() => {
  const pictures = [...document.querySelectorAll(".picture-row img")].map((i) => i.src);
  const charts = [...document.querySelectorAll(".stEChartsChart")].map(
    (chart) => chart.ariaLabel + (chart.querySelector("svg")?.innerHTML ?? ""));
  let hash = 0;
  for (const c of pictures.concat(charts).join("")) hash = (31 * hash + c.charCodeAt(0)) | 0;
  return `${pictures.length} pictures, ${charts.length} drawings, ${hash}`;
}
"""
# Whether all of them are there.
DRAWN = """
() => {
  const all = (selector, drawn) => [...document.querySelectorAll(selector)].every(drawn);
  return all(".learn-row img", (picture) => picture.complete)
    && all(".stEChartsChart", (chart) => chart.ariaLabel && chart.querySelector("svg path, canvas"))
    && !document.querySelector("[data-testid=stSkeleton]");
}
"""
OF_TWINS = ("hourglass", "compare")


def settle(page) -> str:
    """What is seen once no script runs and all of it is drawn."""
    at_rest(page)
    expect(lambda: page.evaluate(DRAWN), "pictures and charts drawn")
    frames(page)
    return page.evaluate(SEEN)


def open_step(visit: Callable, app: App, path: str, **screen) -> tuple:
    page, complaints = visit(app, path=f"/learn-{path}", **screen)
    title = next(step.title for step in STEPS if step.path == path)
    page.get_by_role("heading", name=title, exact=True).wait_for()
    page.get_by_role("button", name="Skip the questions").click()
    page.locator(".picture-row img").first.wait_for()
    return page, complaints


def test_every_step_has_a_control_to_move():
    assert all(step.controls for step in STEPS)


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.path)
def test_a_step_follows_its_control(visit: Callable, app: App, shipped: Path, step: Step):
    if step.path in OF_TWINS and not twin_folder(shipped).is_dir():
        pytest.skip(f"needs the hourglass that ships: no folder {twin_folder(shipped)}")
    page, complaints = open_step(visit, app, step.path)
    before = settle(page)
    move(page, *step.controls[0], number=0)
    expect(lambda: page.evaluate(SEEN) != before, "other pictures or charts")
    for element in ("html", "[data-testid=stMain]"):
        content, view = page.locator(element).evaluate("(e) => [e.scrollWidth, e.clientWidth]")
        assert content <= view, f"{element} scrolls sideways"
    assert not page.get_by_test_id("stException").count()
    assert complaints == []


def test_figures_follow_a_slider_while_it_is_held(visit: Callable, app: App):
    page, complaints = open_step(visit, app, "hourglass")
    slider = page.get_by_role("slider", name="Numbers kept, k")
    before, box = settle(page), slider.bounding_box()
    across = lambda share: (box["x"] + share * box["width"], box["y"] + box["height"] / 2)  # noqa: E731
    page.mouse.move(*across(0.9))
    page.mouse.down()
    for step in range(40):
        page.mouse.move(*across(0.9 - 0.02 * step))
    expect(lambda: page.evaluate(SEEN) != before, "other pictures in the hand")
    page.mouse.up()

    def shown() -> bool:
        return page.get_by_text(
            f"from {slider.get_attribute('aria-valuetext')}", exact=True
        ).count()

    expect(shown, "the face of the last place")
    most = f"{read_config(SHIPPED).model.latent}"
    for key, value in (("End", most), ("Home", "0"), ("ArrowRight", "1")):
        slider.press(key)
        assert slider.get_attribute("aria-valuetext") == value
        expect(shown, "the face of the new place")
    assert complaints == []


def test_the_benchmark_times_each_move(visit: Callable, app: App, monkeypatch):
    monkeypatch.setattr(learn, "MOVES", 2)
    monkeypatch.setattr(learn, "REST", 400)
    page, _ = visit(app)
    for waits in answers(page, app, "hourglass", STEPS[0].controls):
        assert len(waits) == 2
        assert min(waits) > 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_formulas_are_rendered_here_and_links_lead_on(visit: Callable, app: App, scheme: str):
    page, complaints = open_step(visit, app, "elbo", width=1920, height=1080, color_scheme=scheme)
    expect(lambda: page.locator(".katex-display").count() >= 5, "formulas")
    assert page.locator(".katex-error").count() == 0
    number = [step.path for step in STEPS].index("elbo")
    after = STEPS[number + 1]
    page.locator(".st-key-learn-links a").last.click()
    page.get_by_role("heading", name=after.title, exact=True).wait_for()
    expect(lambda: page.evaluate("location.pathname") == f"/learn-{after.path}", "its address")
    page.get_by_role("heading", name=after.title, exact=True).wait_for()
    assert complaints == []


def test_without_torch_the_two_trainings_say_what_they_need(visit: Callable, app: App):
    page, _ = open_step(visit, app, "elbo")
    assert page.get_by_role("button", name="Train both").is_disabled()
    page.get_by_text("This training needs torch, which is not installed:").wait_for()


@pytest.fixture
def with_torch(shipped: Path, tmp_path: Path) -> Iterator[App]:
    """The app in this Python, which sees torch; the one that is shared does not."""
    with running_app(tmp_path / "app.log", shipped) as app:
        app.wait()
        yield app


def test_the_two_trainings_show_progress_and_can_be_stopped(visit: Callable, with_torch: App):
    page, _ = open_step(visit, with_torch, "elbo")
    page.get_by_role("button", name="Train both").click()
    progress = page.get_by_text("of 200")
    progress.wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Stop").wait_for(state="detached")
    stopped = settle(page)
    done = int(progress.text_content().split()[1])
    assert 0 < done < 200
    assert "summed: rate" in page.locator("[data-testid=stMain]").text_content()
    round_trip(page)
    assert settle(page) == stopped
    assert int(progress.text_content().split()[1]) == done


def test_a_page_prints_without_its_frame(visit: Callable, app: App):
    page, _ = open_step(visit, app, "posterior")
    settle(page)
    page.emulate_media(media="print")
    try:
        assert not page.locator(".stAppHeader").is_visible()
        assert not page.locator(".st-key-learn-links").is_visible()
        # All of it is on paper, not what one screen shows.
        main = page.locator("[data-testid=stMain]")
        content, view = main.evaluate("(e) => [e.scrollHeight, e.clientHeight]")
        assert content <= view + 1
    finally:
        page.emulate_media(media="screen")
