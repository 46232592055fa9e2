"""Figures in one manner for all pages: large letters and few lines, as options of ECharts.

Plain data until the page hands it to the browser, which draws it in a few milliseconds: a figure
has to follow a control. Source of the options: https://echarts.apache.org/en/option.html
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from explorer.language.text import _

# Okabe & Ito's palette, told apart with every common kind of colour blindness.
ORANGE, BLUE, GREEN, PURPLE, GREY = "#d55e00", "#56b4e9", "#009e73", "#cc79a7", "#9a9a9a"
YELLOW = "#e69f00"

MARGINS: dict[str, Any] = {
    "left": 80,
    "right": 24,
    "top": 14,
    "bottom": 56,
    "outerBoundsMode": "none",
}
WIDTHS = range(200, 901, 20)  # pixels that a figure with equal units may find, the most is taken
LEGEND = 40  # pixels above the grid for a legend, or for the text of a rule
BINS = 60


class Figure:
    """One figure, to which lines, points, bars and rules are added, the later ones in front.

    about: said to those who cannot see it. height: pixels. option: what ECharts draws. dense: with
    so many points that it is drawn as pixels; otherwise as lines, which are sharp on paper.
    """

    def __init__(
        self,
        about: str,
        height: int = 340,
        x: str = "",
        y: str = "",
        *,
        equal: bool = False,
        doubling: bool = False,
    ) -> None:
        """x, y: titles of the axes. equal: a unit is as long on both axes, once they have limits.
        doubling: along x, equal steps are equal factors.
        """
        self.about, self.height, self.equal, self.dense = about, height, equal, False
        self.option: dict[str, Any] = {
            "animation": False,
            "grid": dict(MARGINS),
            "xAxis": _axis(x, gap=30) | ({"type": "log", "logBase": 2} if doubling else {}),
            "yAxis": _axis(y, gap=58),
            "legend": {"left": 0, "top": 0, "data": [], "textStyle": {"fontSize": 15}},
            "series": [],
        }

    @property
    def series(self) -> list[dict[str, Any]]:
        """What was added, in this order; of each, `data` are points [x, y] or values of bars."""
        return self.option["series"]

    def limit(self, x: Sequence[float] | None = None, y: Sequence[float] | None = None) -> "Figure":
        """The ends of the axes; of an axis without them they are found."""
        for axis, ends in (("xAxis", x), ("yAxis", y)):
            if ends is not None:
                low, high = map(float, ends)
                self.option[axis] |= {"min": low, "max": high}
                shown = {"showMinLabel": _is_short(low), "showMaxLabel": _is_short(high)}
                self.option[axis]["axisLabel"] |= shown
        if self.equal:
            self.option["media"] = self._sizes()
        return self

    def _sizes(self) -> list[dict[str, Any]]:
        """The grid for each of WIDTHS, as wide as the limits are against their height."""
        x, y = (self.option[axis]["max"] - self.option[axis]["min"] for axis in ("xAxis", "yAxis"))
        bare = self.option["xAxis"].get("show", True) is False
        beside, beneath = (8, 8) if bare else (MARGINS["left"] + 8, MARGINS["bottom"] + 12)
        by_width = []
        for width in WIDTHS:
            wide = min(width - beside, (self.height - beneath) * x / y)
            grid = {"left": "center", "top": 4, "width": wide, "height": wide * y / x}
            by_width.append({"query": {"minWidth": width}, "option": {"grid": grid}})
            if not bare:
                grid |= {"left": MARGINS["left"], "top": 12}
        return by_width

    def bare(self, places: np.ndarray) -> "Figure":
        """No axes, and limits that hold the places (N, 2)."""
        self.option["xAxis"]["show"] = self.option["yAxis"]["show"] = False
        low, high = places.min(0), places.max(0)
        room = 0.04 * (high - low).max()
        return self.limit(*zip(low - room, high + room, strict=True))

    def hide_labels(self, axis: str) -> "Figure":
        """axis: "x" or "y", whose numbers say nothing."""
        self.option[f"{axis}Axis"]["axisLabel"]["show"] = False
        return self

    def line(
        self,
        x: ArrayLike,
        y: ArrayLike,
        colour: str,
        name: str = "",
        *,
        width: float = 3,
        dashed: bool = False,
        dots: bool = False,
    ) -> "Figure":
        """A line through points (N,), (N,). name: in the legend. dots: the points, too."""
        self._add(
            name,
            type="line",
            data=_points(x, y),
            color=colour,
            lineStyle={"width": width, "type": "dotted" if dashed else "solid"},
            showSymbol=dots,
            symbol="circle",
            symbolSize=9,
        )
        return self

    def points(
        self,
        x: ArrayLike,
        y: ArrayLike,
        colour: str,
        *,
        size: float = 15,
        opacity: float = 1.0,
        symbol: str = "circle",
    ) -> "Figure":
        """Marks at (N,), (N,). size: pixels. symbol: as ECharts calls it, or "ring"."""
        ring = symbol == "ring"
        self._add(
            type="scatter",
            data=_points(x, y),
            color=colour,
            symbol="circle" if ring else symbol,
            symbolSize=size,
            itemStyle=_ring(colour) if ring else {"opacity": opacity},
        )
        return self

    def cloud(self, places: np.ndarray, colour: str, opacity: float = 0.4) -> "Figure":
        """Thousands of small points (N, 2)."""
        self._add(
            type="scatter",
            data=np.round(np.float64(places), 3).tolist(),  # few digits, to send few bytes
            color=colour,
            symbolSize=4,
            large=True,
            largeThreshold=0,
            itemStyle={"opacity": opacity},
        )
        self.dense = True
        return self

    def bars(
        self,
        values: Mapping[str, float],
        colours: Iterable[str],
        texts: Iterable[str] = (),
        *,
        upright: bool = False,
    ) -> "Figure":
        """One bar for each name, the first on top or, upright, on the left.

        colours: of each bar. texts: at the end of each bar, where given.
        """
        data: list[dict[str, Any]] = [
            {"value": float(value), "itemStyle": {"color": str(colour)}, "name": name}
            for (name, value), colour in zip(values.items(), colours, strict=True)
        ]
        for bar, text in zip(data, texts, strict=False):
            outside = "right" if bar["value"] >= 0 else "left"
            bar["label"] = {"show": True, "formatter": text, "position": outside}
        names, numbers = ("xAxis", "yAxis") if upright else ("yAxis", "xAxis")
        self._name(names, list(values))
        self.option[numbers]["scale"] = False
        self._add(type="bar", data=data, barCategoryGap="25%", label={"fontSize": 15})
        return self

    def changes(
        self,
        values: Mapping[str, tuple[float, float]],
        before: str,
        after: str,
        colours: Sequence[str],
    ) -> "Figure":
        """Two marks for each name, before and after, with a line between; the first on top.

        before, after: colours in the legend. colours: of each line and of the mark at its end.
        """
        self._name("yAxis", list(values))
        for (name, ends), colour in zip(values.items(), colours, strict=True):
            self._add(
                type="line",
                data=[[float(end), name] for end in ends],
                lineStyle={"width": 3, "color": colour},
                showSymbol=False,
            )
        for k, (title, own) in enumerate(((_("before"), before), (_("after"), after))):
            marks = [
                {
                    "value": [float(ends[k]), name],
                    "itemStyle": {"color": colour if k else own, "opacity": 1},
                }
                for (name, ends), colour in zip(values.items(), colours, strict=True)
            ]
            self._add(
                title, type="scatter", data=marks, color=own, symbolSize=10, silent=False,
                encode={"x": 0, "y": 1, "itemName": 1, "tooltip": [0]},
            )  # fmt: skip
        return self

    def histogram(
        self,
        values: np.ndarray,
        colour: str,
        name: str = "",
        ends: tuple[float, float] | None = None,
        bins: int = BINS,
        share: bool = True,
    ) -> "Figure":
        """How many of the values (N,) lie where.

        ends: of the bins, those of the values if None. share: as a share of all, otherwise as a
        density.
        """
        counts, edges = np.histogram(values, bins, ends, density=not share)
        heights = counts / len(values) if share else counts
        x, y = np.repeat(edges, 2), np.concatenate([[0], np.repeat(heights, 2), [0]])
        self._add(
            name,
            type="line",
            data=_points(x, y),
            color=colour,
            lineStyle={"width": 1.5},
            areaStyle={"opacity": 0.55},
            showSymbol=False,
        )
        self.option["yAxis"]["scale"] = False
        return self

    def rule(
        self,
        at: float,
        colour: str = GREY,
        text: str = "",
        *,
        dashed: bool = True,
        level: bool = False,
    ) -> "Figure":
        """A line across the whole figure. level: at a height, otherwise upright."""
        mark: dict[str, Any] = {
            "silent": True,
            "symbol": "none",
            "data": [{"yAxis" if level else "xAxis": float(at)}],
            "lineStyle": {"color": colour, "width": 3, "type": "dotted" if dashed else "solid"},
            "label": {"show": bool(text), "formatter": text, "color": colour, "fontSize": 14},
        }
        if level:
            mark["label"]["position"] = "insideEndTop"
        elif text:
            self.option["grid"]["top"] = LEGEND
        if self.option["yAxis"].get("inverse") and not level:
            mark["label"]["position"] = "start"  # which is on top then
        self._add(type="line", data=[], markLine=mark)
        return self

    def label(
        self,
        x: np.ndarray,
        y: np.ndarray,
        texts: Sequence[str],
        colours: Sequence[str],
        size: float = 13,
    ) -> "Figure":
        """Rings at (N,), (N,) with a text above each."""
        data: list[dict[str, Any]] = [
            {"value": [float(a), float(b)], "name": text, "itemStyle": _ring(colour)}
            for a, b, text, colour in zip(x, y, texts, colours, strict=True)
        ]
        for mark in data:
            mark["label"] = {"color": mark["itemStyle"]["borderColor"]}
        shown = {"show": True, "formatter": "{b}", "position": "top"}
        self._add(
            type="scatter", data=data, symbol="circle", symbolSize=size,
            label=shown | {"fontSize": 18, "fontWeight": "bold"},
        )  # fmt: skip
        return self

    def tell(self, what: str) -> "Figure":
        """Let the pointer read the figure. what: "place", all lines at one x; "bar", one bar."""
        trigger = "axis" if what == "place" else "item"
        # The page's own number format, see st.echarts_chart.
        self.option["tooltip"] = {"trigger": trigger, "valueFormatter": "%.2f"}
        if what == "place":
            self.option["tooltip"]["axisPointer"] = {"type": "line"}
        return self

    def _name(self, axis: str, names: list[str]) -> None:
        """Names in place of numbers, from left to right or from top to bottom."""
        self.option[axis] |= {"type": "category", "data": names, "inverse": axis == "yAxis"}
        self.option[axis] |= {"axisTick": {"show": False}, "splitLine": {"show": False}}
        self.option[axis]["axisLabel"] |= {"fontSize": 15}

    def _add(self, name: str = "", **series: Any) -> None:
        kept = {"silent": series["type"] != "bar", "clip": True, "emphasis": {"disabled": True}}
        front = {"z": 2 + len(self.series)}
        self.series.append({**({"name": name} if name else {}), **front, **kept, **series})
        if name:
            self.option["legend"]["data"].append(name)
            self.option["grid"]["top"] = LEGEND


def curve(
    about: str,
    x: ArrayLike,
    y: ArrayLike,
    at: float,
    value: float,
    x_title: str,
    y_title: str,
    **more: Any,
) -> Figure:
    """A curve with a mark on it at (at, value). more: as for Figure."""
    made = Figure(about, x=x_title, y=y_title, **more)
    made.line(x, y, BLUE).points([at], [value], ORANGE).tell("place")
    return made.limit(x=(np.min(x), np.max(x)))


def _axis(title: str, gap: float) -> dict[str, Any]:
    return {
        "type": "value",
        "scale": True,  # 0 need not be on it
        "name": title,
        "nameLocation": "middle",
        "nameGap": gap,
        "nameTextStyle": {"fontSize": 16},
        "axisLabel": {"fontSize": 14},
    }


def _ring(colour: str) -> dict[str, Any]:
    return {"color": "transparent", "borderColor": colour, "borderWidth": 3}


def _is_short(number: float) -> bool:
    """Whether three digits tell it: the end of an axis has a label then."""
    return float(f"{number:.3g}") == number


def _points(x: ArrayLike, y: ArrayLike) -> list[list[float]]:
    return np.stack([np.asarray(x, float), np.asarray(y, float)], 1).tolist()
