"""Whole validations: the physics of walls and regimes, what changes nothing, and what is refused in words."""

from __future__ import annotations

import copy
import json
import math
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from building import CLEARINGS, POLICIES, mixed_book, one_dealer, option
from building_levels import Floats, Tree, market_tree, wall
from shipped_results import shipped_scenario

import simhedge as sh
from simhedge.errors import InputError
from simhedge.kernels.layout import LANES
from simhedge.simulation import path_batches as batches
from simhedge.validation import Validation
from simhedge.validation.statistics import STATISTIC_NAMES
from simhedge.validation.validate import validate

SMALL, DAYS = 60, 3
RARE = "ignore::UserWarning"


def validated(tree: Tree, **options: Any) -> Validation:
    return validate(sh.scenario_from_dict(copy.deepcopy(tree)), threads=options.pop("threads", 1), **options)


def changed(name: str, **changes: Any) -> Validation:
    """A shipped scenario validated, no claims, no placebos, with overrides by dotted key (__ for the dot)."""
    keys = {"expect": [], "validation.placebos": 0, "outputs.record": None}
    keys |= {key.replace("__", "."): value for key, value in changes.items()}
    return validate(shipped_scenario(name).with_overrides(keys), threads=1)


def z(own: Validation, statistic: str, name: str = "call_wall") -> float:
    row = own.tests_of(name).loc[statistic]
    return float(row["difference"] / row["difference_se"])


# ---------------------------------------------------------------- walls


@cache
def walls(contracts: float) -> Validation:
    """8,000 paths beside a wall of 50,000 calls that dealers are long, or short."""
    return validated(wall(contracts) | {"paths": 8000})


def test_a_wall_holds_where_dealers_are_long_and_breaks_where_they_are_short() -> None:
    long, short = walls(50_000.0), walls(-50_000.0)
    assert z(long, "hold_rate") > 5.0
    assert z(short, "hold_rate") < -5.0
    assert z(long, "hold_rate") == pytest.approx(8.4, abs=1.5)
    assert z(short, "hold_rate") == pytest.approx(-8.0, abs=1.5)
    assert z(long, "touch_rate") < -5.0 < 5.0 < z(short, "touch_rate")


def test_the_same_levels_for_either_side_of_the_book() -> None:
    """What dealers hold is no observer's to know: names, definitions and values are those of the open interest."""
    pd.testing.assert_frame_equal(walls(50_000.0).levels, walls(-50_000.0).levels)
    assert walls(50_000.0).tests_of("call_wall", "spotgamma").equals(walls(50_000.0).tests_of("call_wall"))


def test_both_twins_are_the_same_world() -> None:
    """Same shocks, and nobody hedges in it, whoever is long."""
    for name in ("twin", "twin_se", "events_twin"):
        np.testing.assert_array_equal(walls(50_000.0).tests[name], walls(-50_000.0).tests[name])


def by_plain_numpy(prices: Floats, level: float, near: float, beyond: float, horizon: int) -> dict[str, float]:
    """Touches, holds and bounces of paths (paths, points) that start below a level."""
    touched = held = bounced = 0
    for path in prices:
        at = np.flatnonzero(path >= level - near)
        if at.size == 0:
            continue
        window = path[at[0] : at[0] + horizon + 1]
        up, down = np.flatnonzero(window >= level + beyond), np.flatnonzero(window <= level - beyond)
        touched += 1
        held += up.size == 0
        bounced += down.size > 0 and (up.size == 0 or down[0] < up[0])
    return {"touch_rate": touched / len(prices), "hold_rate": held / touched, "bounce_rate": bounced / touched}


def test_rates_counted_path_by_path() -> None:
    """In daily standard deviations of the scenario, over the paths that a run would have."""
    tree = wall(tolerance=0.2, horizon_steps=50, **{"break": 0.4}) | {"paths": 200}
    own = validated(tree)
    daily = 100.0 * 0.2 / math.sqrt(252.0)
    paths = sh.sample_paths(sh.scenario_from_dict(tree), paths=200)
    for world, series in (("hedged", "spot"), ("twin", "twin_spot")):
        plain = by_plain_numpy(paths[series].to_numpy(), 102.0, 0.2 * daily, 0.4 * daily, 50)
        for name, value in plain.items():
            assert own.tests_of("call_wall").loc[name, world] == pytest.approx(value, rel=1e-12), name
    assert own.method["horizon_steps"] == 50
    assert own.method["tolerance_dollars"] == pytest.approx(0.2 * daily)
    assert own.method["break_dollars"] == pytest.approx(0.4 * daily)


def test_the_default_horizon_is_a_day() -> None:
    method = validated(wall() | {"paths": 8}).method
    assert method["horizon_steps"] == 78
    assert (method["tolerance"], method["break"]) == (0.1, 0.5)


# ---------------------------------------------------------------- regimes


def test_the_ratio_of_volatilities_is_what_the_gains_predict() -> None:
    """Within 4 standard errors and half a per cent (both forms of impact: test_regimes)."""
    own = changed("regime_change", paths=1000, market__impact__form="multiplicative").regimes
    assert own["ratio"] is not None
    assert own["ratio"] > 1.15
    assert abs(own["ratio_less_predicted"] or 0.0) < 4.0 * (own["ratio_less_predicted_se"] or 0.0) + 0.005
    assert own["ratio"] - own["predicted_ratio"] == pytest.approx(own["ratio_less_predicted"], abs=1e-12)


def test_zero_gamma_at_the_price_of_the_start() -> None:
    """Nothing approaches a level that it starts at: no rate of touches, but sides, and no crash."""
    own = changed("zero_gamma_switch", paths=250)
    tests = own.tests_of("zero_gamma")
    value = float(own.levels.loc[own.levels["definition"] == "simhedge", "value"].iloc[0])
    assert value == pytest.approx(100.0, abs=0.05)
    for name in ("touch_rate", "hold_rate", "bounce_rate"):
        assert math.isnan(tests.loc[name, "hedged"])
        assert math.isnan(tests.loc[name, "p_value"])
        assert tests.loc[name, "events_hedged"] == 0.0
    assert tests.loc["vol_ratio", "difference"] > 0.05
    assert tests.loc["vol_ratio", "p_value"] < 1e-6
    assert tests.loc["vol_below", "hedged"] > tests.loc["vol_above", "hedged"]
    assert len(own.distances) > 5
    json.dumps(own.as_json(), allow_nan=False)


# ---------------------------------------------------------------- the null


def test_without_hedging_both_worlds_are_the_same_to_the_last_bit() -> None:
    own = changed("no_feedback_null", paths=400, validation__twin="same_shocks", validation__placebos=5)
    tests = own.tests
    known = tests["difference"].notna()
    assert known.sum() > 10
    assert (tests.loc[known, "difference"] == 0.0).all()
    np.testing.assert_array_equal(tests["hedged"], tests["twin"])
    assert (tests.loc[tests["p_value"].notna(), "p_value"] == 1.0).all()
    assert (tests.loc[tests["p_adjusted"].notna(), "p_adjusted"] == 1.0).all()
    assert (own.placebos["difference"].dropna() == 0.0).all()


def test_independent_shocks_compare_with_the_twins_of_later_paths() -> None:
    short = {"paths": 301, "clock": {"days": DAYS, "steps_per_day": 26}}
    tree = wall(twin="independent_shocks") | short
    own, paired = validated(tree), validated(wall() | short)
    np.testing.assert_array_equal(own.tests["hedged"], paired.tests["hedged"])
    assert (own.tests["twin"] != paired.tests["twin"]).all()
    beyond = -(-301 // LANES) * LANES
    later = next(batches.path_batches(sh.scenario_from_dict(tree), ("twin_spot",), paths=301, first_path=beyond))
    daily = 100.0 * 0.2 / math.sqrt(252.0)
    plain = by_plain_numpy(later.series["twin_spot"], 102.0, 0.1 * daily, 0.5 * daily, 26)
    for name, value in plain.items():
        assert own.tests_of("call_wall").loc[name, "twin"] == pytest.approx(value, rel=1e-12)
    row = own.tests_of("call_wall").loc["touch_rate"]
    assert row["difference_se"] == pytest.approx(math.hypot(row["hedged_se"], row["twin_se"]), rel=0.2)
    assert "independent" in own.method["twin"]
    for name in ("vol_above_zero_gamma", "predicted_ratio"):
        assert own.regimes[name] == paired.regimes[name]


def test_the_null_scenario_has_something_to_reject() -> None:
    """The raw p-values of one run spread over the unit interval, and none survives the correction."""
    tests = changed("no_feedback_null", paths=1500).tests
    p_values = tests["p_value"].dropna()
    assert p_values.size > 10
    assert (p_values < 1.0).all()
    assert p_values.min() > 1e-4
    assert tests["p_adjusted"].min() > 0.05


# ---------------------------------------------------------------- what changes nothing


def both_walls(**validation: Any) -> Tree:
    book = [option("call", 102.0, 10, 50_000), option("put", 98.0, 10, -40_000)]
    return market_tree(book, paths=SMALL, **validation) | {"clock": {"days": DAYS, "steps_per_day": 26}}


@pytest.fixture(scope="module")
def whole() -> Validation:
    return validated(both_walls(placebos=7))


def test_threads_change_nothing(whole: Validation) -> None:
    again = validated(both_walls(placebos=7), threads=3)
    for table in ("levels", "tests", "placebos", "distances"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(whole, table), check_exact=True)
    assert again.regimes == whole.regimes


def test_batches_change_nothing(whole: Validation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "LARGEST_BATCH", 40)
    again = validated(both_walls(placebos=7))
    for table in ("levels", "tests", "placebos", "distances"):
        pd.testing.assert_frame_equal(getattr(again, table), getattr(whole, table), rtol=1e-9, atol=1e-12)
    for name, value in whole.regimes.items():
        assert again.regimes[name] == pytest.approx(value, rel=1e-8, abs=1e-12)


def test_a_seed_is_a_validation(whole: Validation) -> None:
    other = validated(both_walls(placebos=7) | {"seed": 12})
    assert other.levels.equals(whole.levels)
    assert (other.tests["hedged"] != whole.tests["hedged"]).any()
    assert not np.isin(other.placebos["placebo"], whole.placebos["placebo"]).all()


@pytest.mark.filterwarnings("ignore:.*daily_volatility.*")
def test_another_unit_of_price_changes_no_rate() -> None:
    """Prices ten times as high, and as many fewer shares: gamma and impact scale so that kappa stays."""
    tree = both_walls()
    large = copy.deepcopy(tree)
    large["market"]["spot"] = 1000.0
    for row in large["books"]["book"]:
        row["strike"] *= 10.0
    one, ten = validated(tree), validated(large)
    rates = [name for name in STATISTIC_NAMES if name.endswith("_rate") or name == "time_near"]
    for name in rates:
        if name in one.tests_of("call_wall").index:
            a, b = (own.tests_of("call_wall").loc[name, "hedged"] for own in (one, ten))
            assert b == pytest.approx(a, rel=1e-9, nan_ok=True), name
    ratio = ten.tests_of("zero_gamma").loc["vol_ratio", "hedged"]
    assert ratio == pytest.approx(one.tests_of("zero_gamma").loc["vol_ratio", "hedged"], rel=1e-6)


# ---------------------------------------------------------------- levels of each day


def test_daily_levels() -> None:
    tree = both_walls(placebos=3) | {"levels": {"definitions": ["simhedge"], "daily": True}}
    own, once = validated(tree), validated(both_walls())
    assert own.method["levels"].startswith("of each day")
    values = {(name, definition): value for name, definition, value, _ in own.levels.itertuples(index=False, name=None)}
    assert values["call_wall", "simhedge"] == 102.0
    assert values["put_wall", "simhedge"] == 98.0
    start = once.levels.set_index(["name", "definition"])["value"]
    assert values["zero_gamma", "simhedge"] == pytest.approx(start["zero_gamma", "simhedge"], rel=1e-9)
    tests = own.tests_of("call_wall")
    assert tests.loc["closest_approach", "events_hedged"] == pytest.approx(SMALL)  # paths, not days
    assert 0.5 * SMALL < tests.loc["touch_rate", "events_hedged"] <= SMALL
    assert 0.0 <= tests.loc["touch_rate", "hedged"] <= 1.0
    assert (np.abs(own.placebos["placebo"] - 1.0) <= 0.25).all()
    json.dumps(own.as_json(), allow_nan=False)


def test_the_method_says_what_daily_placebos_are() -> None:
    """Factors of the distance from each open, and no strikes."""
    tree = both_walls(placebos=2) | {"levels": {"definitions": ["simhedge"], "daily": True}, "paths": 8}
    assert "strikes first" in validated(both_walls(placebos=2) | {"paths": 8}).method["placebo"]
    assert "strikes first" not in validated(tree).method["placebo"]


def test_daily_levels_of_options_that_expire_on_the_way() -> None:
    tree = wall() | {"paths": SMALL, "levels": {"definitions": ["simhedge"], "daily": True}}
    tree["books"]["book"][0]["expiry_days"] = 2
    tests = validated(tree).tests_of("call_wall")
    assert tests.loc["closest_approach", "events_hedged"] == pytest.approx(SMALL)


# ---------------------------------------------------------------- little to go by


def test_one_path() -> None:
    own = validated(both_walls(placebos=4) | {"paths": 1})
    tests = own.tests
    assert tests["difference_se"].isna().all()
    assert (tests["p_value"].isna() | (tests["difference"] == 0.0)).all()
    json.dumps(own.as_json(), allow_nan=False)


@pytest.mark.parametrize("clock", [{"days": 1, "steps_per_day": 1}, {"days": 2, "steps_per_day": 1}])
def test_hardly_any_step(clock: Tree) -> None:
    own = validated(both_walls() | {"clock": clock, "paths": 20})
    assert own.tests["hedged"].notna().any()
    json.dumps(own.as_json(), allow_nan=False)


def test_no_placebos_are_told_of() -> None:
    own = validated(both_walls() | {"paths": 8})
    assert own.placebos.empty
    assert own.tests["placebo_mean"].isna().all()
    assert any("placebos is 0" in warning for warning in own.warnings)
    assert not any("placebos" in warning for warning in validated(both_walls(placebos=2) | {"paths": 8}).warnings)


def test_progress_is_told_in_order() -> None:
    told: list[tuple[int, int, str]] = []
    validated(both_walls(), progress=lambda *step: told.append(step))
    phases = [phase for _, _, phase in told]
    assert phases[0] == "levels"
    assert "paths" in phases
    for phase in set(phases):
        done = [step for step, _, own in told if own == phase]
        totals = {total for _, total, own in told if own == phase}
        assert done == sorted(done)
        assert {done[-1]} == totals, phase


# ---------------------------------------------------------------- divergence


def wild(paths: int = 200) -> Tree:
    """News so large that many paths leave the bounds, hedged and twin not always together."""
    tree = one_dealer(
        mixed_book(0.1), POLICIES["continuous"], CLEARINGS["lagged"], paths=paths, days=25, steps_per_day=1, seed=3,
        record=None, fundamental={"type": "gbm", "drift": 0.0, "volatility": 9.0},
    )  # fmt: skip
    return tree | {"validation": {"placebos": 2}}


@pytest.mark.filterwarnings(RARE)
def test_diverging_paths_are_left_out_with_their_twins() -> None:
    own = validated(wild())
    batch = next(batches.path_batches(sh.scenario_from_dict(wild()), ("spot", "twin_spot")))
    spot, twin = batch.series["spot"], batch.series["twin_spot"]
    alive = np.isfinite(spot).all(axis=1) & np.isfinite(twin).all(axis=1)
    assert 20 < alive.sum() < 180
    lost = int(200 - alive.sum())
    assert any(warning.startswith(f"{lost} of 200 paths diverged") for warning in own.warnings)
    counted = own.tests.loc[own.tests["statistic"] == "closest_approach", ["events_hedged", "events_twin"]]
    np.testing.assert_allclose(counted, float(alive.sum()), rtol=1e-12)
    json.dumps(own.as_json(), allow_nan=False)


def exploding(paths: int) -> Tree:
    """Lagged hedging at a gain of 1.5 leaves all bounds in every path, beside an option that has levels."""
    gamma = 1.5 / (100.0 * 0.0126 / 5e6)
    book = [{"kind": "constant_gamma", "gamma": gamma}, option("call", 102.0, 10, 100)]
    tree = one_dealer(book, POLICIES["continuous"], CLEARINGS["lagged"], paths=paths, steps_per_day=400, record=None)
    return tree | {"validation": {"placebos": 0}}


@pytest.mark.filterwarnings(RARE)
@pytest.mark.parametrize("largest", [8, 64])
def test_all_paths_diverged(monkeypatch: pytest.MonkeyPatch, largest: int) -> None:
    monkeypatch.setattr(batches, "LARGEST_BATCH", largest)
    with pytest.raises(InputError, match="all paths diverged") as caught:
        validated(exploding(16))
    assert caught.value.remedy


# ---------------------------------------------------------------- refused in words


def test_no_option_to_read_a_level_off() -> None:
    tree = market_tree([{"kind": "constant_gamma", "gamma": 1e5}])
    with pytest.raises(InputError, match="no definition finds any level") as caught:
        validated(tree)
    assert caught.value.key == "books"
    assert "add calls or puts" in str(caught.value.remedy)


@pytest.mark.parametrize("threads", [0, -1, 10**6])
def test_threads_out_of_range(threads: int) -> None:
    with pytest.raises(InputError, match="number of threads"):
        validated(wall(), threads=threads)


def test_a_scenario_that_cannot_be_run() -> None:
    with pytest.raises(InputError, match="feedback gain"):
        validated(market_tree([option("call", 100.0, 5, -3_000_000)]))
