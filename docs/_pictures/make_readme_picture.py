"""The picture at the top of README: one week of news in two worlds. `python docs/_pictures/make_readme_picture.py`

Everything in it is computed, from the shipped scenario gamma_squeeze and its fixed seed. Written twice, for pages with
light and with dark paper.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import matplotlib
import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

import simhedge as sh
from simhedge.report import style
from simhedge.report.interactive.look import DARK, LIGHT, Paper
from simhedge.report.path_series import cumulative_flow, days
from simhedge.simulation.gain import gains
from simhedge.simulation.plan import prepare
from simhedge.simulation.units import hedged_units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

SCENARIO = "gamma_squeeze"
PATH = 26  # the news of this week ends where it began
FOLDER = Path(__file__).parents[1] / "_static"
WIDTH, HEIGHT = 9.0, 5.4  # inches
LEAST_PRICE, MOST_PRICE = 91.0, 131.0  # $
HEDGED = {LIGHT: style.HEDGED, DARK: style.CALLS}
TWIN = {LIGHT: "#B87400", DARK: style.TWIN}  # of the text: the orange of the lines is too light to read on white
NO_REST = {LIGHT: style.WARNING, DARK: "#FF8A4C"}
NO_REST_WORDS = {LIGHT: "#9A4300", DARK: "#FFA877"}


class Week(NamedTuple):
    """One path: trading days, prices ($) in both worlds, shares that dealers have bought, all (step + 1,).

    `low`, `high`: the prices between which kappa <= -1 at each step, NaN where there are none; `leap`: the step of the
    largest move; `volume`: shares traded on a usual day.
    """

    days: Floats
    spot: Floats
    twin: Floats
    bought: Floats
    low: Floats
    high: Floats
    leap: int
    volume: float


def week() -> Week:
    """The week that the picture shows."""
    scenario = sh.load_scenario(SCENARIO)
    path = sh.sample_paths(scenario, paths=PATH + 1).isel(path=[PATH])
    one = path.isel(path=0)
    spot = one["spot"].to_numpy()
    low, high = no_rest(scenario)
    return Week(
        days=days(path),
        spot=spot,
        twin=one["twin_spot"].to_numpy(),
        bought=cumulative_flow(one),
        low=low,
        high=high,
        leap=int(np.argmax(np.abs(np.diff(spot)))) + 1,
        volume=float(scenario.market.adv_shares or np.nan),
    )


def no_rest(scenario: sh.Scenario) -> tuple[Floats, Floats]:
    """Least and greatest price ($) at which kappa <= -1 at each step, (step + 1,); NaN where there is none."""
    plan = prepare(scenario)
    units = hedged_units(plan.dealers, plan.options.books.size)
    prices = np.linspace(LEAST_PRICE, MOST_PRICE, 4001)
    low, high = np.full((2, plan.steps + 1), np.nan)
    for step in range(plan.steps):
        beyond = prices[gains(prices, units, plan.options, plan.model, step) <= -1.0]
        if beyond.size:
            low[step], high[step] = beyond[0], beyond[-1]
    return low, high


def draw(shown: Week, paper: Paper) -> Figure:
    """Figure of the week: prices in both worlds above, what dealers have bought below; no background of its own."""
    with style.house_style(), matplotlib.rc_context(_colours(paper)):
        figure = matplotlib.figure.Figure(figsize=(WIDTH, HEIGHT))
        price, flow = figure.subplots(2, 1, sharex=True, gridspec_kw={"height_ratios": [3.4, 1.0]})
        figure.subplots_adjust(left=0.065, right=0.88, top=0.845, bottom=0.085, hspace=0.10)
        _draw_no_rest(price, shown, paper)
        _draw_prices(price, shown, paper)
        _draw_flow(flow, shown, paper)
        _draw_words(figure, paper)
    return figure


def _colours(paper: Paper) -> Any:
    """Settings of Matplotlib: sizes, and the inks of the paper."""
    inks = ("text.color", "axes.labelcolor", "xtick.color", "ytick.color")
    return {
        "font.size": 9.5,
        "xtick.labelsize": 9.0,
        "ytick.labelsize": 9.0,
        "axes.edgecolor": paper.muted,
        **dict.fromkeys(inks, paper.ink),
    }


def _draw_no_rest(axis: Axes, shown: Week, paper: Paper) -> None:
    axis.fill_between(shown.days, shown.low, shown.high, color=NO_REST[paper], alpha=0.20, linewidth=0)
    there = np.isfinite(shown.low)
    around = np.concatenate([shown.low[there], shown.high[there][::-1], shown.low[there][:1]])
    axis.plot(
        np.concatenate([shown.days[there], shown.days[there][::-1], shown.days[there][:1]]), around,
        color=NO_REST[paper], linewidth=0.8,
    )  # fmt: skip
    axis.text(
        2.04, 112.1,
        "With hedging no price can rest here: each dollar\nof rise makes dealers buy enough to lift it by more.",
        color=NO_REST_WORDS[paper], va="center", fontsize=9.0, linespacing=1.35,
    )  # fmt: skip


def _draw_prices(axis: Axes, shown: Week, paper: Paper) -> None:
    axis.plot(shown.days, shown.twin, color=style.TWIN, linewidth=1.5)
    axis.plot(shown.days, shown.spot, color=HEDGED[paper], linewidth=1.8)
    _label_end(axis, shown.spot[-1], f"${shown.spot[-1]:.0f}", "dealers hedge", HEDGED[paper])
    _label_end(axis, shown.twin[-1], f"${shown.twin[-1]:.0f}", "same news,\nno hedging", TWIN[paper])
    axis.set_xlim(0.0, shown.days[-1])
    axis.set_ylim(LEAST_PRICE, MOST_PRICE)
    axis.yaxis.set_major_locator(FixedLocator([100, 110, 120, 130]))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"${value:.0f}"))
    axis.tick_params(length=0)
    axis.grid(axis="y", color=paper.grid, linewidth=0.8)
    axis.set_axisbelow(True)
    axis.spines[["left", "bottom"]].set_visible(False)


def _draw_flow(axis: Axes, shown: Week, paper: Paper) -> None:
    bought = shown.bought / 1e6
    axis.fill_between(shown.days, bought, color=HEDGED[paper], alpha=0.30, linewidth=0)
    axis.plot(shown.days, bought, color=HEDGED[paper], linewidth=1.2)
    axis.set_ylim(min(-6.0, float(bought.min()) - 1.0), 1.15 * float(bought.max()))
    axis.set_yticks([])
    axis.xaxis.set_major_locator(FixedLocator([0.5, 1.5, 2.5, 3.5, 4.5]))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda day, _: f"day {day + 0.5:.0f}"))
    axis.tick_params(length=0)
    axis.axhline(0.0, color=paper.grid, linewidth=0.8, zorder=0)
    axis.spines[["left", "bottom"]].set_visible(False)
    at_once = float(shown.bought[shown.leap] - shown.bought[shown.leap - 1])
    axis.text(
        float(shown.days[shown.leap]) - 0.08, 14.0,
        f"{at_once / 1e6:.0f} million shares bought in five\nminutes: {at_once / shown.volume:.1f} days of volume",
        ha="right", va="center", color=HEDGED[paper], fontsize=9.0, linespacing=1.35,
    )  # fmt: skip
    _label_end(axis, float(bought[-1]), f"{bought[-1]:.0f}m", "shares that\ndealers bought", HEDGED[paper])


def _label_end(axis: Axes, value: float, number: str, words: str, colour: str) -> None:
    """A number where a line ends, and under it what the line is."""
    place: Any = {"xy": (1.0, value), "xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
    axis.annotate(number, xytext=(8, 0), color=colour, va="center", fontsize=14, fontweight="bold", **place)
    axis.annotate(words, xytext=(8, -11), color=colour, va="top", fontsize=9.0, linespacing=1.25, **place)


def _draw_words(figure: Figure, paper: Paper) -> None:
    figure.text(0.02, 0.945, "The same week of news, twice", fontsize=17, fontweight="bold", va="center")
    figure.text(
        0.02, 0.888, "Dealers have sold calls struck at $110. In one world they hedge them, in the other they do not. "
        "Nothing else differs.", fontsize=10.0, color=paper.muted, va="center",
    )  # fmt: skip


def write(folder: Path = FOLDER) -> list[Path]:
    """The files written: the picture for light and for dark paper."""
    shown = week()
    written = []
    for name, paper in (("light", LIGHT), ("dark", DARK)):
        file = folder / f"squeeze_{name}.svg"
        figure = draw(shown, paper)
        figure.patch.set_alpha(0.0)
        for axis in figure.axes:
            axis.patch.set_alpha(0.0)
        style.save_figure(figure, file, "svg")
        written.append(file)
    return written


if __name__ == "__main__":
    for file in write():
        print(f"{file}: {file.stat().st_size / 1024:.0f} kB")
