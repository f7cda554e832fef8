"""Stylised facts against scipy, statsmodels and arch, known laws, and the coverage of their intervals."""

from __future__ import annotations

import building
import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.tsa.stattools import acf

import simhedge as sh
from simhedge.errors import InputError
from simhedge.simulation.path_batches import PathBatch, path_batches
from simhedge.validation.hill import hill
from simhedge.validation.stylised_facts import stylised_facts, stylised_facts_of

Floats = NDArray[np.float64]
DAY = 20


def prices(returns: Floats) -> Floats:
    """Prices (paths, points) of log returns (paths, steps)."""
    return 100.0 * np.exp(np.concatenate([np.zeros((len(returns), 1)), np.cumsum(returns, axis=1)], axis=1))


def moves(paths: int, steps: int, seed: int) -> Floats:
    """Returns with memory, skew and fat tails (paths, steps)."""
    rng = np.random.default_rng(seed)
    noise = 1e-3 * (rng.standard_t(6, (paths, steps + 1)) + 0.2 * rng.chisquare(2, (paths, steps + 1)))
    moved: Floats = noise[:, 1:] - 0.3 * noise[:, :-1]
    return moved


def test_each_fact_is_the_pooled_statistic() -> None:
    returns, twin = moves(7, 6 * DAY, 1), moves(7, 6 * DAY, 2)
    facts = stylised_facts_of(prices(returns), prices(twin), DAY, tail_share=0.05)
    for world, r in (("hedged", returns), ("twin", twin)):
        found = facts[world]
        days = r.reshape(7, 6, DAY)
        assert found["excess_kurtosis_1_step"] == pytest.approx(stats.kurtosis(r.ravel()), rel=1e-8)
        assert found["excess_kurtosis_5_steps"] == pytest.approx(
            stats.kurtosis(r.reshape(7, -1, 5).sum(2).ravel()), rel=1e-8
        )
        assert found["excess_kurtosis_1_day"] == pytest.approx(stats.kurtosis(days.sum(2).ravel()), rel=1e-8)
        assert found["excess_kurtosis_5_days"] == pytest.approx(
            stats.kurtosis(days[:, :5].sum((1, 2)).ravel()), rel=1e-8
        )
        for words, lag in (("lag_1", 1), ("lag_5", 5), ("one_day", DAY)):
            for prefix, x in (("autocorrelation", r), ("absolute_autocorrelation", np.abs(r))):
                pooled = stats.pearsonr(x[:, :-lag].ravel(), x[:, lag:].ravel()).statistic
                assert found[f"{prefix}_{words}"] == pytest.approx(pooled, rel=1e-7), (prefix, words)
        step = stats.pearsonr(r[:, :-1].ravel(), (r[:, 1:] ** 2).ravel()).statistic
        day = stats.pearsonr(days.sum(2)[:, :-1].ravel(), (days**2).sum(2)[:, 1:].ravel()).statistic
        assert found["leverage_next_step"] == pytest.approx(step, rel=1e-7)
        assert found["leverage_next_day"] == pytest.approx(day, rel=1e-7)
        for tail, sign in (("upper", 1.0), ("lower", -1.0)):
            expected = hill(sign * r, 0.05)
            assert found[f"tail_index_{tail}"] == pytest.approx(expected.tail_index, rel=1e-6)
            iid = facts.loc[f"tail_index_{tail}", f"{world}_iid_se"]
            assert iid == pytest.approx(expected.standard_error, rel=1e-6)
    np.testing.assert_allclose(facts["difference"], facts["hedged"] - facts["twin"], rtol=1e-12)
    assert (facts["paths"] == 7).all()


def test_autocorrelations_of_one_long_path_are_those_of_statsmodels() -> None:
    r = moves(1, 50_000, 3)
    found = stylised_facts_of(prices(r), prices(r), DAY)["hedged"]
    for series, prefix in ((r[0], "autocorrelation"), (np.abs(r[0]), "absolute_autocorrelation")):
        reference = acf(series, nlags=DAY, adjusted=True, fft=True)
        for words, lag in (("lag_1", 1), ("lag_5", 5), ("one_day", DAY)):
            assert found[f"{prefix}_{words}"] == pytest.approx(reference[lag], abs=2e-5)


def test_the_first_autocorrelation_is_the_excess_of_archs_variance_ratio() -> None:
    from arch.unitroot import VarianceRatio

    path = prices(moves(1, 50_000, 4))
    found = stylised_facts_of(path, path, DAY)["hedged"]
    ratio = VarianceRatio(np.log(path[0]), lags=2, overlap=True, debiased=False).vr
    assert found["autocorrelation_lag_1"] == pytest.approx(ratio - 1.0, abs=1e-4)


def test_batches_are_folded_into_what_one_batch_gives() -> None:
    hedged, twin = prices(moves(64, 3 * DAY, 5)), prices(moves(64, 3 * DAY, 6))
    flow = np.random.default_rng(7).standard_normal(hedged.shape)
    whole = stylised_facts_of(hedged, twin, DAY, hedge_flow=flow)
    series = {"spot": hedged, "twin_spot": twin, "hedge_flow": flow}
    parts = [PathBatch(k, {n: s[k : k + 16] for n, s in series.items()}) for k in range(0, 64, 16)]
    folded = stylised_facts(iter(parts), DAY)
    by_threshold = [name for name in whole.index if name.startswith("tail")]
    pd.testing.assert_frame_equal(folded.drop(by_threshold), whole.drop(by_threshold), rtol=1e-6, atol=1e-12)
    close = np.abs(folded.loc[by_threshold, "hedged"] / whole.loc[by_threshold, "hedged"] - 1.0)
    assert (close < 0.5).all()


def test_diverged_paths_do_not_count() -> None:
    hedged, twin = prices(moves(20, 2 * DAY, 8)), prices(moves(20, 2 * DAY, 9))
    hedged[3, 7:] = np.nan
    twin[5, 9] = -1.0
    keep = [k for k in range(20) if k not in (3, 5)]
    found, expected = stylised_facts_of(hedged, twin, DAY), stylised_facts_of(hedged[keep], twin[keep], DAY)
    pd.testing.assert_frame_equal(found, expected)
    with pytest.raises(InputError, match="no paths"):
        stylised_facts_of(hedged[3:4], twin[3:4], DAY)


def test_what_does_not_fit_is_left_out_and_what_is_not_defined_is_nan() -> None:
    flat = np.full((5, DAY + 1), 100.0)
    facts = stylised_facts_of(flat, prices(moves(5, DAY, 10)), DAY)
    assert "leverage_next_day" not in facts.index
    assert "autocorrelation_one_day" not in facts.index
    assert "excess_kurtosis_5_days" not in facts.index
    assert "volume_volatility" not in facts.index
    assert facts["hedged"].isna().all()
    assert facts["twin"].drop("excess_kurtosis_1_day").notna().all()
    alone = stylised_facts_of(*[prices(moves(1, 5 * DAY, 11))] * 2, DAY)
    assert alone["hedged_se"].isna().all()
    assert (alone["difference"].dropna() == 0.0).all()


def test_the_same_prices_in_both_worlds_differ_by_nothing_for_sure() -> None:
    path = prices(moves(50, 5 * DAY, 12))
    facts = stylised_facts_of(path, path, DAY)
    assert (facts["difference"] == 0.0).all()
    np.testing.assert_allclose(facts["difference_se"], 0.0, atol=1e-7)


def replication(rng: np.random.Generator) -> pd.DataFrame:
    """Normal twin; hedged is a moving average of the same shocks, with flow that is part of the return."""
    shocks = 1e-3 * rng.standard_normal((150, 61))
    hedged = shocks[:, 1:] - 0.25 * shocks[:, :-1]
    flow = np.concatenate([np.zeros((150, 1)), hedged + 1e-3 * rng.standard_normal((150, 60))], axis=1)
    return stylised_facts_of(prices(hedged), prices(shocks[:, 1:]), DAY, hedge_flow=flow)


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    """300 replications of normal returns with known autocorrelation -0.25/(1 + 1/16); correlations of absolute values
    of a normal pair of correlation c are (c asin(c) + sqrt(1 - c^2) - 1) / (pi/2 - 1)."""
    rng = np.random.default_rng(13)
    rho = -0.25 / (1.0 + 0.0625)

    def absolute(c: float) -> float:
        return float((c * np.arcsin(c) + np.sqrt(1.0 - c * c) - 1.0) / (np.pi / 2.0 - 1.0))

    with_flow = np.sqrt(1.0625 / 2.0625)
    truths = {
        ("autocorrelation_lag_1", "hedged"): rho,
        ("autocorrelation_lag_1", "twin"): 0.0,
        ("autocorrelation_lag_1", "difference"): rho,
        ("autocorrelation_one_day", "difference"): 0.0,
        ("absolute_autocorrelation_lag_1", "hedged"): absolute(rho),
        ("excess_kurtosis_1_step", "hedged"): 0.0,
        ("excess_kurtosis_1_step", "difference"): 0.0,
        ("excess_kurtosis_5_steps", "twin"): 0.0,
        ("leverage_next_step", "difference"): 0.0,
        ("leverage_next_day", "hedged"): 0.0,
        ("volume_volatility", "hedged"): absolute(with_flow),
    }
    covered = dict.fromkeys(truths, 0)
    for _ in range(300):
        facts = replication(rng)
        for (fact, series), truth in truths.items():
            row = facts.loc[fact]
            covered[fact, series] += abs(row[series] - truth) <= 1.96 * row[f"{series}_se"]
    shares = {key: count / 300 for key, count in covered.items()}
    assert all(0.91 <= share <= 0.98 for share in shares.values()), shares


def test_intervals_of_tail_indices_cover_the_truth_where_returns_cluster_too() -> None:
    """Paretos of index 4 in runs of four equal returns: errors over paths allow for them, the asymptotic one not."""
    rng = np.random.default_rng(14)
    covered, by_asymptotic = 0, 0
    for _ in range(200):
        size = 1e-3 * rng.random((200, 20)) ** -0.25
        returns = np.repeat(size * rng.choice([-1.0, 1.0], size.shape), 4, axis=1)
        row = stylised_facts_of(prices(returns), prices(returns), DAY, tail_share=0.1).loc["tail_index_upper"]
        covered += abs(row["hedged"] - 4.0) <= 1.96 * row["hedged_se"]
        by_asymptotic += abs(row["hedged"] - 4.0) <= 1.96 * row["hedged_iid_se"]
    assert 0.91 <= covered / 200 <= 0.98
    assert by_asymptotic / 200 < 0.8


def test_hedging_makes_clusters_and_tails_that_the_twin_has_not() -> None:
    """Options at the money that lose their gamma on the way: volatility clusters in the hedged world alone."""
    tree = building.scenario(
        {"book": [building.option("call", 100.0, 10, 150_000)]},
        [building.dealer({"type": "continuous"})],
        clearing={"type": "simultaneous"},
        fundamental={"type": "gbm", "drift": 0.0, "volatility": 0.2},
        paths=2048,
        steps_per_day=39,
        record=None,
    )
    batches = path_batches(sh.scenario_from_dict(tree), ("spot", "twin_spot", "hedge_flow"), threads=1)
    facts = stylised_facts(batches, tree["clock"]["steps_per_day"])
    for name in ("absolute_autocorrelation_lag_1", "excess_kurtosis_1_step"):
        row = facts.loc[name]
        assert row["difference"] > 4.0 * row["difference_se"]
        assert abs(row["twin"]) < 4.0 * row["twin_se"]
    assert facts.loc["tail_index_upper", "difference"] < 0.0
    assert facts.loc["volume_volatility", "hedged"] > 0.5
    assert np.isnan(facts.loc["volume_volatility", "twin"])
