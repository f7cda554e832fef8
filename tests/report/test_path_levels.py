"""The levels of a run on its path figures: right place, right day, told where out of reach."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xarray as xr
from result_by_hand import make_paths

from simhedge.report.figures import fan, single_path


def levels(zero_gamma: Any, call_wall: Any = np.nan, put_wall: Any = np.nan, path: bool = False) -> xr.Dataset:
    """Levels of one definition, shape (day,) or with `path` (path, day)."""
    values = {"zero_gamma": zero_gamma, "call_wall": call_wall, "put_wall": put_wall, "net_gamma": 1.0}
    shape = np.broadcast_shapes(*(np.shape(value) for value in values.values()))
    dims = ("path", "day") if path else ("day",)
    data = {name: ((*dims, "definition"), np.broadcast_to(v, shape)[..., None]) for name, v in values.items()}
    return xr.Dataset(data, coords={"day": range(shape[-1]), "definition": ["simhedge"]})


def stairs(axis: Any) -> dict[str, Any]:
    return {patch.get_label().lstrip("_"): patch.get_data() for patch in axis.patches if hasattr(patch, "get_data")}


def test_levels_of_the_start_span_the_run() -> None:
    paths = make_paths()
    middle = float(paths["spot"].mean())
    drawn = stairs(single_path(paths, levels=levels([middle], [middle + 1.0])).axes[0])
    assert drawn.keys() == {"zero gamma", "call wall"}
    assert drawn["zero gamma"].values.tolist() == [middle]
    assert drawn["zero gamma"].edges.tolist() == [0.0, 5.0]


def test_daily_levels_are_those_of_the_path_and_step_from_day_to_day() -> None:
    paths = make_paths()
    middle = float(paths["spot"].mean())
    daily = middle + np.array([[9.0] * 5, [0.0, 0.1, 0.2, 0.3, 0.4]])
    drawn = stairs(single_path(paths, path=1, levels=levels(daily, path=True)).axes[0])
    np.testing.assert_allclose(drawn["zero gamma"].values, daily[1])
    assert drawn["zero gamma"].edges.tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_the_fan_shows_the_start_on_both_panels_and_names_the_definition() -> None:
    paths = make_paths()
    middle = float(paths["spot"].mean())
    figure = fan(paths, levels(middle + np.array([[0.0, 1.0], [2.0, 3.0]]), path=True))
    for axis in figure.axes:
        drawn = stairs(axis)["zero gamma"]
        assert (drawn.values.tolist(), drawn.edges.tolist()) == ([middle], [0.0, 5.0])
    assert [legend.get_title().get_text() for legend in figure.legends] == ["levels: simhedge"]


def test_a_level_out_of_reach_is_told_and_leaves_the_axis_alone() -> None:
    paths = make_paths()
    plain = single_path(paths).axes[0]
    axis = single_path(paths, levels=levels([1e6])).axes[0]
    assert axis.get_ylim() == plain.get_ylim()
    assert axis.get_legend().get_title().get_text() == "levels: simhedge; beyond the axis: zero gamma 1e+06"


def test_a_level_beside_the_prices_widens_the_axis() -> None:
    paths = make_paths()
    low, high = single_path(paths).axes[0].get_ylim()
    axis = single_path(paths, levels=levels([high + 0.3 * (high - low)])).axes[0]
    assert axis.get_ylim()[1] > high + 0.3 * (high - low)
    assert axis.get_ylim()[0] == low


@pytest.mark.parametrize("nothing", [None, levels([np.nan])])
def test_without_levels_the_figures_are_as_before(nothing: xr.Dataset | None) -> None:
    paths = make_paths()
    axis = single_path(paths, levels=nothing).axes[0]
    assert not axis.get_legend().get_title().get_text()
    assert not fan(paths, nothing).legends
