"""Damaged files of every format: a chain whose levels compute, or a refusal that says what to do, and nothing else."""

from __future__ import annotations

import io
import itertools
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutations import BAD_CELLS, MANY_NESTED, bad_value, damaged, damaged_bytes, damaged_table
from reading_law import check_law

from simhedge.chains import Chain, read_chain
from simhedge.chains.formats.parquet import KEY
from simhedge.chains.making.generator import Made, make_chain
from simhedge.chains.making.recipe import USUAL_RECIPES
from simhedge.chains.making.writers import WRITERS
from simhedge.errors import InputError

FORMATS = tuple(WRITERS)
TEXT_FORMATS = tuple(name for name in FORMATS if name != "parquet")
TABLE_FORMATS = ("yahoo", "long")
JSON_FORMATS = ("delayed-json", "deribit", "nse")
STRIKES = (0.9, 0.97, 1.0, 1.04, 1.1)  # times spot
GIVEN = {"spot": 4000.0, "quote_time": "2024-06-14 20:30"}  # Yahoo's tables tell neither

often = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
seeds = st.integers(0, 2**40)


@cache
def made(market: str) -> Made:
    usual = USUAL_RECIPES[market]
    strikes = tuple(round(usual.spot * share, 3) for share in STRIKES)
    return make_chain(replace(usual, expiries=2, strikes=strikes, open_interest=5000.0))


@cache
def sound(name: str) -> bytes:
    content = WRITERS[name].write(made(WRITERS[name].market or "us_options"))
    return content if isinstance(content, bytes) else content.encode()


def reader(path: Path, content: bytes, **options: Any) -> Callable[[], Chain]:
    """Reads this content from a file at the path."""
    path.write_bytes(content)
    given = GIVEN if content[:400].lower().count(b"contractsymbol") else {}
    return lambda: read_chain(path, **(given | options))


@pytest.mark.parametrize("name", FORMATS)
def test_undamaged_files_keep_the_law(tmp_path: Path, name: str) -> None:
    assert check_law(reader(tmp_path / "chain", sound(name))) == "chain"


@pytest.mark.parametrize("name", TEXT_FORMATS)
@often
@given(seed=seeds)
def test_damaged_text(tmp_path: Path, name: str, seed: int) -> None:
    check_law(reader(tmp_path / "chain", damaged(sound(name).decode(), Random(seed))))


@often
@given(seed=seeds)
def test_damaged_parquet(tmp_path: Path, seed: int) -> None:
    check_law(reader(tmp_path / "chain", damaged_bytes(sound("parquet"), Random(seed))))


@pytest.mark.parametrize("name", TABLE_FORMATS)
@often
@given(seed=seeds)
def test_damaged_tables(name: str, seed: int) -> None:
    table = damaged_table(pd.read_csv(io.BytesIO(sound(name))), Random(seed))
    check_law(lambda: read_chain(table, **GIVEN))


@pytest.mark.filterwarnings("ignore::UserWarning")  # Arrow's about names that are no text
@pytest.mark.parametrize("is_ours", [True, False])
@often
@given(seed=seeds)
def test_damaged_tables_as_parquet(tmp_path: Path, is_ours: bool, seed: int) -> None:
    table = damaged_table(read_chain(write(tmp_path / "sound", sound("parquet"))).table, Random(seed))
    told = pq.read_schema(pa.BufferReader(sound("parquet"))).metadata[KEY] if is_ours else b"{}"
    try:
        content = parquet(pa.Table.from_pandas(table), KEY if is_ours else b"other", told)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        return  # what Arrow cannot write nobody has to read
    check_law(reader(tmp_path / "chain", content))


@often
@given(seed=seeds)
def test_damaged_headings_of_parquet(tmp_path: Path, seed: int) -> None:
    random, table = Random(seed), pq.read_table(pa.BufferReader(sound("parquet")))
    heading = json.loads(table.schema.metadata[KEY])
    name, odd = random.choice(sorted(heading)), ("Etc/GMT+14", "/etc", "0001-01-01T00:10:00+00:00", 1e8, 1e-300)
    heading[name] = random.choice((bad_value(random), bad_value(random), *odd))
    check_law(reader(tmp_path / "chain", parquet(table, KEY, json.dumps(heading).encode())))


def parquet(table: pa.Table, key: bytes, told: bytes) -> bytes:
    content = io.BytesIO()
    pq.write_table(table.replace_schema_metadata((table.schema.metadata or {}) | {key: told}), content)
    return content.getvalue()


@often
@given(seed=seeds)
def test_a_file_of_two_formats(tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    first, second = (sound(random.choice(TEXT_FORMATS)) for _ in range(2))
    content = first[: random.randint(0, len(first))] + second[random.randint(0, len(second)) :]
    check_law(reader(tmp_path / "chain", content))


@pytest.mark.parametrize("name", FORMATS)
def test_damage_spoils_some_files_and_leaves_others(tmp_path: Path, name: str) -> None:
    damage = damaged_bytes if name == "parquet" else damaged
    content: Any = sound(name) if name == "parquet" else sound(name).decode()
    told = [check_law(reader(tmp_path / "chain", damage(content, Random(seed)))) for seed in range(40)]
    assert told.count("refused") > 5
    assert "chain" in told or name == "parquet"  # whose checksums find almost everything


@pytest.mark.parametrize("name", TEXT_FORMATS)
def test_files_cut_anywhere(tmp_path: Path, name: str) -> None:
    content = sound(name)
    told = [check_law(reader(tmp_path / "chain", content[:size])) for size in range(1, len(content), 161)]
    assert told.count("refused") > 3 if name in JSON_FORMATS else "refused" in told


@pytest.mark.parametrize("name", ["quotedata", "long", "yahoo"])
def test_a_bad_cell_in_every_column(tmp_path: Path, name: str) -> None:
    lines = sound(name).decode().splitlines()
    last = lines[-1].split(",")
    bad = [*enumerate(BAD_CELLS), *((place, "-1") for place in range(len(last)))]
    for number, cell in bad:
        place = number % len(last)
        changed = [*lines[:-1], ",".join([*last[:place], cell, *last[place + 1 :]])]
        check_law(reader(tmp_path / "chain", "\n".join(changed).encode("utf-8", "replace")))


@pytest.mark.parametrize("opened", ["[", '{"data":', '{"data":{"options":[', '{"records":{"data":[', '[{"result":['])
def test_nesting_without_end(tmp_path: Path, opened: str) -> None:
    for content in (opened * MANY_NESTED, sound("deribit").decode().replace("[", opened * MANY_NESTED, 1)):
        with pytest.raises(InputError) as caught:
            reader(tmp_path / "chain", content.encode())()
        assert caught.value.remedy


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_keys_twice_the_last_one_holds(tmp_path: Path, name: str) -> None:
    text = sound(name).decode()
    twice = text.replace('"open', '"open_interest":null,"openInterest":[],"open')
    assert check_law(reader(tmp_path / "chain", twice.encode())) == "chain"


@pytest.mark.parametrize("name", JSON_FORMATS)
def test_values_of_another_type_everywhere(tmp_path: Path, name: str) -> None:
    tree = json.loads(sound(name))
    tree.pop("filtered", None)  # NSE's, where the rows stand a second time
    values = itertools.cycle([None, [], {}, "x", True, 10**400, -1, [[]], {"a": 1}, "\ud800", 1e300])
    for holder, key in holders(tree):
        before = holder[key]
        for value in itertools.islice(values, 2):
            holder[key] = value
            check_law(reader(tmp_path / "chain", json.dumps(tree).encode()))
        holder[key] = before


def holders(tree: Any) -> list[tuple[Any, Any]]:
    """(holder, key) of the first of each kind of value in a JSON tree."""
    found: dict[str, tuple[Any, Any]] = {}

    def walk(node: Any, name: str) -> None:
        for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            inner = f"{name}.{key if isinstance(node, dict) else ''}"
            found.setdefault(inner, (node, key))
            if isinstance(value, dict | list):
                walk(value, inner)

    walk(tree, "")
    return list(found.values())


ODD_TABLES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "empty": lambda table: table.iloc[:0],
    "no columns": lambda table: pd.DataFrame(index=table.index),
    "objects with None": lambda table: table.astype(object).map(lambda cell: None if cell == 0 else cell),
    "pyarrow": lambda table: table.convert_dtypes(dtype_backend="pyarrow"),
    "nullable": lambda table: table.convert_dtypes(),
    "categories": lambda table: table.astype("category"),
    "text": lambda table: table.astype("str"),
    "columns twice": lambda table: pd.concat([table, table], axis=1),
    "two levels of columns": lambda table: table.set_axis(
        pd.MultiIndex.from_product([table.columns, ["x"]]), axis="columns"
    ),
    "numbered columns": lambda table: table.set_axis(range(table.shape[1]), axis="columns"),
    "index twice": lambda table: pd.concat([table, table]),
    "symbols as index": lambda table: table.set_index(table.columns[table.columns.str.contains("ymbol")][0]),
    "two levels of rows": lambda table: table.set_index(["strike", "bid"]),
    "lists": lambda table: table.assign(bid=[[1.0]] * len(table)),
    "complex": lambda table: table.assign(ask=table["ask"].astype("complex128")),
    "moments as strikes": lambda table: table.assign(strike=pd.Timestamp("2024-06-14")),
    "spans as bids": lambda table: table.assign(bid=pd.Timedelta(days=1)),
    "booleans": lambda table: table.assign(volume=True),
    "float16": lambda table: table.assign(volume=table["volume"].astype("float16")),
    "infinite": lambda table: table.assign(ask=np.inf),
}


@pytest.mark.parametrize("name", TABLE_FORMATS)
@pytest.mark.parametrize("odd", ODD_TABLES)
def test_odd_tables(name: str, odd: str) -> None:
    table = ODD_TABLES[odd](pd.read_csv(io.BytesIO(sound(name))))
    before = table.copy(deep=True)
    check_law(lambda: read_chain(table, **GIVEN))
    pd.testing.assert_frame_equal(table, before)


# What is left of them has no option symbols, or Arrow cannot hold it.
@pytest.mark.parametrize("odd", sorted(ODD_TABLES.keys() - {"symbols as index", "complex", "columns twice"}))
def test_odd_tables_as_parquet_of_ours(tmp_path: Path, odd: str) -> None:
    schema = pq.read_schema(pa.BufferReader(sound("parquet")))
    table = pa.Table.from_pandas(ODD_TABLES[odd](read_chain(write(tmp_path / "sound", sound("parquet"))).table))
    check_law(reader(tmp_path / "chain", parquet(table, KEY, schema.metadata[KEY])))


def test_prices_of_the_underlying_that_are_far_apart() -> None:
    table = pd.read_csv(io.BytesIO(sound("long")))
    prices = [1e300] + [1e-300] * (len(table) - 1)
    assert check_law(lambda: read_chain(table.assign(underlying_price=prices))) == "refused"


def test_a_column_twice_in_parquet(tmp_path: Path) -> None:
    table = pq.read_table(pa.BufferReader(sound("parquet")))
    content = parquet(table.append_column("strike", table["strike"]), KEY, table.schema.metadata[KEY])
    assert check_law(reader(tmp_path / "chain", content)) == "refused"


@pytest.mark.parametrize("odd", ["nullable", "pyarrow", "categories", "text", "objects", "symbols as index"])
def test_dtypes_that_say_the_same_give_the_same_chain(odd: str) -> None:
    table = pd.read_csv(io.BytesIO(sound("long")))
    changed = table.astype(object) if odd == "objects" else ODD_TABLES[odd](table)
    pd.testing.assert_frame_equal(read_chain(changed, **GIVEN).table, read_chain(table, **GIVEN).table)


# What fuzzing found: format, what is replaced, by what. The first ended in a traceback, the last took minutes.
FOUND = {
    "price too small": ("nse", '"underlyingValue":23000.0', '"underlyingValue":1e-300'),
    "price too large": ("nse", '"underlyingValue":23000.0', '"underlyingValue":1e29'),
    "trade at the end of time": ("delayed-json", "2024-06-14T20:15:00", "9999-12-31T23:59:59"),
    "time stamp at the end of time": ("delayed-json", "2024-06-15 00:30:00", "9999-12-31 23:59:59"),
    "seconds too many": ("long", "2024-06-14 20:30:00-04:00", "6/14/2024 20:30:99"),
    "blanks in a moment": ("long", "2024-06-14 20:30:00-04:00", "2024-06-14" + " " * 60_000 + "x"),
    "blanks in the heading": ("quotedata", "June 14, 2024 at 8:30 PM EDT", "June" + "\x0b" * 60_000 + "x"),
    "blanks before the bid": ("quotedata", "June 14, 2024 at 8:30 PM EDT", "June" + "\u2028" * 60_000 + "x"),
    "columns without end": ("long", "strike,", "strike," + "," * 45_000),
}


@pytest.mark.parametrize("case", FOUND)
def test_what_fuzzing_found(tmp_path: Path, case: str) -> None:
    name, before, after = FOUND[case]
    text = sound(name).decode()
    assert before in text
    for times in (1, -1):
        check_law(reader(tmp_path / "chain", text.replace(before, after, times).encode()))


def large(name: str) -> bytes:
    """About 1 MB of the format, by repeating or by long cells."""
    text = sound(name).decode()
    if name in JSON_FORMATS:
        return ("[" + ",".join([text] * (1_000_000 // len(text))) + "]").encode()
    return (text + text * (1_000_000 // len(text))).encode()


HEAVY: dict[str, Callable[[], bytes]] = {
    **{f"{name} many times": lambda name=name: large(name) for name in TEXT_FORMATS},  # type: ignore[misc]
    "one long line": lambda: b"strike,expiry,type,open_interest" + b"," * 1_000_000,
    "many columns": lambda: sound("long").replace(b"\n", b"," * 20_000 + b"\n"),
    "many blank lines": lambda: sound("quotedata") + b"\n" * 1_000_000,
    "many quotes": lambda: sound("quotedata") + b'"' * 1_000_000,
    "deep": lambda: b"[" * 1_000_000,
    "long word": lambda: sound("delayed-json").replace(b'"option":"', b'"option":"' + b"A" * 50_000),
    "long number": lambda: sound("deribit").replace(b"60000", b"6" * 60_000),
    "cut parquet": lambda: sound("parquet")[:-100] + bytes(1000),
}


@pytest.mark.parametrize("case", HEAVY)
def test_memory_is_bounded_by_the_size_of_the_file(tmp_path: Path, case: str) -> None:
    content = HEAVY[case]()
    read = reader(tmp_path / "chain", content)
    tracemalloc.start()
    try:
        check_law(read)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50e6 + 100 * len(content)


@pytest.mark.parametrize("moment", ["1990-01-02", "2060-12-30", "2024-06-17 11:00", "0002-01-01", "9998-12-31"])
@pytest.mark.parametrize("name", FORMATS)
def test_any_quote_time(tmp_path: Path, name: str, moment: str) -> None:
    check_law(reader(tmp_path / "chain", sound(name), quote_time=moment))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
