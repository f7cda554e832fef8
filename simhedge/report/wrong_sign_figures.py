"""What is left of each level where the dealers' side is mistaken, and which definition says most where it is not."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from simhedge.report import style
from simhedge.report.validation_marks import NOTE_SIZE, note, only_a_note
from simhedge.rounding import NORMAL_95
from simhedge.validation.levels_under_test import spoken
from simhedge.validation.targets import OWN

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simhedge.validation.wrong_sign import WrongSign

# Level -> the statistic over agreement, and that by which definitions are ranked.
STATISTICS = {
    "zero_gamma": ("volatility_switch", "variance_sorted"),
    "call_wall": ("hold_difference", "hold_difference"),
    "put_wall": ("hold_difference", "hold_difference"),
    "largest_gamma_strike": ("hold_difference", "hold_difference"),
}
_AXES = {
    "volatility_switch": ("Volatility switch\n(log ratio)", 1.0),
    "variance_sorted": ("Variance sorted by side\n(% of the twin's)", 100.0),
    "hold_difference": ("Hold rate as expected\n(points)", 100.0),
}
_ROW = 0.155  # inches a ranked definition
_OURS: Any = {"color": style.HEDGED, "marker": "o", "markersize": 3.6, "linestyle": "none", "elinewidth": 0.9}
_OTHERS: Any = {"color": style.MUTED, "marker": "s", "markersize": 2.2, "linestyle": "none", "alpha": 0.55}
_NOT_FOUND: Any = {"color": style.WARNING, "marker": "x", "markersize": 3.6, "linestyle": "none"}
_HALF: Any = {"color": style.INK, "linewidth": 0.8, "linestyle": (0, (1.2, 1.5))}


def wrong_sign_figure(found: WrongSign) -> Figure:
    """Figure with a row for each level: its meaning over the agreement of assumed and true sides, and the ranking.

    Left, our own definition with 95% intervals, other definitions in grey, crosses where ours finds no level, and the
    agreement at which half of the meaning is lost. Right, definitions under the right assumption, best first, with 95%
    intervals of meaning and rank.
    """
    names = [name for name in STATISTICS if not found.levels.empty and (found.levels["name"] == name).any()]
    if not names:
        return only_a_note("no definition finds a level under any assumption")
    counts = [max(6, len(_ranked(found, name))) for name in names]
    with style.house_style():
        height = sum(_ROW * count + 0.75 for count in counts) + 0.35
        figure = style.new_figure(style.DOUBLE_COLUMN, height, column_gap=0.05)
        grid = {"height_ratios": counts, "width_ratios": (1.25, 1.0)}
        axes = figure.subplots(len(names), 2, squeeze=False, gridspec_kw=grid)
        for (left, right), name in zip(axes, names, strict=True):
            _draw_decay(left, found, name)
            _draw_ranking(right, _ranked(found, name), STATISTICS[name][1])
        for left, _ in axes[:-1]:
            left.tick_params(labelbottom=False)
        axes[-1][0].set_xlabel("Agreement of assumed with true sides (1 right, −1 opposite)")
        _legend(figure)
    return figure


def _draw_decay(axis: Axes, found: WrongSign, name: str) -> None:
    statistic = STATISTICS[name][0]
    label, scale = _AXES[statistic]
    rows = found.levels[(found.levels["name"] == name) & (found.levels["statistic"] == statistic)]
    ours, others = rows[rows["definition"] == OWN], rows[rows["definition"] != OWN]
    axis.axhline(0.0, color=style.INK, linewidth=0.5, zorder=1)
    axis.plot(others["agreement"], scale * others["meaning"], zorder=2, **_OTHERS)
    reach = NORMAL_95 * scale * np.nan_to_num(ours["standard_error"].to_numpy(dtype=np.float64), nan=0.0)
    axis.errorbar(ours["agreement"], scale * ours["meaning"], yerr=reach, zorder=4, **_OURS)
    missing = _without(found.levels, ours)
    axis.plot(missing, np.zeros(len(missing)), zorder=3, **_NOT_FOUND)
    half = _half_agreement(found.decay, name, statistic)
    if math.isfinite(half):
        axis.axvline(half, zorder=1, **_HALF)
    axis.set_xlim(1.06, -1.06)
    axis.set_title(spoken(name).capitalize())
    axis.set_ylabel(label)
    axis.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def _without(levels: pd.DataFrame, ours: pd.DataFrame) -> list[float]:
    """Agreements of the assumptions under which our own definition finds no level."""
    assumed = levels.drop_duplicates(["calls", "puts"])
    present = set(zip(ours["calls"], ours["puts"], strict=True))
    pairs = zip(assumed["calls"], assumed["puts"], assumed["agreement"], strict=True)
    return [float(agreement) for calls, puts, agreement in pairs if (calls, puts) not in present]


def _half_agreement(decay: pd.DataFrame, name: str, statistic: str) -> float:
    own = decay[(decay["name"] == name) & (decay["statistic"] == statistic) & (decay["definition"] == OWN)]
    return float(own["half_agreement"].iloc[0]) if len(own) else math.nan


def _ranked(found: WrongSign, name: str) -> pd.DataFrame:
    table = found.ranking
    return table[(table["name"] == name) & (table["statistic"] == STATISTICS[name][1])]


def _draw_ranking(axis: Axes, rows: pd.DataFrame, statistic: str) -> None:
    """Definitions from the best down, with the 95% interval of their rank."""
    label, scale = _AXES[statistic]
    axis.spines["left"].set_visible(False)
    axis.tick_params(axis="y", length=0)
    if rows.empty:
        axis.set_axis_off()
        note(axis, "no definition finds it under the right assumption", 34)
        return
    axis.set_xlabel(label.replace("\n", " "))
    place = np.arange(len(rows))
    reach = NORMAL_95 * scale * np.nan_to_num(rows["standard_error"].to_numpy(dtype=np.float64), nan=0.0)
    axis.errorbar(scale * rows["meaning"], place, xerr=reach, zorder=3, **_OURS)
    axis.set_yticks(place, [str(name) for name in rows["definition"]], fontsize=NOTE_SIZE)
    axis.set_ylim(max(len(rows), 6) - 0.4, -0.6)
    left, right = axis.get_xlim()
    if left > 0.0 and left < 0.4 * right:
        axis.set_xlim(0.0, right)
    for row, (_, told) in enumerate(rows.iterrows()):
        axis.annotate(
            _rank(float(told["rank_low"]), float(told["rank_high"])),
            (1.02, row),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=NOTE_SIZE,
            color=style.MUTED,
            annotation_clip=False,
        )
    axis.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axis.set_title("With the right sign (rank: 95%)", fontsize=7.0, color=style.MUTED)


def _rank(low: float, high: float) -> str:
    return f"{low:.0f}" if round(low) == round(high) else f"{low:.0f}–{high:.0f}"


def _legend(figure: Figure) -> None:
    named = {
        f"definition {OWN}, 95% interval": Line2D(
            [], [], **({key: value for key, value in _OURS.items() if key not in ("elinewidth", "linestyle")})
        ),
        "other definitions": Line2D([], [], **_OTHERS),
        "none found": Line2D([], [], **_NOT_FOUND),
        "half of it lost": Line2D([], [], **_HALF),
    }
    for line in named.values():
        line.set_linewidth(0.9)
    figure.legend(list(named.values()), list(named), loc="outside upper left", ncols=4, borderaxespad=0.2)
