"""`simhedge make-chain`: files in every format, nothing overwritten unasked, wrong options named with their remedy."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer

from simhedge.chains import read_chain
from simhedge.chains.making.quirks import QUIRKS
from simhedge.chains.making.writers import WRITERS
from simhedge.cli.make_chain import Format, make_chain_command
from simhedge.errors import InputError

FEW = (
    "--symbol",
    "XYZ",
    "--spot",
    "100",
    "--strikes",
    "105,95,100",
    "--expiries",
    "2024-07-19",
    "--oi-profile",
    "uniform",
)


def make(*arguments: str) -> int:
    """The command called with these arguments: its exit code; its errors are raised."""
    app = typer.Typer()
    app.command()(make_chain_command)
    return int(typer.main.get_command(app).main(list(arguments), standalone_mode=False) or 0)


def test_formats_are_those_of_the_writers() -> None:
    assert {known.value for known in Format} == WRITERS.keys()


@pytest.mark.parametrize("file_format", [known.value for known in Format if known is not Format.yahoo])
def test_every_format_is_written_and_read(file_format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "chain")
    assert make(out, "--format", file_format, "--expiries", "3", "--open-interest", "1e5") == 0
    chain = read_chain(out)
    assert 0.8e5 < chain.table["open_interest"].sum() <= 1e5
    assert chain.table["expiry"].nunique() == 3
    told = capsys.readouterr().out
    assert f"{len(chain.table):,} options" in told
    assert file_format in told


def test_yahoo_tells_no_spot(tmp_path: Path) -> None:
    out = str(tmp_path / "chain")
    make(out, "--format", "yahoo", "--expiries", "2")
    with pytest.raises(InputError) as raised:
        read_chain(out)
    assert "spot" in str(raised.value) or "quote-time" in str(raised.value)
    assert read_chain(out, spot=4000.0, quote_time="2024-06-14 20:30").spot == 4000.0


def test_a_few_contracts_for_closed_forms(tmp_path: Path) -> None:
    out = str(tmp_path / "chain")
    make(out, *FEW, "--open-interest", "60", "--call-share", "0.5", "--curvature", "0", "--vol", "0.25")
    table = read_chain(out).table
    assert sorted(table["strike"]) == [95.0, 95.0, 100.0, 100.0, 105.0, 105.0]
    assert table["open_interest"].tolist() == [10.0] * 6
    assert table["implied_vol"].tolist() == pytest.approx([0.25] * 6)


def test_options_reach_the_chain(tmp_path: Path) -> None:
    out = str(tmp_path / "chain")
    make(
        *(out, "--symbol", "ndx", "--spot", "12000", "--quote-time", "2023-03-01 12:00", "--term-structure", "0.3/0.2"),
        *("--expiries", "2023-03-17,NDXP:2023-03-17,2024-03-15", "--oi-profile", "call_wall=12500,put_wall=11500"),
        *("--rate", "0", "--dividend-yield", "0", "--skew", "-0.5"),
    )
    chain = read_chain(out)
    assert (chain.symbol, chain.spot, str(chain.quote_time)) == ("NDX", 12_000.0, "2023-03-01 12:00:00-05:00")
    assert chain.table["root"].astype("str").unique().tolist() == ["NDX", "NDXP"]
    near, far = (chain.table[chain.table["expiry_date"] == day] for day in ("2023-03-17", "2024-03-15"))
    vols = [rows.loc[rows["strike"] == 12_000.0, "implied_vol"].iloc[0] for rows in (near, far)]
    assert 0.2 < vols[1] < vols[0] < 0.3
    for kind, wall in (("call", 12_500.0), ("put", 11_500.0)):
        side = chain.table[chain.table["kind"] == kind]
        assert side.groupby("strike")["open_interest"].sum().idxmax() == wall


@pytest.mark.parametrize(("shape", "rises"), [("rising", True), ("falling", False)])
def test_term_structures_by_name(shape: str, rises: bool, tmp_path: Path) -> None:
    out = str(tmp_path / "chain")
    make(out, "--vol", "0.2", "--term-structure", shape, "--strikes", "4000", "--expiries", "4", "--rate", "0")
    table = read_chain(out).table.drop_duplicates("expiry").sort_values("expiry")
    assert table["implied_vol"].is_monotonic_increasing == rises
    assert table["implied_vol"].is_monotonic_decreasing != rises


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "chain.csv"
    make(str(out), *FEW, "--seed", "1")
    before = out.read_bytes()
    with pytest.raises(InputError, match="exists already") as raised:
        make(str(out), *FEW, "--seed", "2", "--vol", "0.3")
    assert raised.value.exit_code == 2
    assert "--force" in str(raised.value.remedy)
    assert out.read_bytes() == before
    make(str(out), *FEW, "--vol", "0.3", "--force")
    assert out.read_bytes() != before


def test_standard_output_has_the_bytes_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(str(tmp_path / "chain"), *FEW, "--quirks", "utf16,crlf")
    capsys.readouterr()
    stream = SimpleNamespace(buffer=io.BytesIO(), flush=lambda: None)
    monkeypatch.setattr("sys.stdout", stream)
    make("-", *FEW, "--quirks", "utf16,crlf")
    assert stream.buffer.getvalue() == (tmp_path / "chain").read_bytes()
    assert "6 options" in capsys.readouterr().err


def test_quirks_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert make("--quirks", "list") == 0
    told = capsys.readouterr().out
    assert all(name in told for name in QUIRKS)
    assert max(len(line) for line in told.splitlines()[:-1]) <= 100


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ((), "OUT"),
        (("-", "--format", "parquet"), "OUT"),
        (("{out}", "--vol", "0"), "--vol"),
        (("{out}", "--vol", "0.2", "--term-structure", "0.1/0.2"), "--term-structure"),
        (("{out}", "--term-structure", "steep"), "--term-structure"),
        (("{out}", "--term-structure", "0.1/x"), "--term-structure"),
        (("{out}", "--term-structure", "0.1/0.2/0.3"), "--term-structure"),
        (("{out}", "--term-structure", "1/0.1"), "--term-structure"),
        (("{out}", "--spot", "nan"), "--spot"),
        (("{out}", "--skew", "-2"), "--skew"),
        (("{out}", "--curvature", "5"), "--curvature"),
        (("{out}", "--expiries", "1000"), "--expiries"),
        (("{out}", "--expiries", "tomorrow"), "--expiries"),
        (("{out}", "--expiries", "2024-07-20"), "--expiries"),
        (("{out}", "--strikes", "a,b"), "--strikes"),
        (("{out}", "--strikes", ""), "--strikes"),
        (("{out}", "--open-interest", "5"), "--open-interest"),
        (("{out}", "--call-share", "2"), "--call-share"),
        (("{out}", "--oi-profile", "bell"), "--oi-profile"),
        (("{out}", "--oi-profile", "call_wall=x"), "--oi-profile"),
        (("{out}", "--oi-profile", "call_wall=4001"), "--oi-profile"),
        (("{out}", "--quote-time", "soon"), "--quote-time"),
        (("{out}", "--seed", "-1"), "--seed"),
        (("{out}", "--symbol", "toolong7"), "--symbol"),
        (("{out}", "--quirks", "nonsense"), "--quirks"),
        (("{out}", "--quirks", "bom", "--format", "parquet"), "--quirks"),
        (("{out}/no/where",), "OUT"),
        (("{folder}", "--force"), "OUT"),
    ],
)
def test_wrong_options_are_named(arguments: tuple[str, ...], key: str, tmp_path: Path) -> None:
    places: dict[str, Any] = {"out": tmp_path / "chain", "folder": tmp_path}
    with pytest.raises(InputError) as raised:
        make(*(argument.format(**places) for argument in arguments))
    assert raised.value.key == key
    assert raised.value.remedy
    assert raised.value.exit_code == 2
    assert not (tmp_path / "chain").exists()
