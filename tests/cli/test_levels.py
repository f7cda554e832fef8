"""`simhedge levels`: the document, the table, the refusals, the history and the watch."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from simhedge.chains.chain import VolSource
from simhedge.chains.clock import DayCount, SettlementRule
from simhedge.cli import levels as levels_module
from simhedge.levels import DEFINITION_NAMES, GAMMA_UNITS, WALL_RULES, ZERO_GAMMA_RULES
from simhedge.levels.exposure import GammaSource

CHAIN = str(Path(__file__).parents[2] / "scenarios" / "data" / "spx_like_quotedata.csv")


@pytest.mark.parametrize(
    ("choices", "names"),
    [
        (levels_module.GammaSource, ("auto", *get_args(GammaSource))),
        (levels_module.VolSource, get_args(VolSource)),
        (levels_module.DayCount, get_args(DayCount)),
        (levels_module.SettlementRule, get_args(SettlementRule)),
        (levels_module.ZeroGammaRule, ZERO_GAMMA_RULES),
        (levels_module.WallRule, WALL_RULES),
        (levels_module.Unit, GAMMA_UNITS),
    ],
)
def test_the_choices_of_the_command_are_those_of_the_layers(choices: Any, names: tuple[str, ...]) -> None:
    assert tuple(choices) == names


def test_the_document_has_the_keys_that_others_rely_on(program: Any) -> None:
    shown = program("levels", CHAIN, "--json", "--adv-notional", "4e11", "--uncertainty", "0.1", "--draws", "10")
    assert shown.code == 0
    found = json.loads(shown.out)
    assert {"format", "symbol", "spot", "quote_time", "rows", "contracts_used", "dropped", "warnings"} <= found[
        "chain"
    ].keys()
    conventions = {"gamma", "day_count", "rate", "dividend_yield", "sign", "unit"}
    assert conventions <= found["conventions"].keys()
    assert found["conventions"]["unit"] == "usd_per_1pct"
    assert found["exposure"].keys() == {"gamma", "delta", "vanna", "charm"}
    assert all(legs.keys() == {"calls", "puts", "net"} for legs in found["exposure"].values())
    assert found["zero_gamma"].keys() == {"status", "headline", "rule", "roots"}
    assert found["zero_gamma"]["roots"][0].keys() == {"spot", "slope"}
    assert found["walls"]["call"].keys() == {"strike", "rule"}
    assert found["definitions"].keys() == set(DEFINITION_NAMES)
    assert {"zero_gamma", "call_wall", "put_wall", "net_gamma", "unit"} <= found["definitions"]["gflows"].keys()
    assert {"gain_at_spot", "gain_min", "tipping_levels"} <= found["feedback"].keys()
    assert {"net_gamma", "zero_gamma", "call_wall", "put_wall", "gain_at_spot"} <= found["uncertainty"].keys()
    assert found["chain"]["quote_time"] == "2024-06-14T20:30:00-04:00"


def test_without_volume_there_is_no_gain_and_without_wish_no_band(program: Any) -> None:
    found = json.loads(program("levels", CHAIN, "--json", "--definitions", "none").out)
    assert found["feedback"] == {"gain_at_spot": None, "gain_min": None, "tipping_levels": []}
    assert "uncertainty" not in found
    assert found["definitions"] == {}


def test_the_unit_scales_gamma_alone(program: Any) -> None:
    plain, shares = (
        json.loads(program("levels", CHAIN, "--json", "--unit", unit).out) for unit in ("usd_per_1pct", "shares")
    )
    factor = plain["chain"]["spot"] ** 2 * 0.01
    gamma = "gamma"
    assert plain["exposure"][gamma]["net"] == pytest.approx(shares["exposure"][gamma]["net"] * factor, rel=1e-12)
    assert plain["exposure"]["delta"] == shares["exposure"]["delta"]
    assert shares["conventions"]["unit"] == "shares"


def test_strikes_add_up_to_the_legs(program: Any) -> None:
    found = json.loads(program("levels", CHAIN, "--json", "--by-strike", "--unit", "shares").out)
    for leg in ("calls", "puts", "net"):
        total = sum(row[leg] for row in found["strikes"])
        assert total == pytest.approx(found["exposure"]["gamma"][leg], rel=1e-9)
    interest = sum(row["call_open_interest"] + row["put_open_interest"] for row in found["strikes"])
    assert interest == found["chain"]["open_interest_used"]
    assert "strikes" not in json.loads(program("levels", CHAIN, "--json").out)


def test_the_table_fits_a_hundred_columns(program: Any) -> None:
    shown = program("levels", CHAIN)
    assert shown.code == 0
    assert max(len(line) for line in shown.out.splitlines()) <= 100
    assert "SPX" in shown.out
    assert "4,012.37" in shown.out


@pytest.mark.parametrize(
    ("arguments", "key", "value"),
    [
        (["--sign", "calls=long"], "sign", "calls=long"),
        (["--definitions", "gflow"], "definitions", "gflow"),
        (["--zero-gamma", "best"], "--zero-gamma", None),
        (["--expiry", "tomorrow"], "expiry", "tomorrow"),
        (["--expiry", "2031-01-02"], "expiry", "2031-01-02"),
        (["--rate", "4"], "rate", "4.0"),
        (["--rate", "nan"], "rate", "nan"),
        (["--spot", "-1"], "spot", "-1.0"),
        (["--quote-time", "yesterday"], "quote_time", "yesterday"),
        (["--root", "NDX"], "root", "NDX"),
        (["--adv-notional", "0"], "adv_notional", "0.0"),
        (["--uncertainty", "1.5"], "uncertainty", "1.5"),
        (["--uncertainty", "0.1", "--seed", "-1"], "seed", "-1"),
        (["--uncertainty", "0.1", "--draws", "0"], "draws", "0"),
        (["--watch", "0"], "--watch", "0.0"),
        (["--watch", "1", "--out", "x.parquet"], "--out", "x.parquet"),
    ],
)
def test_bad_options_are_refused_with_key_value_and_remedy(
    program: Any, arguments: list[str], key: str, value: str | None
) -> None:
    shown = program("levels", CHAIN, "--json", *arguments)
    error = json.loads(shown.out)["error"]
    assert (shown.code, error["key"], error["value"]) == (2, key, value)
    assert error["remedy"]
    assert "Traceback" not in shown.err


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\1\2", b"<html>no</html>", b"{}", b"[1, 2", b"a,b,c\n1,2,3\n", "Ünïcödé".encode("utf-16")],
    ids=["empty", "binary", "html", "json", "broken json", "table", "utf-16"],
)
def test_what_is_no_chain_is_refused(program: Any, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "chain.csv"
    file.write_bytes(content)
    shown = program("levels", str(file), "--json")
    error = json.loads(shown.out)["error"]
    assert (shown.code, error["file"]) == (2, str(file))
    assert error["remedy"]


def test_a_missing_file_is_refused_with_the_nearest_name(program: Any, tmp_path: Path) -> None:
    (tmp_path / "quotedata.csv").write_text("x")
    shown = program("levels", str(tmp_path / "quotedat.csv"))
    assert shown.code == 2
    assert "did you mean" in shown.err


def test_a_history_of_several_files_keeps_going_past_a_bad_one(program: Any, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("no chain")
    out = tmp_path / "levels.parquet"
    shown = program("levels", CHAIN, str(bad), "--out", str(out), "--definitions", "gflows")
    assert shown.code == 0
    assert "bad.csv" in shown.err
    import pandas as pd

    table = pd.read_parquet(out)
    assert len(table) == 1
    assert table["zero_gamma"].iloc[0] == pytest.approx(4001.56, abs=0.01)


def test_a_history_as_one_document(program: Any) -> None:
    found = json.loads(program("levels", CHAIN, CHAIN, "--json", "--definitions", "none").out)
    assert len(found["snapshots"]) == 1
    assert found["failures"] == []


def test_a_watch_prints_a_line_a_look(program: Any) -> None:
    shown = program("levels", CHAIN, "--watch", "0.1", "--count", "2", "--definitions", "none")
    assert shown.code == 0
    assert len(shown.out.splitlines()) == 2
    lines = program("levels", CHAIN, "--watch", "0.1", "--count", "2", "--json", "--definitions", "none").out
    assert [json.loads(line)["stale"] for line in lines.splitlines()] == [False, False]
