"""Every run has a table of the levels of its dealers' books, whatever its scenario asks for."""

from __future__ import annotations

from typing import Any

import simhedge as sh
from simhedge.report.page.level_tables import run_levels


def result(name: str, **changes: Any) -> sh.Result:
    small = {"paths": 8, "clock.steps_per_day": 4, "expect": [], "outputs.metrics": ["realised_vol"]}
    return sh.run(sh.load_scenario(name, small | changes))


def test_zero_gamma_and_walls_are_those_that_find_levels_finds() -> None:
    run = result("regime_change")
    told, (table,) = run_levels(run)
    assert told == "There is no tipping level within reach."
    assert table.caption == "Levels of dealers' books at the start"
    rows = {cells[0]: cells[1:] for cells in table.rows.cells}
    assert list(rows) == ["zero gamma", "call wall", "put wall"]
    assert rows["zero gamma"][:2] == ("97.6793", "−2.32%")
    assert "from short to long gamma" in rows["zero gamma"][2]
    assert rows["call wall"][:2] == ("104.000", "+4.00%")
    assert rows["put wall"][:2] == ("94.0000", "−6.00%")
    assert "net gamma there is +41.8 m ($ per 1%)" in table.rows.note


def test_what_is_not_there_is_said_and_tipping_levels_have_their_time() -> None:
    told, (table,) = run_levels(result("gamma_squeeze"))
    assert told.startswith("Tipping levels after 2.5 days, none at the start: 104.28, 114.80")
    rows = list(table.rows.cells)
    assert rows[0] == ("zero gamma", "–", "–", "none: dealers are short gamma at all prices looked at")
    assert rows[2] == ("put wall", "–", "–", "none: no gamma of puts")
    assert [cells[:3] for cells in rows[3:]] == [
        ("tipping level", "104.282", "+4.28%"),
        ("tipping level", "114.795", "+14.80%"),
    ]
    assert all(cells[3].startswith("after 2.5 days κ = −1") for cells in rows[3:])


def test_published_definitions_come_beside_them_where_the_scenario_asks() -> None:
    tables = run_levels(result("walls_that_hold"))[1]
    captions = [table.caption for table in tables]
    assert captions == ["Levels of dealers' books at the start", "Levels at the start, by definition"]
    assert "(calls +1, puts +1;" in tables[1].rows.note


def test_without_options_it_says_so() -> None:
    gamma = [{"kind": "constant_gamma", "gamma": 1.0e5}]
    told, tables = run_levels(result("negative_gamma", **{"books.quarterly": gamma}))
    assert tables == ()
    assert "Dealers hold no options at the start" in told


def test_where_the_chain_is_gone_it_says_so() -> None:
    run = result("spx_chain", **{"clock.days": 1})
    gone = sh.scenario_from_dict(run.scenario.as_dict(), chain_directories={"street": "/nowhere"})
    told, tables = run_levels(sh.Result(**(vars(run) | {"scenario": gone})))
    assert tables == ()
    assert "the books cannot be read" in told
    assert "/nowhere" in told
