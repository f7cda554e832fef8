"""Net gamma exposure re-priced over spot, with every zero of it near spot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from simhedge.levels.words import UNIT_WORDS, slope_arrow
from simhedge.report import style
from simhedge.report.level_marks import (
    Mark,
    draw_heading,
    draw_marks,
    legend_below,
    outside,
    price_ticks,
    spot_mark,
    zero_gamma_mark,
)
from simhedge.report.level_words import expiry_words, in_unit, scaled_unit
from simhedge.rounding import Scale, amount, price, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from simhedge.levels.profile import Root
    from simhedge.snapshots.snapshot import Snapshot

    Floats = NDArray[np.float64]

REACH, WIDEST_REACH = 0.20, 0.30  # of spot: what is always shown, and how far roots widen it
MOST_LABELS = 5
_SHADE = 0.28
_USUAL = 1.6  # times the exposure that 98% of the spots stay below; spikes of twice that are cut


def profile_over_spot(snapshot: Snapshot) -> Figure:
    """Figure of net gamma exposure (in the unit of the conventions, dealers long: positive) over spot ($).

    Triangles mark its zeros, pointing up where dealers pass from short to long gamma as the price rises. The thin line
    is the expiry that comes first.
    """
    levels = snapshot.levels
    unit = levels.conventions.unit
    roots = levels.zero_gamma.roots
    low, high = _range(snapshot)
    near = (levels.profile.spot >= low) & (levels.profile.spot <= high)
    spots = levels.profile.spot[near]
    net = in_unit(levels.profile.net[near], unit, spots)
    scale = scale_of(net)
    with style.house_style():
        figure = style.new_figure(style.DOUBLE_COLUMN, 3.7)
        axis = figure.subplots()
        axis.axhline(0.0, color=style.INK, linewidth=0.5, zorder=3)
        handles = _draw_net(axis, spots, net / scale.divisor)
        if len(levels.listing.expiries) > 1:
            first = in_unit(levels.profile.by_expiry[0][near], unit, spots) / scale.divisor
            name = f"expiry {expiry_words(snapshot, levels.listing.expiries[0])} alone"
            (handles[name],) = axis.plot(spots, first, color=style.HEDGED, linewidth=0.7, zorder=3)
        handles |= _draw_roots(axis, [root for root in roots if low <= root.spot <= high])
        axis.set_xlim(low, high)
        spikes = _set_range(axis, net, scale)
        price_ticks(axis)
        axis.set_xlabel("Spot ($)")
        axis.set_ylabel(f"Net gamma exposure\n({scaled_unit(unit, scale)})")
        legend_below(figure, handles)
        marks, notes = _marks(snapshot, low, high)
        basis = [f"unit: {UNIT_WORDS[unit]}", f"model gamma, {snapshot.asked.implied_vol} implied vol"]
        draw_heading(axis, snapshot, "net gamma exposure over spot", [*_notes(snapshot), *notes, *spikes], basis=basis)
        draw_marks(figure, axis, marks)
    return figure


def _range(snapshot: Snapshot) -> tuple[float, float]:
    """Spots ($) shown: 20% each way, more where a root lies within 30% or the headline does farther away."""
    levels = snapshot.levels
    spot, headline = levels.spot, levels.zero_gamma.headline
    near = [root.spot for root in levels.zero_gamma.roots if abs(root.spot / spot - 1.0) <= WIDEST_REACH]
    shown = [*near, *([] if headline is None else [headline])]
    margin = 0.02 * spot
    low = min([(1.0 - REACH) * spot, *(level - margin for level in shown)])
    high = max([(1.0 + REACH) * spot, *(level + margin for level in shown)])
    return max(low, float(levels.profile.spot[0])), min(high, float(levels.profile.spot[-1]))


def _draw_net(axis: Axes, spots: Floats, net: Floats) -> dict[str, object]:
    (line,) = axis.plot(spots, net, color=style.INK, linewidth=1.2, zorder=4)
    for shown, colour in ((net > 0.0, style.CALLS), (net < 0.0, style.PUTS)):
        axis.fill_between(spots, net, where=shown.tolist(), color=colour, alpha=_SHADE, interpolate=True, zorder=1)
    return {"net": line}


def _set_range(axis: Axes, net: Floats, scale: Scale) -> list[str]:
    """The exposure with a margin, a note on spikes that are cut: gamma of options next to expiry or of a tiny vol."""
    axis.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 2.5, 5, 10]))
    axis.margins(y=0.06)
    usual = _USUAL * float(np.quantile(np.abs(net), 0.98))
    if usual <= 0.0 or float(np.abs(net).max()) < 2.0 * usual:
        return []
    low, high = max(float(net.min()), -usual), min(float(net.max()), usual)
    margin = 0.06 * (high - low)
    axis.set_ylim((min(low, 0.0) - margin) / scale.divisor, (max(high, 0.0) + margin) / scale.divisor)
    return [f"spikes are cut, the largest reaches {amount(float(net[np.argmax(np.abs(net))]), 3)}"]


def _draw_roots(axis: Axes, roots: list[Root]) -> dict[str, object]:
    """Triangles on the zero line, pointing as the profile goes."""
    handles: dict[str, object] = {}
    for rising, marker, name in ((True, "^", "root, rising"), (False, "v", "root, falling")):
        places = [root.spot for root in roots if (root.slope > 0.0) == rising]
        if places:
            (handles[name],) = axis.plot(
                places,
                np.zeros(len(places)),
                marker=marker,
                markersize=5,
                color=style.ZERO_GAMMA if rising else style.TWIN,
                markeredgecolor="white",
                markeredgewidth=0.5,
                linestyle="none",
                zorder=6,
            )
    return handles


def _marks(snapshot: Snapshot, low: float, high: float) -> tuple[list[Mark], list[str]]:
    """Spot, headline and the roots nearest to spot, to be labelled, and notes on what is not."""
    found, spot = snapshot.levels.zero_gamma, snapshot.levels.spot
    headline = zero_gamma_mark(snapshot)
    others = sorted((r for r in found.roots if r.spot != found.headline), key=lambda root: abs(root.spot - spot))
    within = [root for root in others if low <= root.spot <= high]
    labelled = within[:MOST_LABELS]
    marks = [spot_mark(snapshot), *headline, *(_root_mark(root) for root in labelled)]
    rest = [root for root in others if root not in labelled]
    notes = outside(headline, low, high)
    if rest:
        told = ", ".join(_root_words(root) for root in sorted(rest)[:10])
        notes.append(f"roots without label: {told}" + (f" and {len(rest) - 10} more" if len(rest) > 10 else ""))
    return marks, notes


def _root_mark(root: Root) -> Mark:
    return Mark(root.spot, f"root\n{_root_words(root)}", style.MUTED, (0, (1.0, 2.0)))


def _root_words(root: Root) -> str:
    return f"{price(root.spot, 5)}\N{NO-BREAK SPACE}{slope_arrow(root.slope)}"


def _notes(snapshot: Snapshot) -> list[str]:
    levels = snapshot.levels
    notes = [] if levels.zero_gamma.headline is not None else [f"no zero gamma by rule {levels.zero_gamma.rule}"]
    lost = levels.listing.strike.size - levels.positions.strike.size
    return [*notes, *([f"left out, without implied vol: {lost:,}"] if lost else [])]
