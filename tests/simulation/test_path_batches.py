"""Recorded paths in batches are the paths of the run, whatever the batch, and paths beyond it are new ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, scenario, teaching
from numpy.typing import NDArray

import simhedge as sh
from simhedge.errors import InputError
from simhedge.kernels.layout import LANES
from simhedge.scenario.names import RECORDED_SERIES
from simhedge.simulation import path_batches as module
from simhedge.simulation.path_batches import PathBatch, path_batches
from simhedge.simulation.plan import prepare
from simhedge.simulation.records import PER_DEALER

Tree = dict[str, Any]
Series = dict[str, NDArray[np.float64]]
PATHS = 300


def street(clearing: str = "simultaneous", paths: int = PATHS, **options: Any) -> sh.Scenario:
    """Two dealers over five days of eight steps, with an expiry on the way; more than two blocks, the last not full."""
    dealers = [
        dealer(POLICIES["leland"], "first", "mixed", count=3),
        dealer(POLICIES["fixed_interval"], "second", "mixed", cost_bps=1.0),
    ]
    tree = scenario(
        {"mixed": mixed_book(0.3)}, dealers, clearing=CLEARINGS[clearing], paths=paths, rate=0.02, **options
    )
    tree["outputs"]["record"]["series"] = list(RECORDED_SERIES)
    return sh.scenario_from_dict(tree)


def joined(batches: list[PathBatch]) -> Series:
    """All batches as one; they follow each other without a gap."""
    ends = [batch.first_path + batch.series["spot"].shape[0] for batch in batches]
    assert [batch.first_path for batch in batches[1:]] == ends[:-1]
    return {name: np.concatenate([batch.series[name] for batch in batches]) for name in batches[0].series}


def assert_same(found: Series, expected: Series) -> None:
    assert list(found) == list(expected)
    for name in found:
        np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


@pytest.fixture(scope="module")
def whole() -> Series:
    """Every series of the run, as `run` records them."""
    paths = sh.run(street(), threads=1).paths
    assert paths is not None
    return {name: paths[name].to_numpy() for name in RECORDED_SERIES}


@pytest.mark.parametrize("blocks", [None, 1, 2])
@pytest.mark.parametrize("threads", [1, 2])
def test_batches_are_the_recorded_paths(
    monkeypatch: pytest.MonkeyPatch, whole: Series, blocks: int | None, threads: int
) -> None:
    """Bit for bit, in one batch or in many."""
    if blocks is not None:
        path_bytes = 8 * 41 * (len(RECORDED_SERIES) + len(PER_DEALER))
        monkeypatch.setattr(module, "BATCH_BYTES", blocks * LANES * path_bytes)
    batches = list(path_batches(street(), RECORDED_SERIES, threads=threads))
    assert [batch.first_path for batch in batches] == list(range(0, PATHS, (blocks or 3) * LANES))
    assert_same(joined(batches), whole)


def test_a_budget_too_small_gives_one_block_at_a_time(monkeypatch: pytest.MonkeyPatch, whole: Series) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 1)
    batches = list(path_batches(street(), RECORDED_SERIES, threads=1))
    assert [batch.series["spot"].shape[0] for batch in batches] == [128, 128, 44]
    assert_same(joined(batches), whole)


def test_they_are_the_samples_of_figures() -> None:
    sample = sh.sample_paths(street(), paths=6)
    names = [str(name) for name in sample.data_vars]
    found = joined(list(path_batches(street(), names, paths=6, threads=1)))
    assert_same(found, {name: sample[name].to_numpy() for name in names})


@pytest.mark.parametrize("clearing", ["lagged", "asynchronous"])
def test_batches_may_be_kept(monkeypatch: pytest.MonkeyPatch, clearing: str) -> None:
    """What was yielded does not change while the next batch is made."""
    monkeypatch.setattr(module, "BATCH_BYTES", 1)
    kept, copies = [], []
    for batch in path_batches(street(clearing), ("spot", "hedge", "hedge_flow"), threads=1):
        kept.append(batch)
        copies.append({name: values.copy() for name, values in batch.series.items()})
    for batch, copied in zip(kept, copies, strict=True):
        assert_same(batch.series, copied)


@pytest.mark.parametrize("first_path", [128, 256])
def test_paths_may_begin_anywhere(whole: Series, first_path: int) -> None:
    count = PATHS - first_path
    batches = list(path_batches(street(), RECORDED_SERIES, paths=count, first_path=first_path, threads=1))
    assert [batch.first_path for batch in batches] == [first_path]
    assert_same(joined(batches), {name: values[first_path:] for name, values in whole.items()})


def test_paths_beyond_the_run_are_others(whole: Series) -> None:
    (batch,) = path_batches(street(), ("spot",), paths=PATHS, first_path=1024, threads=1)
    assert np.isfinite(batch.series["spot"]).all()
    ends = np.concatenate([batch.series["spot"][:, -1], whole["spot"][:, -1]])
    assert np.unique(ends).size == 2 * PATHS


@pytest.mark.parametrize("every", [2, 8, 40])
def test_each_n_th_step(whole: Series, every: int) -> None:
    """Levels are picked out, and the flow of hedging is summed."""
    found = joined(list(path_batches(street(), RECORDED_SERIES, every=every, threads=1)))
    for name in RECORDED_SERIES:
        if name != "hedge_flow":
            np.testing.assert_array_equal(found[name], whole[name][:, ::every], err_msg=name)
    flow = whole["hedge_flow"][:, 1:].reshape(PATHS, -1, every).sum(axis=2)
    np.testing.assert_allclose(found["hedge_flow"][:, 1:], flow, rtol=1e-12, atol=1e-6)


def test_the_scenario_needs_no_record(whole: Series) -> None:
    values = street().as_dict()
    del values["outputs"]["record"]
    (batch,) = path_batches(sh.scenario_from_dict(values), threads=1)
    assert list(batch.series) == ["spot", "twin_spot"]
    assert_same(batch.series, {name: whole[name] for name in ("spot", "twin_spot")})


def test_a_plan_serves_several_times(whole: Series) -> None:
    plan = prepare(street())
    for every in (8, 1, 8):
        (batch,) = path_batches(plan, ("spot",), every=every, threads=1)
        np.testing.assert_array_equal(batch.series["spot"], whole["spot"][:, ::every])


def test_series_of_dealers_have_a_dealer_each(whole: Series) -> None:
    (batch,) = path_batches(street(), ("cash", "spot", "hedge"), threads=1)
    assert {name: values.shape for name, values in batch.series.items()} == {
        "cash": (PATHS, 41, 2),
        "spot": (PATHS, 41),
        "hedge": (PATHS, 41, 2),
    }
    assert_same(batch.series, {name: whole[name] for name in ("cash", "spot", "hedge")})
    assert (batch.series["hedge"][:, :, 0] != batch.series["hedge"][:, :, 1]).any()


def test_gain_is_impact_times_hedged_gamma() -> None:
    """Constant gamma: kappa everywhere, and that of hedgers only."""
    (batch,) = path_batches(
        sh.scenario_from_dict(teaching(0.3, CLEARINGS["lagged"])), ("hedged_gamma", "net_gamma"), threads=1
    )
    for values in batch.series.values():
        np.testing.assert_allclose(1e-6 * values, 0.3, rtol=1e-12)


def test_diverged_paths_end_in_nan() -> None:
    """Lagged hedging with a gain of 1.5 explodes; what was recorded before stays."""
    tree = teaching(1.5, CLEARINGS["lagged"], paths=20, volatility=20.0)
    (batch,) = path_batches(sh.scenario_from_dict(tree), ("spot", "hedge"), threads=1)
    gone = np.isnan(batch.series["spot"])
    assert gone[:, -1].any()
    assert not gone[:, 0].any()
    assert (np.diff(gone.astype(int), axis=1) >= 0).all()
    np.testing.assert_array_equal(np.isnan(batch.series["hedge"][:, :, 0]), gone)


@sh.user_policy
def half_way(hedge, target_hedge, spot, gamma, parameter, step):  # type: ignore[no-untyped-def]
    """Half of the gap."""
    return 0.5 * (hedge + target_hedge)


def test_policies_of_ones_own_take_part() -> None:
    policies = {"second": half_way}
    (batch,) = path_batches(street(), ("spot", "hedge"), policies=policies, threads=1)
    paths = sh.run(street(), threads=1, policies=policies).paths
    assert paths is not None
    assert_same(batch.series, {name: paths[name].to_numpy() for name in ("spot", "hedge")})
    with pytest.raises(InputError, match="does not exist"):
        next(path_batches(street(), policies={"third": half_way}))


def test_progress_counts_path_steps_of_all_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH_BYTES", 1)
    told: list[tuple[int, int, str]] = []
    list(path_batches(street(), threads=1, progress=lambda done, total, phase: told.append((done, total, phase))))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (PATHS * 40, PATHS * 40, "paths")
    assert {(total, phase) for _, total, phase in told} == {(PATHS * 40, "paths")}


@pytest.mark.parametrize(
    ("options", "key", "told"),
    [
        ({"first_path": 100}, "first_path", "multiple of 128"),
        ({"every": 3}, "every", "divide"),
        ({"every": 0}, "every", "divide"),
        ({"every": -1}, "every", "divide"),
        ({"series": ("spot", "volume")}, "series", "unknown series"),
    ],
)
def test_what_cannot_be_done_is_an_input_error(options: Tree, key: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        next(path_batches(street(), **options))
    assert caught.value.key == key
    assert told in str(caught.value)
    assert caught.value.remedy
