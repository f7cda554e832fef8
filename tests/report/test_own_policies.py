"""A run with a policy of the user's own is never shown with the prices of another policy."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_pages import RECORD, Outline, blocks, html_of

import simhedge as sh
from simhedge.errors import InputError
from simhedge.report.figure_files import write_figure_files
from simhedge.report.figures import figure_paths, write_figures
from simhedge.report.step_table import step_table

SCENARIO = {"paths": 12, "clock.days": 1, "dealers.street.policy": {"type": "delta_band", "band": 1e5}}
REFUSED = f"a policy of the user's own took part (street: {__name__}.idle)"


@sh.user_policy
def idle(hedge: float, target_hedge: float, spot: float, gamma: float, parameter: float, step: int) -> float:
    return hedge


@cache
def own_run(recorded: int = 0) -> sh.Result:
    """A run whose only dealer never trades, whatever its scenario says."""
    record = {"outputs.record": RECORD | {"paths": recorded}} if recorded else {}
    return sh.run(sh.load_scenario("positive_gamma", SCENARIO | record), policies={"street": idle})


def test_paths_are_not_simulated_with_the_policy_of_the_scenario() -> None:
    for draw in (figure_paths, step_table):
        with pytest.raises(InputError, match="cannot be simulated again") as refused:
            draw(own_run())
        assert REFUSED in str(refused.value)
        assert "outputs.record" in str(refused.value.remedy)


def test_recorded_paths_are_shown_even_if_they_are_few() -> None:
    paths = figure_paths(own_run(recorded=3))
    assert paths.sizes["path"] == 3
    np.testing.assert_allclose(paths["spot"], paths["twin_spot"])


def test_figures_of_paths_are_left_out_or_refused_by_name(tmp_path: Path) -> None:
    assert [file.name for file in write_figure_files(own_run(), tmp_path, "svg")] == ["gain.svg"]
    with pytest.raises(InputError, match="cannot be simulated again"):
        write_figure_files(own_run(), tmp_path, "svg", ["gain", "fan"])
    assert [file.name for file in tmp_path.iterdir()] == ["gain.svg"]
    assert [file.name for file in write_figures(own_run(), tmp_path)] == ["gain.png"]
    handed_over = sh.sample_paths(own_run().scenario, policies={"street": idle})
    assert len(write_figures(own_run(), tmp_path, handed_over)) == 3


def test_the_page_says_whose_policy_it_was(tmp_path: Path) -> None:
    loaded = sh.load_result(own_run().save(tmp_path / "run"))
    outline = Outline(html_of(loaded))
    assert len(outline.of("figure")) == 1
    told = "figures of paths are left out: paths were not recorded, and cannot be simulated again"
    assert f"{told}: {REFUSED}" in outline.text
    assert f"dealer street followed {__name__}.idle in place of delta_band" in outline.text
    assert "Handed to the run, and in no file" in outline.text


def test_to_do_it_again_takes_the_function() -> None:
    page = html_of(own_run(recorded=3))
    outline = Outline(page)
    assert len(outline.of("figure")) == 3
    assert f"a policy of the user's own: street: {__name__}.idle" in outline.text
    assert "On the command line" not in outline.text
    assert "without the same function other numbers come out" in outline.text
    python = blocks(page)[-1]
    with pytest.raises(NameError, match="idle"):
        exec(python, {})
    names: dict[str, Any] = {"idle": idle}
    exec(python, names)
    assert names["result"].summary.equals(own_run(recorded=3).summary)
