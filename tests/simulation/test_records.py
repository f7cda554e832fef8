"""What is recorded: every series once, thinned as asked, the first paths or all of them, with units and names."""

from __future__ import annotations

import copy
import sys
from typing import Any, get_args

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, scenario

import simhedge as sh
from simhedge.scenario.names import RECORDED_SERIES, RecordedSeries
from simhedge.simulation.plan import prepare
from simhedge.simulation.records import PER_DEALER, PER_PATH, recorded_bytes, recording_for

Tree = dict[str, Any]


def street(record: Tree | None, paths: int = 20, clearing: str = "simultaneous") -> Tree:
    """Two dealers over five days of eight steps, with an expiry on the way."""
    dealers = [
        dealer(POLICIES["continuous"], "first", "mixed"),
        dealer(POLICIES["fixed_interval"], "second", "mixed", cost_bps=1.0),
    ]
    tree = scenario(
        {"mixed": mixed_book(0.3)}, dealers, clearing=CLEARINGS[clearing], paths=paths, rate=0.02, record=None
    )
    if record is not None:
        tree["outputs"]["record"] = record
    return tree


def everything(paths: int | str = "all", every: int = 1) -> Tree:
    return {"paths": paths, "every": every, "series": list(RECORDED_SERIES)}


@pytest.mark.parametrize("every", [2, 5, 8, 40])
@pytest.mark.parametrize("clearing", ["lagged", "simultaneous"])
def test_each_n_th_step_is_the_same_as_in_a_full_record(run_scenario: Any, every: int, clearing: str) -> None:
    """Levels are picked out, and hedge flow is summed: nothing that was traded in between is lost."""
    full = run_scenario(street(everything(), clearing=clearing)).paths
    thin = run_scenario(street(everything(every=every), clearing=clearing)).paths
    assert thin["step"].to_numpy().tolist() == list(range(0, 41, every))
    for name in RECORDED_SERIES:
        if name != "hedge_flow":
            np.testing.assert_array_equal(thin[name].to_numpy(), full[name].to_numpy()[:, ::every], err_msg=name)
    flow = full["hedge_flow"].to_numpy()
    summed = flow[:, 1:].reshape(flow.shape[0], -1, every).sum(axis=2)
    np.testing.assert_allclose(thin["hedge_flow"].to_numpy()[:, 1:], summed, rtol=1e-12, atol=1e-6)
    assert (thin["hedge_flow"].to_numpy()[:, 0] == 0.0).all()
    held = thin["hedge"].sum("dealer").to_numpy()
    np.testing.assert_allclose(thin["hedge_flow"].to_numpy()[:, 1:], np.diff(held, axis=1), rtol=1e-9, atol=1e-3)


def test_all_paths_are_all_paths(run_scenario: Any) -> None:
    """More than a block, the last block not full; the first few are the same paths."""
    every_path = run_scenario(street(everything(), paths=300)).paths
    assert every_path.sizes["path"] == 300
    assert np.isfinite(every_path["spot"].to_numpy()).all()
    assert len(np.unique(every_path["spot"].to_numpy()[:, -1])) == 300
    few = run_scenario(street(everything(paths=7), paths=300)).paths
    for name in RECORDED_SERIES:
        np.testing.assert_array_equal(few[name].to_numpy(), every_path[name].to_numpy()[:7], err_msg=name)


def test_asking_for_more_paths_than_there_are_gives_all(run_scenario: Any) -> None:
    assert run_scenario(street(everything(paths=10_000))).paths.sizes["path"] == 20


def test_no_record_no_paths(run_scenario: Any) -> None:
    assert run_scenario(street(None)).paths is None


@pytest.mark.parametrize("name", RECORDED_SERIES)
def test_a_series_alone_is_the_same_as_among_others(run_scenario: Any, name: RecordedSeries) -> None:
    full = run_scenario(street(everything())).paths
    alone = run_scenario(street({"paths": "all", "every": 1, "series": [name]})).paths
    assert list(alone.data_vars) == [name]
    np.testing.assert_array_equal(alone[name].to_numpy(), full[name].to_numpy())
    assert alone[name].dims == (("path", "step", "dealer") if name in PER_DEALER else ("path", "step"))
    assert alone[name].attrs["units"] in ("$", "shares", "shares per $")
    assert alone[name].attrs["long_name"]


def test_order_of_series_is_kept_and_dealers_have_names(run_scenario: Any) -> None:
    names = ["cash", "spot", "dealer_delta"]
    paths = run_scenario(street({"paths": 3, "every": 1, "series": names})).paths
    assert list(paths.data_vars) == names
    assert paths["dealer"].to_numpy().tolist() == ["first", "second"]
    assert paths["cash"].sel(dealer="first").to_numpy()[0, 1] != paths["cash"].sel(dealer="second").to_numpy()[0, 1]
    assert paths.attrs["steps_per_day"] == 8


def test_names_of_series_are_those_of_the_scenario() -> None:
    assert set(PER_PATH) | set(PER_DEALER) == set(get_args(RecordedSeries)) == set(RECORDED_SERIES)
    assert not set(PER_PATH) & set(PER_DEALER)


@pytest.mark.parametrize("every", [1, 8])
def test_memory_is_foretold_to_the_byte(every: int) -> None:
    plan = prepare(sh.scenario_from_dict(street(everything(every=every))))
    recording = recording_for(plan, 20, RECORDED_SERIES)
    assert recorded_bytes(plan, 20, RECORDED_SERIES) == recording.values.nbytes


def test_diverged_paths_end_in_nan(run_scenario: Any) -> None:
    """Lagged hedging with a gain of 1.5 explodes; what was recorded before stays."""
    tree = copy.deepcopy(street(everything(), clearing="lagged"))
    tree["books"] = {"mixed": [{"kind": "constant_gamma", "gamma": 1.5 / (0.0126 * 100 / 5e6)}]}
    tree["dealers"] = tree["dealers"][:1]
    result = run_scenario(tree)
    spot = result.paths["spot"].to_numpy()
    gone = np.isnan(spot[:, -1])
    assert gone.any()
    assert int(result.summary.loc["diverged_paths", "hedged"]) == gone.sum()
    assert np.isfinite(spot[:, 0]).all()
    ends = np.isnan(spot)
    assert (np.diff(ends.astype(int), axis=1) >= 0).all()
    for name in RECORDED_SERIES:
        values = result.paths[name].to_numpy().reshape(*spot.shape, -1)[:, :, 0]
        np.testing.assert_array_equal(np.isnan(values), ends, err_msg=name)


# ---------------------------------------------------------------- samples for figures


def test_samples_are_the_first_paths_of_the_run(run_scenario: Any) -> None:
    tree = street(everything(every=5))
    sample = sh.sample_paths(sh.scenario_from_dict(tree), paths=6)
    assert dict(sample.sizes) == {"path": 6, "step": 41, "dealer": 2}
    recorded = run_scenario(street(everything())).paths
    for name in sample.data_vars:
        np.testing.assert_array_equal(sample[name].to_numpy(), recorded[name].to_numpy()[:6], err_msg=str(name))


def test_samples_of_a_long_run_are_fewer(monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["simhedge.simulation.run"]  # the package's own `run` is the function
    monkeypatch.setattr(module, "SAMPLE_BYTES", 50_000)
    tree = sh.scenario_from_dict(street(None, paths=100))
    one_path = 41 * 8 * 9  # five series and two of each dealer
    assert sh.sample_paths(tree).sizes["path"] == 50_000 // one_path
    monkeypatch.setattr(module, "SAMPLE_BYTES", 1)
    assert sh.sample_paths(tree).sizes["path"] == 1
