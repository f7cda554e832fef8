"""The step table: what the options ask for, what is held and traded, in numbers that add up."""

from __future__ import annotations

import io
from typing import Any

import pytest
import xarray as xr
from result_by_hand import make_paths, make_result
from rich.console import Console

import simhedge.simulation
from simhedge.errors import InputError
from simhedge.report.step_table import STEP_SERIES, every_step_recorded, step_table


def rows(result: Any, **options: Any) -> list[list[float]]:
    stream = io.StringIO()
    Console(file=stream, width=120, highlight=False).print(step_table(result, **options))
    lines = (line.split() for line in stream.getvalue().splitlines())
    return [[float(cell.replace("−", "-").replace(",", "")) for cell in line] for line in lines if _is_row(line)]


def _is_row(cells: list[str]) -> bool:
    return len(cells) == 6 and cells[0].isdigit()


def test_trades_add_up_to_the_hedge_from_the_initial_one_on() -> None:
    table = rows(make_result(paths=make_paths(steps=30)))
    held = 0.0
    for step, (number, _, delta, hedge, trade, _) in enumerate(table):
        held += trade
        assert number == step
        assert hedge == pytest.approx(held, abs=0.02 * (step + 1))
        assert hedge == pytest.approx(-delta, abs=0.011)


def test_several_dealers_are_summed() -> None:
    one = make_paths(steps=5)
    two = xr.concat([one, one.assign_coords(dealer=["other"])], dim="dealer", data_vars="minimal")
    assert rows(make_result(paths=two))[3][3] == pytest.approx(2 * rows(make_result(paths=one))[3][3], abs=0.02)


def test_the_path_asked_for_is_shown() -> None:
    paths = make_paths(steps=5)
    table = rows(make_result(paths=paths), path=3)
    assert table[5][1] == pytest.approx(float(paths["spot"][3, 5]), abs=5e-5)


def test_a_long_path_says_how_many_steps_are_not_shown() -> None:
    stream = io.StringIO()
    Console(file=stream, width=120).print(step_table(make_result(), longest=10))
    assert "381 more steps are not shown" in stream.getvalue()


def test_missing_series_are_simulated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    class Scenario:
        name, paths = "again", 20

        def with_overrides(self, overrides: dict[str, Any]) -> dict[str, Any]:
            asked.append(overrides)
            return overrides

    fresh = make_result(paths=make_paths(paths=3, steps=5))
    monkeypatch.setattr(simhedge.simulation, "run", lambda scenario: fresh, raising=False)
    result = make_result(scenario=Scenario(), paths=None)
    assert len(rows(result, path=2)) == 6
    assert asked[0]["outputs.record"] == {"paths": 3, "every": 1, "series": list(STEP_SERIES)}


def test_a_path_beyond_the_last_is_refused() -> None:
    with pytest.raises(InputError, match="no such path") as caught:
        step_table(make_result(), path=20000)
    assert "19999" in str(caught.value)


def test_thinned_recordings_do_not_count_as_every_step() -> None:
    paths = make_paths(steps=20)
    assert every_step_recorded(paths, STEP_SERIES)
    assert not every_step_recorded(paths.isel(step=slice(None, None, 2)), STEP_SERIES)
    assert not every_step_recorded(paths.drop_vars("cash"), STEP_SERIES)
