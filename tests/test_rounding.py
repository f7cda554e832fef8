"""Rounding in tables: what is shown stays within what the standard error allows."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from simhedge.rounding import MISSING, percent_with_interval, plain, share_with_interval, with_error, with_interval

finite = st.floats(min_value=-1e12, max_value=1e12, allow_subnormal=False)
errors = st.floats(min_value=1e-12, max_value=1e9)


def read(text: str) -> float:
    return float(text.replace("−", "-").replace(",", ""))


def read_pair(text: str) -> tuple[float, float]:
    match = re.fullmatch(r"\((.*) ± (.*)\)e(.*)", text)
    if match:
        scale = 10.0 ** read(match[3])
        return read(match[1]) * scale, read(match[2]) * scale
    value, error = text.split(" ± ")
    return read(value), read(error)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.150031, 0.000113, "0.15003 ± 0.00011"),
        (-0.5, 0.03, "−0.500 ± 0.030"),
        (12345.6, 789.0, "12,350 ± 790"),
        (-1234567.8, 54321.0, "(−1.235 ± 0.054)e6"),
        (3.1e-9, 2e-10, "(3.10 ± 0.20)e−9"),
        (-0.00001, 0.004, "0.0000 ± 0.0040"),
        (0.25, 0.0, "0.2500 ± 0"),
        (0.25, math.nan, "0.2500"),
        (math.nan, 0.1, MISSING),
        (math.inf, 0.1, MISSING),
    ],
)
def test_a_value_has_as_many_decimals_as_its_error(value: float, error: float, shown: str) -> None:
    assert with_error(value, error) == shown


@given(finite, errors)
def test_rounding_never_moves_a_value_by_more_than_a_tenth_of_its_error(value: float, error: float) -> None:
    shown_value, shown_error = read_pair(with_error(value, error))
    assert abs(shown_value - value) <= 0.1 * error + 1e-11 * abs(value)
    if error > 1e-10 * abs(value):
        assert shown_error == pytest.approx(error, rel=0.06)


@pytest.mark.parametrize(
    ("value", "error", "shown"),
    [
        (0.75, 0.0004, "0.7500 [0.7492, 0.7508]"),
        (0.648, 0.0035, "0.648 [0.641, 0.655]"),
        (1.0, 0.0012, "1.0000 [0.9976, 1.0024]"),
        (2.0, 0.0, "2.000"),
        (2.0, math.nan, "2.000"),
        (math.nan, math.nan, MISSING),
    ],
)
def test_interval_is_value_and_its_95_percent_bounds(value: float, error: float, shown: str) -> None:
    assert with_interval(value, error) == shown


@given(finite, st.integers(min_value=1, max_value=12))
def test_plain_keeps_the_significant_digits_asked_for(value: float, digits: int) -> None:
    assert read(plain(value, digits)) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits))


@pytest.mark.parametrize(
    ("value", "shown"), [(0.0, "0"), (100.0, "100.0"), (-2.5e-7, "−2.500e−07"), (4e9, "4.000e+09")]
)
def test_plain_is_scientific_only_far_from_one(value: float, shown: str) -> None:
    assert plain(value) == shown


@pytest.mark.parametrize(
    ("share", "of", "told"),
    [
        (0.374, 5_000, "37.4% [36.1, 38.8]"),
        (0.0, 5_000, "0.00% [0.00, 0.08]"),
        (0.0, 20_000, "0.000% [0.000, 0.019]"),
        (1.0, 1_000, "100.00% [99.62, 100.00]"),
    ],
)
def test_a_share_has_the_interval_of_wilson(share: float, of: int, told: str) -> None:
    assert share_with_interval(share, of) == told
    low, high = proportion_confint(round(share * of), of, method="wilson")
    shown = [float(number) for number in re.findall(r"[\d.]+", told)]
    assert shown == pytest.approx([100.0 * share, 100.0 * low, 100.0 * high], abs=0.05)


@pytest.mark.parametrize(("share", "of"), [(math.nan, 1_000), (0.5, 0)])
def test_a_share_of_nothing_is_missing(share: float, of: int) -> None:
    assert share_with_interval(share, of) == MISSING


def test_a_fraction_in_percent_has_the_normal_interval() -> None:
    assert percent_with_interval(0.2144, 0.0003) == "21.44% [21.38, 21.50]"
    assert percent_with_interval(0.0, 0.0) == "0%"
    assert percent_with_interval(math.nan, 0.1) == MISSING
