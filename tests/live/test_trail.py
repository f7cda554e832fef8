"""The table behind the time series, and axes that show everything and stay calm."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import simhedge as sh
from simhedge.live.axes import calm, price_range, spread
from simhedge.live.street import Street
from simhedge.live.trail import COLUMNS, LEVELS, columns_of


@pytest.fixture(scope="module")
def street() -> Street:
    one = Street(sh.load_scenario("regime_change"))
    one.advance(500)
    return one


def test_columns_say_what_the_steps_and_the_sight_say(street: Street) -> None:
    steps, sight = street.drawn(-1), street.sight()
    columns = columns_of(steps, sight)
    assert tuple(columns) == COLUMNS
    assert {values.shape for values in columns.values()} == {(501,)}
    np.testing.assert_array_equal(columns["hedged_vol"], 100.0 * steps.hedged_vol)
    for name in LEVELS:
        np.testing.assert_array_equal(columns[name], np.full(501, getattr(sight, name)))
    short, long = columns["short"] == 1.0, columns["long"] == 1.0
    np.testing.assert_array_equal(short, steps.net_gamma < 0.0)
    assert short.any()
    assert long.any()
    assert not (short & long).any()


def test_prices_and_levels_nearby_are_within_the_axis(street: Street) -> None:
    columns = columns_of(street.drawn(-1), street.sight())
    low, high = price_range(columns, 1.26)
    for name in ("spot", "twin", "zero_gamma", "call_wall", "put_wall"):
        assert low < columns[name].min() <= columns[name].max() < high
    columns["call_wall"][-1] = 150.0
    assert price_range(columns, 1.26)[1] < 110.0  # a level far away does not flatten the picture


limits = st.tuples(st.floats(-100.0, 99.0), st.floats(0.1, 50.0)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(before=limits, wanted=limits)
def test_an_axis_holds_what_is_wanted_and_rests_where_it_can(
    before: tuple[float, float], wanted: tuple[float, float]
) -> None:
    low, high = calm(before, wanted)
    assert low <= wanted[0] < wanted[1] <= high
    assert high - low <= max(3.0 * (wanted[1] - wanted[0]) + 1e-9, 1.31 * (wanted[1] - wanted[0]))
    assert calm((low, high), wanted) == (low, high)


def test_an_axis_that_starts_at_zero_goes_on_to() -> None:
    assert calm((0.0, 0.0), (0.0, 10.0)) == (0.0, 11.5)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([], (0.0, 7.0)), ([np.nan, 0.0], (0.0, 7.0)), ([2.0, np.nan, 5.0], (0.0, 5.0)), ([-3.0, 1.0], (-3.0, 1.0))],
)
def test_spread(values: list[float], expected: tuple[float, float]) -> None:
    assert spread(np.array(values), 7.0) == expected
