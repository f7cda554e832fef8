"""Lines of cells as columns: the sweep and the line-by-line way agree, and what is wrong is named by its line."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.formats.separated import numbers, read_body, split_line
from simhedge.errors import InputError

CELL = st.text("abc019.- ", min_size=1, max_size=5).map(lambda cell: f"x{cell.strip()}")


@given(st.lists(st.lists(CELL, min_size=3, max_size=3), min_size=1, max_size=6))
def test_both_ways_give_the_same_cells(rows: list[list[str]]) -> None:
    plain = "".join(",".join(row) + "\n" for row in rows)
    quoted = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
    for text in (plain, quoted):
        body = read_body(text, 7, ",", 3, [0, 2], "x.csv")
        assert body.columns[2].to_pylist() == [row[2] for row in rows]
        assert body.line.tolist() == list(range(7, 7 + len(rows)))


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8), st.booleans())
def test_numbers_come_back_as_written(values: list[float], with_blank: bool) -> None:
    cells = [repr(value) for value in values] + ["--"] * with_blank
    found = numbers(pa.array(cells), np.arange(len(cells)), "bid", "x.csv", may_group=True)
    assert found.tolist()[: len(values)] == values
    assert np.isnan(found[len(values) :]).all()


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1,234", 1234.0), ("12,345,678.5", 12345678.5), (" 7 ", 7.0), ("+2", 2.0), (".5", 0.5), ("N/A", math.nan)],
)
def test_grouped_and_odd_numbers(cell: str, value: float) -> None:
    found = numbers(pa.array([cell, "1"]), np.array([3, 4]), "bid", "x.csv", may_group=True)
    np.testing.assert_array_equal(found, [value, 1.0])


@pytest.mark.parametrize("cell", ["1,23", "0,234", "12,34,567", "1_000", "0x10", "inf", "1e999", "1.2.3", "$5", "١"])
def test_what_is_no_number(cell: str) -> None:
    with pytest.raises(InputError) as caught:
        numbers(pa.array(["1", cell]), np.array([3, 4]), "bid", "x.csv", may_group=True)
    assert (caught.value.line, caught.value.key, caught.value.value) == (4, "bid", cell)
    assert caught.value.remedy


def test_commas_between_thousands_only_where_they_may_be() -> None:
    with pytest.raises(InputError, match="a decimal comma"):
        numbers(pa.array(["1,234"]), np.array([3]), "delta", "x.csv", may_group=False)


def test_lines_of_another_length_are_named() -> None:
    for text in ("a,b\nc\n", "a,b\nc,d,e\n", 'a,b\n"c,d",\n,"e,f",g\n'):
        with pytest.raises(InputError, match="cells where the header has 2") as caught:
            read_body(text, 10, ",", 2, [0], "x.csv")
        assert caught.value.line == (12 if '"' in text else 11)


@pytest.mark.parametrize("line", ['c,"d', 'c,d"', '"c,d', '"c","d,"e"'])
def test_an_unclosed_quote_swallows_nothing(line: str) -> None:
    with pytest.raises(InputError, match="a quote that is not closed") as caught:
        read_body(f'a,b\n{line}\ne,f\ng,"h"\n', 10, ",", 2, [0], "x.csv")
    assert caught.value.line == 11


def test_a_cell_without_end_is_an_error_and_no_traceback() -> None:
    with pytest.raises(InputError, match="no cells") as caught:
        split_line('"' + "x" * 200_000, ",", 4, "x.csv")
    assert caught.value.line == 4
