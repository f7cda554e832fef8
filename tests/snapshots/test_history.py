"""Level histories: a row is what its snapshot says, nothing stops the others, nothing that was saved is lost."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from chain_server import chain_server, whole
from pyarrow import parquet
from small_chain import small_chain

from simhedge.errors import InputError
from simhedge.levels import DEFINITION_NAMES, Sign, SignErrors
from simhedge.snapshots import Asked, read_snapshot
from simhedge.snapshots.history import History, level_history
from simhedge.snapshots.history_file import Saved, check_history_file, read_history
from simhedge.snapshots.overrides import Overrides

TIMES = ("10:30 AM", "11:30 AM", "1:30 PM")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three snapshots of SPX, named against their order in time."""
    return three_snapshots(tmp_path / "chains")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """The history of three snapshots like those in `folder`."""
    return level_history(three_snapshots(tmp_path_factory.mktemp("history") / "chains"))


def three_snapshots(directory: Path) -> Path:
    directory.mkdir()
    for number, (name, time) in enumerate(zip("cab", TIMES, strict=True)):
        (directory / f"{name}.csv").write_bytes(small_chain(100.0 + number, time, puts=1.0 + number))
    return directory


def one(folder: Path, name: str, **chain: object) -> Path:
    path = folder / name
    path.write_bytes(small_chain(**chain))  # type: ignore[arg-type]
    return path


def test_a_row_is_what_its_snapshot_says(folder: Path) -> None:
    asked = Asked(unit="shares", adv_notional=2e5, rate=0.03)
    table = level_history(folder, asked).table
    assert len(table) == 3
    for _, row in table.iterrows():
        told = read_snapshot(row["file"], replace(asked, unit="usd_per_1pct")).as_json()
        exposure, chain, walls = told["exposure"], told["chain"], told["walls"]
        assert row["quote_time"] == pd.Timestamp(chain["quote_time"])
        assert (row["symbol"], row["spot"], row["format"]) == (chain["symbol"], chain["spot"], chain["format"])
        assert (row["gamma_source"], row["gamma_unit"]) == ("vendor", "usd_per_1pct")
        gamma = [exposure["gamma"][side] for side in ("calls", "puts", "net")]
        np.testing.assert_allclose(row[["gamma_calls", "gamma_puts", "gamma_net"]].astype(float), gamma, rtol=1e-12)
        for name in ("delta", "vanna", "charm"):
            assert row[f"{name}_net"] == exposure[name]["net"]
        assert row["zero_gamma"] == told["zero_gamma"]["headline"]
        assert (row["zero_gamma_rule"], row["zero_gamma_roots"]) == ("nearest", len(told["zero_gamma"]["roots"]))
        assert (row["call_wall"], row["put_wall"]) == (walls["call"]["strike"], walls["put"]["strike"])
        assert row["wall_rule"] == walls["call"]["rule"]
        assert row["largest_gamma_strike"] == told["largest_gamma_strike"]
        assert row["contracts_used"] == chain["contracts_used"] == 10
        assert row["open_interest_used"] == chain["open_interest_used"]
        assert row["gain_at_spot"] == told["feedback"]["gain_at_spot"]
        for name in DEFINITION_NAMES:
            for level in ("zero_gamma", "call_wall", "put_wall", "net_gamma"):
                expected = told["definitions"][name][level]
                np.testing.assert_equal(row[f"{name}_{level}"], np.nan if expected is None else expected)
            assert row[f"{name}_net_gamma_unit"] == told["definitions"][name]["unit"]


def test_tipping_levels_are_the_nearest_on_either_side(folder: Path) -> None:
    history = level_history(folder / "a.csv", Asked(adv_notional=5e3, daily_vol=0.02))
    levels = read_snapshot(folder / "a.csv", Asked(adv_notional=5e3, daily_vol=0.02)).as_json()["feedback"]
    below, above = history.table.loc[0, ["tipping_level_below", "tipping_level_above"]]
    assert levels["tipping_levels"]
    assert below == max((x for x in levels["tipping_levels"] if x <= 101.0), default=pytest.approx(np.nan, nan_ok=True))
    assert above == min((x for x in levels["tipping_levels"] if x > 101.0), default=pytest.approx(np.nan, nan_ok=True))


def test_rows_stand_in_order_of_symbol_and_time(folder: Path) -> None:
    one(folder, "0.csv", root="AAA", time="9:45 AM")
    one(folder, "z.csv", root="AAA", time="9:40 AM")
    calls: list[tuple[int, int, str]] = []
    history = level_history([folder], progress=lambda *call: calls.append(call))
    assert list(history.table["symbol"]) == ["AAA"] * 2 + ["SPX"] * 3
    assert history.table["quote_time"].dtype == "datetime64[us, UTC]"
    for _, rows in history.table.groupby("symbol"):
        assert rows["quote_time"].is_monotonic_increasing
    assert calls == [(number, 5, "files") for number in range(1, 6)]
    assert history.failures == []


def test_what_is_no_chain_is_listed_and_stops_nothing(folder: Path, tmp_path: Path) -> None:
    (folder / "README").write_text("Chains of one day.")
    (folder / "cut.csv").write_bytes(small_chain()[:700])
    (folder / "empty.csv").touch()
    (folder / ".hidden.csv").write_bytes(small_chain(time="3:00 PM"))
    (folder / "deeper").mkdir()
    one(folder / "deeper", "chain.csv", time="3:00 PM")
    (tmp_path / "bare").mkdir()
    history = level_history([folder, tmp_path / "bare", tmp_path / "missing.csv", "http://127.0.0.1:1/x"])
    assert len(history.table) == 3
    failed = {Path(file).name: error for file, error in history.failures}
    assert set(failed) == {"README", "cut.csv", "empty.csv", "bare", "missing.csv", "x"}
    assert all(error.file and error.remedy for error in failed.values())
    assert failed["cut.csv"].line == 8


def test_nothing_that_can_be_read(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.csv").write_text("no chain")
    with pytest.raises(InputError, match=r"0\.csv.*no header row.*1\.csv.*2\.csv.*and 2 more"):
        level_history(tmp_path)
    with pytest.raises(InputError, match="no file is named"):
        level_history([])


def test_the_same_snapshot_twice_keeps_the_one_read_last(folder: Path) -> None:
    later = one(folder, "later.csv", spot=100.5)
    history = level_history([folder / "c.csv", later, folder / "a.csv"])
    assert history.duplicates == 1
    assert list(history.table["spot"]) == [100.5, 101.0]
    swapped = level_history([later, folder / "c.csv", folder / "a.csv"])
    assert list(swapped.table["spot"]) == [100.0, 101.0]


def test_a_file_named_twice_is_read_once(folder: Path) -> None:
    history = level_history([folder, folder / "a.csv", os.path.join(folder, "..", folder.name, "a.csv")])
    assert (len(history.table), history.duplicates) == (3, 0)


def test_an_address_among_the_files(folder: Path) -> None:
    with chain_server() as server:
        server.answer = whole(small_chain(time="3:00 PM"))
        history = level_history([folder / "a.csv", server.address])
    assert list(history.table["file"]) == [str(folder / "a.csv"), server.address]


@pytest.mark.parametrize(
    ("overrides", "asked", "key"),
    [
        (Overrides(spot=100.0), Asked(), "spot"),
        (Overrides(quote_time="2022-12-12 12:00"), Asked(), "quote_time"),
        (Overrides(spot=-1.0), Asked(), "spot"),
        (Overrides(quote_time="noon"), Asked(), "quote_time"),
        (Overrides(root=" "), Asked(), "root"),
    ],
)
def test_what_no_snapshot_can_share_is_refused_at_once(
    folder: Path, overrides: Overrides, asked: Asked, key: str
) -> None:
    with pytest.raises(InputError) as caught:
        level_history(folder, asked, overrides=overrides)
    assert caught.value.key == key
    assert caught.value.remedy


def test_overrides_reach_the_reader(folder: Path) -> None:
    overrides = Overrides(spot=103.0, quote_time="2022-12-12 12:00", root="SPXW")
    row = level_history(folder / "a.csv", overrides=overrides).table.loc[0]
    assert row["spot"] == 103.0
    assert row["quote_time"] == pd.Timestamp("2022-12-12 17:00", tz="UTC")


@pytest.mark.parametrize("name", ["levels.parquet", "levels.PQ", "levels.csv"])
def test_saved_and_read_again_it_is_the_same(history: History, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert history.save(path) == Saved(rows=3, added=3, replaced=0)
    again = read_history(path)
    pd.testing.assert_frame_equal(again, history.table)
    assert again.attrs == ({} if name.endswith("csv") else {"conventions": history.conventions})
    assert [entry.name for entry in tmp_path.iterdir()] == [name]


def test_saving_adds_and_replaces_and_loses_nothing(history: History, tmp_path: Path) -> None:
    path = tmp_path / "levels.parquet"
    history.save(path)
    other = tmp_path / "other"
    other.mkdir()
    one(other, "same moment.csv", spot=99.0, time=TIMES[1])
    one(other, "new.csv", time="2:30 PM", puts=0.0)
    more = level_history(other)
    assert more.save(path) == Saved(rows=4, added=1, replaced=1)
    table = read_history(path)
    assert list(table["spot"]) == [100.0, 99.0, 102.0, 100.0]
    pd.testing.assert_frame_equal(table.iloc[[0, 2]], history.table.iloc[[0, 2]])
    assert more.save(path) == Saved(rows=4, added=0, replaced=2)
    pd.testing.assert_frame_equal(read_history(path), table)


@pytest.mark.parametrize(
    ("asked", "overrides", "told"),
    [
        (Asked(rate=0.04), Overrides(), "rate 0.0 there, 0.04 asked"),
        (Asked(gamma="model"), Overrides(), "gamma auto there, model asked"),
        (Asked(sign=Sign.parse("calls=-1,puts=1")), Overrides(), "sign"),
        (Asked(definitions=("gflows",)), Overrides(), "definitions"),
        (Asked(adv_notional=1e9), Overrides(), "adv_notional unset there"),
        (Asked(), Overrides(keep_expired=True), "keep_expired false there, true asked"),
        (Asked(), Overrides(root="spxw"), "root unset there, SPXW asked"),
    ],
)
def test_other_conventions_are_not_mixed(
    history: History, folder: Path, tmp_path: Path, asked: Asked, overrides: Overrides, told: str
) -> None:
    path = tmp_path / "levels.parquet"
    history.save(path)
    before = path.read_bytes()
    other = level_history(folder, asked, overrides=overrides)
    for refuse in (lambda: other.save(path), lambda: check_history_file(path, other.conventions)):
        with pytest.raises(InputError, match=told) as caught:
            refuse()
        assert caught.value.remedy
        assert path.read_bytes() == before
    assert other.save(path, overwrite=True) == Saved(3, 3, 0)
    assert read_history(path).attrs["conventions"] == other.conventions


def test_what_changes_no_row_is_no_other_convention(history: History, folder: Path, tmp_path: Path) -> None:
    history.save(tmp_path / "levels.parquet")
    asked = Asked(unit="shares", errors=SignErrors(), daily_vol=0.5, definitions=DEFINITION_NAMES)
    assert level_history(folder, asked).save(tmp_path / "levels.parquet") == Saved(3, 0, 3)


@pytest.mark.parametrize("name", ["levels.parquet", "levels.csv"])
def test_a_file_of_someone_else_stays(history: History, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for content in (b"", b"PAR1 but nothing else", b"symbol,quote_time\n"):
        path.write_bytes(content)
        with pytest.raises(InputError, match="exists") as caught:
            history.save(path)
        assert "overwrite" in str(caught.value.remedy)
        assert path.read_bytes() == content
    assert history.save(path, overwrite=True).rows == 3
    assert len(read_history(path)) == 3


@pytest.mark.parametrize("metadata", [{}, {b"simhedge": b'{"kind": "chain", "conventions": {}}'}, {b"simhedge": b"x"}])
def test_a_parquet_file_that_is_no_history_stays(
    history: History, tmp_path: Path, metadata: dict[bytes, bytes]
) -> None:
    path = tmp_path / "levels.parquet"
    parquet.write_table(pa.Table.from_pandas(history.table).replace_schema_metadata(metadata), path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="no level history"):
        history.save(path)
    with pytest.raises(InputError, match="no level history"):
        read_history(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("levels.json", "neither Parquet nor CSV"),
        ("levels", "neither Parquet nor CSV"),
        ("nowhere/levels.parquet", "directory does not exist"),
        ("folder.parquet", "is a directory"),
        ("x" * 300 + ".parquet", "cannot be written"),
        ("a\0b.parquet", "cannot be written"),
    ],
)
def test_places_that_take_no_file(history: History, tmp_path: Path, place: str, message: str) -> None:
    (tmp_path / "folder.parquet").mkdir()
    with pytest.raises(InputError, match=message) as caught:
        history.save(tmp_path / place)
    assert caught.value.key == "--out"


def test_a_write_that_fails_leaves_the_old_file(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "levels.parquet"
    history.save(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(InputError, match="No space left"):
        history.save(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_link_stays_a_link(history: History, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "levels.parquet"
    link.symlink_to(tmp_path / "real" / "levels.parquet")
    history.save(link)
    history.save(link)
    assert link.is_symlink()
    assert len(read_history(tmp_path / "real" / "levels.parquet")) == 3


def test_no_history_to_read(tmp_path: Path) -> None:
    for name in ("missing.parquet", "missing.csv"):
        with pytest.raises(InputError, match="no such file"):
            read_history(tmp_path / name)
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="no level history"):
        read_history(tmp_path / "x.csv")
