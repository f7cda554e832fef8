"""What a run may not depend on, what it tells on the way, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from building import CLEARINGS, POLICIES, dealer, mixed_book, one_dealer, option, scenario

import simhedge as sh
from simhedge.errors import InputError, ResourceError
from simhedge.kernels.layout import LANES
from simhedge.simulation import memory
from simhedge.simulation.plan import prepare

Tree = dict[str, Any]
ENGINE = {"elapsed_s", "compile_s", "surface_s", "path_steps_per_s", "threads", "book_delta", "surface_max_error"}


def street(clearing: str = "simultaneous", paths: int = 5 * LANES + 9, **options: Any) -> Tree:
    dealers = [
        dealer(POLICIES["continuous"], "first", "mixed", count=4, cost_bps=1.0),
        dealer(POLICIES["delta_band"], "second", "calls", copies=2),
    ]
    books = {"mixed": mixed_book(), "calls": [option("call", 101.0, 2, 10_000)]}
    return scenario(books, dealers, clearing=CLEARINGS[clearing], paths=paths, days=3, **options)


def document(tree: Tree, **options: Any) -> Any:
    """The metrics and expectations of `run --json`, as text: equal to the last digit or not at all."""
    written = sh.run(sh.scenario_from_dict(tree), **options).as_json()
    return json.dumps([written["metrics"], written["expectations"], written["warnings"]])


@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_threads_and_chunks_change_no_digit(clearing: str) -> None:
    tree = street(clearing, record=None)
    tree["expect"] = [{"metric": "realised_vol", "series": "ratio", "below": 1.5}]
    reference = document(tree, threads=1)
    for options in ({"threads": 2}, {"threads": 7}, {"chunk_paths": LANES}, {"threads": 2, "chunk_paths": 3 * LANES}):
        assert document(tree, **options) == reference, options


def test_a_run_again_is_the_same_and_another_seed_is_not() -> None:
    assert document(street()) == document(street())
    assert document(street()) != document(street(seed=8))


@pytest.mark.parametrize("chunk", [-LANES, 1, LANES + 1])
def test_chunks_are_whole_blocks(chunk: int) -> None:
    with pytest.raises(InputError, match="multiple") as caught:
        sh.run(sh.scenario_from_dict(street()), chunk_paths=chunk)
    assert (caught.value.key, caught.value.value) == ("chunk_paths", chunk)
    assert caught.value.remedy


def test_progress_rises_to_the_whole() -> None:
    told: list[tuple[int, int, str]] = []
    sh.run(sh.scenario_from_dict(street(record=None)), progress=lambda *news: told.append(news), chunk_paths=LANES)
    done = [news[0] for news in told]
    total = (5 * LANES + 9) * 24
    assert done == sorted(done)
    assert done[-1] == total
    assert {news[1] for news in told} == {total}
    assert len(done) >= 6
    assert all(phase for _, _, phase in told)


def test_progress_can_stop_the_run() -> None:
    def stop(done: int, total: int, phase: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sh.run(sh.scenario_from_dict(street()), progress=stop)
    assert document(street(), threads=2)  # the threads live on


def test_the_engine_tells_how_it_went(run_scenario: Any) -> None:
    surface, exact = (run_scenario(street(), book_delta=kind).engine for kind in ("surface", "exact"))
    for engine in (surface, exact):
        assert set(engine) == ENGINE
        assert 0.0 <= engine["surface_s"] <= engine["elapsed_s"]
        assert engine["compile_s"] >= 0.0
        assert engine["path_steps_per_s"] > 0.0
        assert json.loads(json.dumps(engine)) == engine
    assert (surface["book_delta"], exact["book_delta"]) == ("surface", "exact")
    assert 0.0 < surface["surface_max_error"] <= 1e-6
    assert exact["surface_max_error"] == 0.0
    assert sh.run(sh.scenario_from_dict(street()), threads=2).engine["threads"] == 2


@pytest.mark.parametrize("threads", [0, -1, 100_000])
def test_impossible_numbers_of_threads_are_refused(threads: int) -> None:
    with pytest.raises(InputError) as caught:
        sh.run(sh.scenario_from_dict(street()), threads=threads)
    assert (caught.value.key, caught.value.value) == ("threads", threads)


@pytest.mark.parametrize(
    ("options", "key", "value"),
    [
        ({"book_delta": "rough"}, "book_delta", "rough"),
        ({"policies": {"nobody": sh.user_policy(lambda h, t, s, g, p, n: t)}}, "policies", "nobody"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options: Tree, key: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        sh.run(sh.scenario_from_dict(street()), **options)
    assert (caught.value.key, caught.value.value) == (key, value)
    assert caught.value.remedy


def test_steps_from_all_options_are_counted_among_the_steps(run_scenario: Any) -> None:
    """An implied vol that no grid resolves: every step, and never more steps than there are."""
    tree = one_dealer(
        [option("call", 100.0, 4, 50_000, 1e-9)], POLICIES["continuous"], CLEARINGS["lagged"], paths=4, days=3
    )
    (warning,) = (line for line in run_scenario(tree).warnings if "missed its error bound" in line)
    assert "24 of 24 steps" in warning


@pytest.mark.parametrize(
    "change",
    [
        {"spot": 9.0e17},
        {"fundamental": {"type": "bachelier", "volatility": 1.0e-15}},
        {"fundamental": {"type": "gbm", "volatility": 1.0e-17}},
        {"fundamental": {"type": "gbm", "volatility": 0.2, "drift": 1.0e9}},
        {"fundamental": {"type": "gbm", "volatility": 0.2, "drift": -1.0e9}},
    ],
)
@pytest.mark.parametrize("clearing", list(CLEARINGS))
def test_markets_at_the_edge_of_floating_point_come_to_an_end(change: Tree, clearing: str) -> None:
    """Without news, or with news that no grid covers, clearing neither hangs nor fails."""
    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS[clearing], paths=3, days=2, record=None)
    tree["market"] |= change
    summary = sh.run(sh.scenario_from_dict(tree)).summary
    assert summary.loc["diverged_paths", "hedged"] in (0.0, 3.0)


# ---------------------------------------------------------------- memory


def test_memory_is_refused_before_anything_is_simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = street(paths=1000)
    needed = memory.recorded_bytes(prepare(sh.scenario_from_dict(tree)), 1000, tree["outputs"]["record"]["series"])
    monkeypatch.setattr(memory, "free_memory", lambda: int(needed / memory.SHARE_OF_FREE) - 10)
    with pytest.raises(ResourceError, match="recording 1,000 paths") as caught:
        sh.run(sh.scenario_from_dict(tree), progress=lambda *news: pytest.fail("the run began"))
    assert (caught.value.key, caught.value.value) == ("outputs.record", 1000)
    enough = needed + 1000 * memory.PNL_BYTES_PER_PATH
    monkeypatch.setattr(memory, "free_memory", lambda: int(enough / memory.SHARE_OF_FREE) + 10)
    assert sh.run(sh.scenario_from_dict(tree)).paths is not None
    monkeypatch.setattr(memory, "free_memory", lambda: None)
    assert sh.run(sh.scenario_from_dict(tree)).paths is not None


def test_paths_that_are_not_recorded_take_little(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda: 10**9)
    million = prepare(sh.scenario_from_dict(street(paths=1_000_000, record=None)))
    memory.check_memory(million)
    billion = prepare(sh.scenario_from_dict(street(paths=1_000_000_000, record=None)))
    with pytest.raises(ResourceError, match="P&L") as caught:
        memory.check_memory(billion)
    assert (caught.value.key, caught.value.exit_code) == ("paths", 3)


def test_free_memory_is_known_here() -> None:
    free = memory.free_memory()
    assert free is not None
    assert 2**26 < free < 2**50


def test_recorded_paths_are_at_most_all() -> None:
    def recorded(paths: int | str | None) -> int:
        return memory.recorded_paths(sh.scenario_from_dict(street(paths=30, record=paths)))

    assert [recorded(paths) for paths in (None, 7, 30, 31, "all")] == [0, 7, 30, 30, 30]


def test_what_is_recorded_does_not_change_what_is_measured() -> None:
    tables = [sh.run(sh.scenario_from_dict(street(record=paths))).summary.to_numpy() for paths in (None, 3, "all")]
    for table in tables[1:]:
        np.testing.assert_array_equal(table, tables[0])
