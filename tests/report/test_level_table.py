"""The table of levels: every number with its unit, rule and sign, within 100 columns."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.console import Console
from snapshot_by_hand import ONE, THREE, make_snapshot, many_rows

from simhedge.levels import Sign, SignErrors
from simhedge.report.level_table import definitions_markdown, level_table, spread_of_definitions
from simhedge.rounding import amount, distance, level, price
from simhedge.snapshots import Snapshot


@pytest.fixture(scope="module")
def three() -> Snapshot:
    return make_snapshot(THREE, adv_notional=1e6, errors=SignErrors(0.2, 50))


def shown(snapshot: Snapshot, width: int = 100) -> str:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False).print(level_table(snapshot))
    return stream.getvalue()


def line_of(text: str, word: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(word))


def cells(line: str) -> list[str]:
    return re.split(r"\s{2,}", line.strip())


def test_heading_names_symbol_spot_time_format_and_options(three: Snapshot) -> None:
    text = shown(three)
    assert text.splitlines()[0].strip() == "XYZ 100  2024-06-14 10:00 EDT"
    assert cells(line_of(text, "format")) == ["format", "a table by hand"]
    assert "3 read, 3 used (open interest 3,000), 0 without open interest" in text
    assert "dropped" not in text


def test_dropped_options_are_told_with_their_reason() -> None:
    rows = [*THREE, ("put", 90.0, "2024-06-13", 7.0, 0.2, 0.02)]
    assert cells(line_of(shown(make_snapshot(rows)), "dropped")) == ["dropped", "1 expired"]


def test_conventions_are_told() -> None:
    sign = Sign.parse("calls=0.5,puts=-1,puts:otm=-0.25")
    asked: dict[str, Any] = {"rate": 0.04, "day_count": "busday252", "gamma": "model", "sign": sign, "expiry": "30"}
    text = " ".join(shown(make_snapshot(THREE, **asked)).split())
    assert "model gamma, vendor implied vol, busday252, settlement root, rate 4.00%, dividend yield 0%" in text
    assert "calls +0.5, puts −1, puts:otm −0.25 times open interest" in text
    assert "expiries only 30" in text
    assert "$ per day of 252 a year" in text


def test_exposures_are_those_of_the_levels_with_their_units(three: Snapshot) -> None:
    text = shown(three)
    units = {"gamma": "$ per 1%", "delta": "$", "vanna": "$ per vol point", "charm": "$ per day of 365 a year"}
    for name, found in three.levels.exposure_legs().items():
        assert cells(line_of(text, name)) == [name, *(amount(value) for value in found), units[name]]
    assert cells(line_of(text, "gamma"))[1:4] == ["+550.0 k", "−600.0 k", "−50.00 k"]


@pytest.mark.parametrize(("unit", "words"), [("usd_per_point", "$ per point"), ("shares", "shares per $")])
def test_gamma_is_in_the_unit_asked_for_everywhere(unit: Any, words: str) -> None:
    snapshot = make_snapshot(THREE, spot=50.0, unit=unit)
    text = shown(snapshot)
    assert cells(line_of(text, "gamma"))[-1] == words
    assert f"expiry ({words})" in text
    per_point = 1000 * 100 * 0.05 * 50.0 - 1500 * 100 * 0.04 * 50.0
    assert cells(line_of(text, "2024-06-21"))[1] == amount(per_point if unit == "usd_per_point" else per_point / 50.0)


def test_zero_gamma_is_told_with_slope_distance_and_rule(three: Snapshot) -> None:
    headline = three.levels.zero_gamma.headline
    assert headline is not None
    told = cells(line_of(shown(three), "zero gamma"))
    assert told == ["zero gamma", f"{price(headline)} ↑", f"{distance(headline, 100.0)} from spot", "(rule nearest)"]
    assert distance(100.5, 100.0) == "+0.50%"


def test_no_zero_gamma_is_told_as_none_with_the_rule() -> None:
    text = shown(make_snapshot(ONE, zero_gamma="first"))
    assert cells(line_of(text, "zero gamma")) == ["zero gamma", "none by rule first"]
    assert cells(line_of(text, "roots of the profile")) == ["roots of the profile", "none"]
    assert "0 of 10 definitions find a zero gamma" in text


def test_only_the_eight_roots_nearest_to_spot_are_listed() -> None:
    rows = [(("put", "call")[n % 2], 80.0 + 4.0 * n, "2024-06-17", 100.0, 0.10, 0.05) for n in range(12)]
    snapshot = make_snapshot(rows)
    text = " ".join(shown(snapshot).split())
    assert len(snapshot.levels.zero_gamma.roots) == 11
    told = text[text.index("roots of the profile") : text.index(" walls ")]
    assert told.endswith("+ 3 more")
    assert told.count("↑") + told.count("↓") == 8


def test_walls_under_the_rule_in_force_come_first_and_the_others_follow() -> None:
    snapshot = make_snapshot(many_rows(3), spot=4003.0, walls="net_gamma")
    lines = shown(snapshot).splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("walls"))
    told = [re.search(r"\(rule (\w+)\)", line) for line in lines[first : first + 4]]
    rules = [found.group(1) for found in told if found]
    assert rules == ["net_gamma", "side_gamma", "open_interest", "side_gamma_beyond_spot"]
    own = snapshot.levels.walls
    assert f"call {price(own.call)}, put {price(own.put)}" in lines[first]


def test_the_first_five_expiries_stand_alone_and_todays_is_0dte() -> None:
    rows = [(*row[:2], day, *row[3:]) for day in ("2024-06-14", "2024-06-17") for row in THREE] + many_rows(
        5, strikes=3, spot=100.0
    )
    snapshot = make_snapshot(rows)
    text = shown(snapshot)
    own = snapshot.levels.by_expiry[0]
    told = cells(line_of(text, "2024-06-14 (0DTE)"))
    assert told[1:3] == [amount(own.gamma.net), level(own.zero_gamma)]
    assert told[3:6] == [price(own.call_wall), price(own.put_wall), price(own.max_pain)]
    assert told[6].startswith("± ")
    assert "and 2 later" in text
    evening = make_snapshot(rows, quote_time="2024-06-14 20:00")
    assert "2024-06-17 (next session)" in shown(evening)


def test_each_definition_is_one_line_and_the_footer_tells_how_far_they_are_apart(three: Snapshot) -> None:
    text = shown(three)
    for name, found in three.levels.definitions.items():
        told = cells(line_of(text, f"{name} "))
        assert told[:3] == [name, level(found.zero_gamma), distance(found.zero_gamma, 100.0)]
        assert told[3:6] == [price(found.call_wall), price(found.put_wall), amount(found.net_gamma)]
        assert told[7] == ("C− P+" if name == "floe" else "C+ P−")
    known = [one.zero_gamma for one in three.levels.definitions.values() if one.zero_gamma is not None]
    footer = spread_of_definitions(three)
    assert footer.startswith(f"{len(known)} of {len(three.levels.definitions)} definitions")
    points = re.search(r": ([\d.]+) points \(([\d.]+)% of spot\)", footer)
    assert points is not None
    assert float(points.group(1)) == pytest.approx(max(known) - min(known), rel=1e-3)
    assert float(points.group(2)) == pytest.approx(max(known) - min(known), rel=1e-2)


def test_definitions_that_nobody_asked_for_are_left_out() -> None:
    assert "definition" not in shown(make_snapshot(THREE, definitions=()))


def test_definitions_as_markdown_have_one_row_each_with_unit_and_sign(three: Snapshot) -> None:
    lines = definitions_markdown(three).splitlines()
    table = [line for line in lines if line.startswith("|")]
    assert len(table) == 2 + len(three.levels.definitions)
    assert len({line.count("|") for line in table}) == 1
    assert next(line for line in table if "floe" in line).endswith("| $ per 1% | calls −, puts + |")
    assert lines[-1] == spread_of_definitions(three)


def test_uncertainty_and_feedback_are_shown_where_asked_for(three: Snapshot) -> None:
    text = shown(three)
    assert "each option's side is wrong with probability 0.2 (50 draws)" in text
    assert three.levels.uncertainty is not None
    band = three.levels.uncertainty.bands["net_gamma"]
    told = cells(line_of(text, "net gamma, $ per 1%"))
    assert told[1:4] == [amount(band.low), amount(band.median), amount(band.high)]
    assert three.levels.feedback is not None
    assert "tipping levels" in text
    for tipping in three.levels.feedback.tipping_levels:
        assert f"{price(tipping, 5)} (" in text
    without = shown(make_snapshot(THREE))
    assert "tipping" not in without
    assert "probability" not in without


def test_warnings_are_said() -> None:
    both = [("call", 90.0, "2024-06-21", 10.0, 0.2, 0.05), ("put", 90.0, "2024-06-21", 12.0, 0.2, 0.05)]
    assert "warning: call wall and put wall are the same strike" in shown(make_snapshot(both))


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_snapshot(ONE),
        lambda: make_snapshot(many_rows(), spot=4003.0, adv_notional=1e10, errors=SignErrors(0.1, 20)),
        lambda: make_snapshot(many_rows(8, spot=101_234.5), spot=101_234.5, quote_time="2024-06-14 21:00"),
    ],
    ids=["one option", "sixty expiries", "six-digit prices"],
)
def test_no_line_is_wider_than_100_columns_and_no_row_folds(make: Any) -> None:
    snapshot = make()
    text = shown(snapshot)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 100
    assert "…" not in text
    for name in snapshot.levels.definitions:
        assert cells(line_of(text, f"{name} "))[-1] in ("C+ P−", "C− P+")


def test_at_80_columns_numbers_fold_instead_of_being_cut(three: Snapshot) -> None:
    text = shown(three, width=80)
    assert max(len(line.rstrip()) for line in text.splitlines()) <= 80
    assert "…" not in text
