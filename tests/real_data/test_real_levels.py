"""Levels of real chains: the numbers that independent programs gave, and every file through every command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import simhedge as sh
from simhedge.cli.main import main
from simhedge.levels import DEFINITION_NAMES, Sign, SignErrors

CHAINS = Path(__file__).parents[3] / "shared" / "data" / "chains"
pytestmark = pytest.mark.skipif(not CHAINS.is_dir(), reason="no real option chains beside this checkout")

SPX, RUT, NDX = (CHAINS / f"cboe_{name}_2022-12-12.csv" for name in ("spx", "rut", "ndx"))
FILES = sorted(CHAINS.iterdir()) if CHAINS.is_dir() else []
BILLION = 1e9


def document(file: Path, **asked: Any) -> dict[str, Any]:
    return sh.read_snapshot(file, sh.Asked(**asked)).as_json()


def legs(found: dict[str, Any]) -> list[float]:
    gamma = found["exposure"]["gamma"]
    return [gamma["calls"] / BILLION, gamma["puts"] / BILLION, gamma["net"] / BILLION]


@pytest.mark.parametrize(
    ("file", "expected"),
    [(SPX, [83.689083, -84.764240, -1.075157]), (RUT, [1.351217, -1.672466, -0.321249])],
    ids=["spx", "rut"],
)
def test_legs_of_the_vendors_gamma(file: Path, expected: list[float]) -> None:
    found = document(file, gamma="vendor")
    assert legs(found) == pytest.approx(expected, abs=1e-6)
    assert found["conventions"]["gamma"] == "vendor"


def test_legs_and_root_of_the_model_to_the_close() -> None:
    """ACT/365 to 16:00, 15 minutes of delay, r = 0."""
    found = document(SPX, gamma="model", settlement="pm")
    assert legs(found) == pytest.approx([81.5085, -84.3769, -2.8684], rel=1e-3)
    assert legs(found)[2] == pytest.approx(-2.8684, abs=5e-4)  # the reference lets half-day sessions close at 16:00
    assert found["zero_gamma"]["headline"] == pytest.approx(4005.25, abs=0.1)


def test_legs_and_root_of_the_model_by_root_with_a_rate() -> None:
    """ACT/365, AM-settled SPX at 09:30, r = 4%."""
    found = document(SPX, gamma="model", rate=0.04)
    assert legs(found) == pytest.approx([83.0410, -83.2987, -0.2578], rel=1e-3)
    assert found["zero_gamma"]["headline"] == pytest.approx(3991.87, abs=0.1)


def test_headline_with_weekdays_is_near_the_one_of_a_coarse_grid() -> None:
    found = document(SPX, gamma="model", day_count="busday252", zero_gamma="first")
    assert legs(found)[2] == pytest.approx(-4.33, abs=0.005)
    assert found["zero_gamma"]["headline"] == pytest.approx(4015.527, abs=0.1)


@pytest.mark.parametrize(
    ("file", "rate", "root"),
    [(SPX, 0.0, 4015.527), (SPX, 0.0361, 4001.825), (RUT, 0.0, 1898.971)],
    ids=["spx", "spx with a rate", "rut"],
)
def test_first_root_of_gflows(file: Path, rate: float, root: float) -> None:
    assert document(file, rate=rate)["definitions"]["gflows"]["zero_gamma"] == pytest.approx(root, abs=1e-3)


def test_first_root_of_ndx_is_far_from_spot_and_the_headline_is_not() -> None:
    found = document(NDX)
    assert found["definitions"]["gflows"]["zero_gamma"] == pytest.approx(5971.7, abs=0.1)
    assert found["zero_gamma"]["headline"] == pytest.approx(11144.8, abs=1.0)
    assert len(found["zero_gamma"]["roots"]) > 5


@pytest.mark.parametrize(("file", "walls"), [(SPX, (4000.0, 4000.0)), (RUT, (1800.0, 1800.0))], ids=["spx", "rut"])
def test_walls_by_the_largest_gamma_of_a_side(file: Path, walls: tuple[float, float]) -> None:
    found = document(file, gamma="vendor")["walls"]
    assert (found["call"]["strike"], found["put"]["strike"]) == walls


def test_walls_of_spx_under_each_rule() -> None:
    rules = document(SPX, gamma="vendor")["walls"]["rules"]
    assert rules["net_gamma"] == {"call": 4100.0, "put": 3800.0}
    assert rules["open_interest"]["call"] == 4000.0
    assert rules["side_gamma_beyond_spot"] == {"call": 4000.0, "put": 3950.0}


def test_changes_of_sign_between_strikes_are_as_many_as_published() -> None:
    """11 on SPX, 69 on NDX; the rules that take one of them are hundreds of points apart."""
    found = document(SPX, gamma="vendor")["definitions"]
    assert found["flashalpha"]["zero_gamma"] == pytest.approx(3830.640, abs=1e-3)
    assert found["gamma_wall"]["zero_gamma"] == pytest.approx(3995.345, abs=1e-3)
    assert found["cumulative"]["zero_gamma"] is None
    assert found["perfiliev"]["zero_gamma"] == pytest.approx(4013.949, abs=1e-3)
    assert found["squeezemetrics"]["net_gamma"] == pytest.approx(-6752, abs=1.0)


def test_expired_rows_change_the_net_where_they_are_kept() -> None:
    """The evening's file still lists the day's options with open interest, vol and gamma."""
    dropped, kept = sh.read_chain(RUT), sh.read_chain(RUT, keep_expired=True)
    assert dropped.report.dropped["expired"] == 322
    assert len(kept.table) == len(dropped.table) + 322


def test_the_json_file_was_quoted_on_the_evening_before_its_utc_date() -> None:
    chain = sh.read_chain(CHAINS / "cboe_rut_2023-09-20.json")
    assert chain.quote_time.isoformat() == "2023-09-20T23:17:42-04:00"
    assert (chain.symbol, chain.spot) == ("RUT", pytest.approx(1806.1193))


OPTIONS = (
    [],
    ["--gamma", "model", "--iv", "repaired", "--rate", "0.04", "--dividend-yield", "0.015"],
    ["--iv", "solved", "--day-count", "busday252", "--settlement", "pm"],
    ["--expiry", "0dte"],
    ["--expiry", "30", "--zero-gamma", "first", "--walls", "net_gamma"],
    ["--keep-expired", "--sign", "calls=-1,puts=1,puts:otm=0.5", "--unit", "shares", "--definitions", "gflows,floe"],
    ["--uncertainty", "0.1", "--draws", "20", "--adv-notional", "1e11", "--definitions", "none"],
)


@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: " ".join(options) or "plain")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_through_the_command(file: Path, options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["levels", str(file), "--json", *options])
    shown = json.loads(capsys.readouterr().out)
    if code == 0:
        gamma = shown["exposure"]["gamma"]
        assert gamma["net"] == pytest.approx(gamma["calls"] + gamma["puts"], rel=1e-9, abs=1.0)
        assert shown["zero_gamma"]["status"] in ("ok", "none")
    else:
        assert code == 2
        assert shown["error"]["message"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_file_as_table_figures_and_book(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["levels", str(file), "--figures", str(tmp_path)]) == 0
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 100
    assert len(list(tmp_path.glob("*.png"))) >= 4
    chain = sh.read_chain(file)
    levels = sh.find_levels(sh.Book.from_chain(chain), chain.market_state())
    assert set(levels.definitions) == set(DEFINITION_NAMES)


def test_all_files_make_a_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "levels.parquet"
    assert main(["levels", str(CHAINS), "--out", str(out), "--definitions", "none"]) == 0, capsys.readouterr().err
    import pandas as pd

    table = pd.read_parquet(out)
    assert len(table) == len(FILES)
    assert set(table["symbol"]) == {"SPX", "NDX", "RUT", "SPY"}


def test_sign_errors_blur_the_levels_of_spx() -> None:
    found = sh.read_snapshot(SPX, sh.Asked(errors=SignErrors(0.1, 50, 3), sign=Sign.parse("calls=1,puts=-1"))).as_json()
    band = found["uncertainty"]["zero_gamma"]
    assert band["p05"] < found["zero_gamma"]["headline"] < band["p95"] or band["none"] > 0.0
