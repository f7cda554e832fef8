"""Wrong signs: reversed assumptions say the opposite, right ones come first, and every statistic has its error."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simhedge.errors import InputError
from simhedge.scenario import scenario_from_dict
from simhedge.simulation.path_batches import path_batches
from simhedge.simulation.plan import prepare
from simhedge.validation.assumed_levels import Shares, agreement, predictions, true_shares
from simhedge.validation.episodes import one_episode, sums_by_path, worlds_of
from simhedge.validation.estimate import paired
from simhedge.validation.meaning import Known, decay, ranking
from simhedge.validation.moments import moments_of
from simhedge.validation.statistics import STATISTICS
from simhedge.validation.survey import Survey
from simhedge.validation.work import begin
from simhedge.validation.wrong_sign import SHARES, WrongSign, _hold, _sorted, _switch, wrong_sign


def switch(policy: str = "continuous", seed: int = 20220613, paths: int = 2000, **changed: Any) -> dict[str, Any]:
    """Dealers long calls at 104 and short puts at 96; the price starts at zero gamma."""
    position = {"expiry_days": 15, "multiplier": 100, "implied_vol": 0.2}
    return {
        "schema_version": 1,
        "name": "switch",
        "seed": seed,
        "paths": paths,
        "clock": {"days": 5, "steps_per_day": 26},
        "market": {
            "spot": 100.0,
            "fundamental": {"type": "gbm", "drift": 0.0, "volatility": 0.2},
            "adv_shares": 5.0e6,
            "impact": {"type": "adv", "coefficient": 1.0, "form": "arithmetic"},
            "clearing": {"type": "simultaneous"},
        },
        "books": {
            "index": [
                {"kind": "call", "strike": 104.0, "contracts": 200_000, **position},
                {"kind": "put", "strike": 96.0, "contracts": -214_000, **position},
            ]
        },
        "dealers": [{"name": "street", "book": "index", "policy": {"type": policy}}],
        **changed,
    }


@pytest.fixture(scope="module")
def found() -> WrongSign:
    return wrong_sign(scenario_from_dict(switch()))


def rows(found: WrongSign, shares: tuple[float, float], definition: str = "simhedge") -> pd.DataFrame:
    """The levels of one definition under one assumption, by name and statistic."""
    own = found.levels[(found.levels["calls"] == shares[0]) & (found.levels["puts"] == shares[1])]
    return own[own["definition"] == definition].set_index(["name", "statistic"])


def test_the_right_assumption_is_what_paths_do(found: WrongSign) -> None:
    assert found.true == Shares(1.0, -1.0)
    right = rows(found, (1.0, -1.0))
    assert right["agreement"].to_list() == pytest.approx([1.0] * 5)
    assert (right["z"] > 4.0).all()
    assert right["expected"].to_dict() == {
        ("zero_gamma", "volatility_switch"): 1.0,
        ("zero_gamma", "variance_sorted"): 1.0,
        ("call_wall", "hold_difference"): 1.0,
        ("put_wall", "hold_difference"): -1.0,
        ("largest_gamma_strike", "hold_difference"): -1.0,
    }


def test_the_reversed_assumption_gives_the_same_levels_and_says_the_opposite(found: WrongSign) -> None:
    right, reversed_ = rows(found, (1.0, -1.0)), rows(found, (-1.0, 1.0))
    assert reversed_["agreement"].iloc[0] == pytest.approx(-1.0)
    pd.testing.assert_series_equal(right["value"], reversed_["value"], rtol=1e-9)
    pd.testing.assert_series_equal(right["meaning"], -reversed_["meaning"], rtol=1e-6)


def test_variance_is_sorted_best_where_the_level_is_right(found: WrongSign) -> None:
    told = found.levels[found.levels["statistic"] == "variance_sorted"]
    own = told[(told["definition"] == "simhedge") & (told["expected"] > 0.0)].set_index(["calls", "puts"])
    right, high, low = own.loc[(1.0, -1.0)], own.loc[(0.5, -1.0)], own.loc[(1.0, -0.5)]
    assert low["value"] < right["value"] - 1.0 < high["value"] - 2.0
    for misplaced in (high, low):
        assert right["meaning"] > misplaced["meaning"] + 4.0 * right["standard_error"]


def test_a_misplaced_level_may_have_the_larger_switch(found: WrongSign) -> None:
    """Far out in the short-gamma regime volatility is highest: why the switch alone does not rank levels."""
    key = ("zero_gamma", "volatility_switch")
    right, low = rows(found, (1.0, -1.0)).loc[key], rows(found, (1.0, -0.5)).loc[key]
    assert low["value"] < right["value"] - 1.0
    assert low["estimate"] > right["estimate"] + 4.0 * math.hypot(low["standard_error"], right["standard_error"])


def test_without_hedging_no_level_means_anything() -> None:
    none = wrong_sign(scenario_from_dict(switch("none", paths=300)), [(1.0, -1.0), (0.5, -1.0)])
    known = none.levels[none.levels["estimate"].notna()]
    assert none.true == Shares(0.0, 0.0)
    assert len(known) > 10
    np.testing.assert_allclose(known["estimate"], 0.0, atol=1e-12)


def test_hold_differences_are_those_of_the_level_tests(found: WrongSign) -> None:
    plan = prepare(scenario_from_dict(switch()))
    work = begin(plan, Survey(np.array([[100.0]]), (), (), daily=False))
    (batch,) = path_batches(plan)
    worlds = worlds_of(batch.series["spot"], batch.series["twin_spot"])
    levels = np.full((2, worlds.paths, 1), 96.0)
    sums = sums_by_path(worlds, levels, one_episode(plan.steps), work.rules, by_side=False)
    statistic = next(own for own in STATISTICS if own.name == "hold_rate")
    expected = paired(moments_of(sums), statistic.columns())
    own = rows(found, (1.0, -1.0)).loc[("put_wall", "hold_difference")]
    assert own["estimate"] == pytest.approx(expected.difference, rel=1e-12)
    assert own["standard_error"] == pytest.approx(expected.difference_se, rel=1e-9)


@pytest.mark.parametrize("statistic", [_switch, _sorted, _hold])
def test_gradients_are_slopes(statistic: Any) -> None:
    means = np.array([0.8, 0.7, 0.3, 0.4])
    value, gradient = statistic(means)
    assert math.isfinite(value)
    for column, slope in enumerate(gradient):
        step = np.zeros(4)
        step[column] = 1e-6
        difference = statistic(means + step)[0] - statistic(means - step)[0]
        assert slope == pytest.approx(difference / 2e-6, rel=1e-6)


def test_variance_is_sorted_by_hand() -> None:
    value, _ = _sorted(np.array([1.6, 1.0, 1.5, 2.0]))  # 0.6 more below, 0.5 less above, of 3 in all
    assert value == pytest.approx(1.1 / 3.0, rel=1e-12)
    assert _sorted(np.array([1.5, 2.0, 1.6, 1.0]))[0] == pytest.approx(-1.1 / 3.0, rel=1e-12)


def test_errors_are_the_spread_over_seeds() -> None:
    values, errors = [], []
    for seed in range(12):
        own = wrong_sign(scenario_from_dict(switch(seed=seed, paths=400)), [(1.0, -1.0)])
        told = rows(own, (1.0, -1.0))[["estimate", "standard_error"]]
        values.append(told["estimate"].to_numpy())
        errors.append(told["standard_error"].to_numpy())
    ratio = np.std(values, axis=0, ddof=1) / np.mean(errors, axis=0)
    assert ((ratio > 0.35) & (ratio < 1.8)).all()  # chi squared with 11 degrees of freedom, beyond 0.01% either side


def test_the_truth_is_added_where_it_is_not_assumed() -> None:
    half = switch(paths=300)
    half["books"]["index"][1]["contracts"] = 214_000
    own = wrong_sign(scenario_from_dict(half), [(1.0, -1.0)])
    assert own.true == Shares(1.0, 1.0)
    assert set(zip(own.levels["calls"], own.levels["puts"], strict=True)) == {(1.0, -1.0), (1.0, 1.0)}
    assert own.levels["agreement"].max() == pytest.approx(1.0)


def test_agreement_is_a_correlation() -> None:
    true, gross = Shares(1.0, -1.0), Shares(3.0, 1.0)
    assert agreement(Shares(0.5, -0.5), true, gross) == pytest.approx(1.0)
    assert agreement(Shares(1.0, 1.0), true, gross) == pytest.approx(0.5)  # (3 - 1) / 4
    assert math.isnan(agreement(Shares(0.0, 0.0), true, gross))
    assert len(set(SHARES)) == 16


def test_predictions_follow_the_assumed_side() -> None:
    plan = prepare(scenario_from_dict(switch(paths=2)))
    assert true_shares(plan)[0] == Shares(1.0, -1.0)
    long = {(own.name, own.definition): own for own in predictions(plan, Shares(1.0, 1.0))}
    assert ("zero_gamma", "simhedge") not in long
    assert long["put_wall", "simhedge"].expected == 1.0


def table(agreements: list[float], values: list[float]) -> tuple[pd.DataFrame, Known]:
    """A definition whose meaning at each agreement is known without error."""
    count = len(values)
    place = {"name": "zero_gamma", "statistic": "volatility_switch", "definition": "d", "expected": 1.0, "value": 100.0}
    levels = pd.DataFrame({"agreement": agreements, "number": range(count), "calls": agreements, "puts": 0.0, **place})
    known = Known(np.array(values), np.zeros((count, count)), np.full(count, 100.0))
    return levels.assign(meaning=values, standard_error=0.0), known


def test_half_of_the_meaning_is_lost_where_the_line_says() -> None:
    levels, known = table([1.0, 0.5, 0.0, -1.0], [0.4, 0.3, 0.1, -0.5])
    (row,) = decay(levels, known, 4).to_dict("records")
    assert row["meaning"] == 0.4
    assert row["half_agreement"] == pytest.approx(0.25)
    assert (row["half_low"], row["half_high"]) == pytest.approx((0.25, 0.25))
    assert row["reversed_agreement"] == pytest.approx(-1.0 / 6.0)
    (row,) = decay(levels[levels["agreement"] != 0.0], known, 4).to_dict("records")
    assert row["found"] == 0.75
    levels, known = table([1.0, 0.5], [-0.4, 0.3])
    assert math.isnan(decay(levels, known, 2)["half_agreement"].iloc[0])
    levels, known = table([1.0, 0.5], [0.4, 0.3])
    assert decay(levels, known, 2)["half_agreement"].iloc[0] == 0.5


def test_ranks_have_the_uncertainty_of_the_estimates() -> None:
    levels, _ = table([1.0, 1.0, 1.0], [0.30, 0.29, 0.10])
    levels["definition"] = ["a", "b", "c"]
    known = Known(levels["meaning"].to_numpy(), np.diag([1e-4, 1e-4, 1e-4]), np.full(3, 100.0))
    ranked = ranking(levels, known)
    assert ranked["definition"].tolist() == ["a", "b", "c"]
    assert ranked["rank"].tolist() == [1.0, 2.0, 3.0]
    assert ranked["rank_low"].tolist() == [1.0, 1.0, 3.0]
    assert ranked["rank_high"].tolist() == [2.0, 2.0, 3.0]
    assert ranked["best"].iloc[0] == pytest.approx(0.76, abs=0.04)  # Phi(0.01 / root(2) / 0.01)
    assert ranked["best"].sum() == pytest.approx(1.0)
    assert ranked["behind_se"].iloc[1] == pytest.approx(0.01 * math.sqrt(2.0), rel=0.1)
    paired_ = Known(known.values, np.full((3, 3), 1e-4), known.events)  # the same paths, the same luck
    assert ranking(levels, paired_)["rank_high"].tolist() == [1.0, 2.0, 3.0]


def test_levels_that_are_the_same_share_their_rank(found: WrongSign) -> None:
    walls = found.ranking[found.ranking["name"] == "call_wall"]
    assert walls["value"].nunique() == 1
    assert (walls["rank"] == 1.0).all()
    assert (walls["behind_se"] == 0.0).all()
    assert found.ranking.groupby(["name", "statistic"])["best"].sum().to_numpy() == pytest.approx(1.0)


def test_the_document_is_plain(found: WrongSign) -> None:
    document = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert set(document) == {"true", "levels", "ranking", "decay", "method"}


def test_a_book_without_options_is_refused() -> None:
    with pytest.raises(InputError, match="no option"):
        wrong_sign(scenario_from_dict(switch(books={"index": [{"kind": "constant_gamma", "gamma": 1e5}]})))
