"""Tables with a header: what is found by name, lines of cells, blanks, and the same columns from text and DataFrame."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simhedge.chains.formats.columns import (
    Sheet,
    distinct,
    find_header,
    locate,
    numbers,
    quantities,
    sheet_of_table,
    sheet_of_text,
    spelled,
    spellings,
    words,
)
from simhedge.errors import InputError

KNOWN = {"strike": spellings("strike strike_price"), "oi": spellings("open_interest", "interest"), "k": spellings("k")}


def is_ours(names: list[str]) -> bool:
    return "strike" in [spelled(name) for name in names]


def sheet_of(text: str) -> Sheet:
    header = find_header(text, is_ours)
    assert header is not None
    return sheet_of_text(text, header, KNOWN, "file.csv")


@settings(max_examples=60, deadline=None)
@given(
    values=st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
    quoted=st.booleans(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_a_text_gives_the_numbers_of_the_dataframe(
    values: list[float | None], delimiter: str, quoted: bool, end: str
) -> None:
    table = pd.DataFrame({"k": range(len(values)), "strike": pd.Series(values, dtype="float64")})
    text = table.to_csv(index=False, sep=delimiter, quoting=1 if quoted else 0).replace("\n", end)
    read, given_table = sheet_of(text), sheet_of_table(table, KNOWN, "DataFrame")
    np.testing.assert_array_equal(numbers(read, 1), numbers(given_table, 1))
    assert read.line.tolist() == [row + 2 for row in range(len(values))]
    assert given_table.line.tolist() == [row + 1 for row in range(len(values))]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_blank_lines_move_no_line_number(data: st.DataObject) -> None:
    blanks = data.draw(st.lists(st.integers(0, 3), min_size=3, max_size=3))
    rows = [data.draw(st.sampled_from(["", ",", ", ,", '""'])) + "\n" for _ in range(sum(blanks))]
    text, expected = "strike,k\n", []
    for number, count in enumerate(blanks):
        text += "".join(rows.pop() for _ in range(count)) + f"{number},1\n"
        expected.append(text.count("\n"))
    assert sheet_of(text).line.tolist() == expected


@pytest.mark.parametrize(
    "name", ["Open Interest", "open_interest", "openInterest", " OPEN.INTEREST ", "[OPEN-INTEREST]"]
)
def test_names_are_compared_without_case_and_punctuation(name: str) -> None:
    sheet = sheet_of(f"{name};Strike;note\n3;100;x\n")
    assert locate(sheet, KNOWN) == {"strike": 1, "oi": 0}


def test_the_header_may_stand_below_other_lines() -> None:
    sheet = sheet_of("\ufeffsep=,\n# chain of Monday\nStrike,k,\n100,1,\n")
    assert (sheet.header_line, sheet.line.tolist(), numbers(sheet, 0).tolist()) == (3, [4], [100.0])
    assert find_header("a,b\n1,2\n", is_ours) is None
    assert find_header("", is_ours) is None


def test_earlier_names_win_and_synonyms_are_refused() -> None:
    assert locate(sheet_of("strike,interest,open_interest\n1,2,3\n"), KNOWN)["oi"] == 2
    for header in ("strike,strike", "strike,Strike Price"):
        with pytest.raises(InputError, match="2 columns for strike") as caught:
            locate(sheet_of(header + "\n1,2\n"), KNOWN)
        assert (caught.value.line, caught.value.key) == (1, "strike")


@pytest.mark.parametrize("blank", ["", " ", "-", "--", "N/A", "nan", "NULL", "None", "<NA>", "NaT", "#N/A"])
def test_blank_cells(blank: str) -> None:
    values, blanks = quantities(sheet_of(f"k,strike\n1,{blank}\n2,7\n"), 1)
    assert (values.tolist(), blanks) == ([0.0, 7.0], 1)


@pytest.mark.parametrize(
    ("cell", "value"),
    [('"1,234.5"', 1234.5), ("$12", 12.0), ("25.5%", 0.255), ("+3", 3.0), ("1e3", 1000.0), (" 4 ", 4.0), (".5", 0.5)],
)
def test_spellings_of_numbers(cell: str, value: float) -> None:
    assert numbers(sheet_of(f"k,strike\n1,{cell}\n1,2\n"), 1) == pytest.approx([value, 2.0])


@pytest.mark.parametrize("cell", ["x", "inf", "-Infinity", "1e999", "0x10", "1_0", "1.2.3", '"12,5"', "٣"])
def test_cells_that_are_no_numbers_name_line_and_column(cell: str) -> None:
    with pytest.raises(InputError) as caught:
        numbers(sheet_of(f"k,Strike\n1,2\n\n1,{cell}\n"), 1)
    assert (caught.value.file, caught.value.line, caught.value.key) == ("file.csv", 4, "Strike")
    assert caught.value.value == cell.strip('"')
    assert caught.value.remedy


def test_a_decimal_comma_is_never_a_thousands_separator() -> None:
    with pytest.raises(InputError, match="decimal comma"):
        numbers(sheet_of("k;strike\n1;1,500\n"), 1)


@pytest.mark.parametrize("damaged", ["1,2,3", "1", '1,"2', '"1,2'])
def test_lines_with_other_cells_are_named(damaged: str) -> None:
    with pytest.raises(InputError) as caught:
        sheet_of(f"k,strike\n1,2\n{damaged}\n1,2\n")
    assert caught.value.line == 3


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1.5, None, 3.0]),
        pd.Series([1.5, None, 3.0], dtype="Float64"),
        pd.Series([1.5, None, 3.0], dtype="double[pyarrow]"),
        pd.Series([1.5, None, 3.0], dtype="object"),
        pd.Series([1.5, None, 3.0], dtype="category"),
        pd.Series(["1.5", None, "3"]),
        pd.Series(["1.5", "", 3], dtype="object"),
        pd.Series([Decimal("1.5"), None, Decimal(3)], dtype="object"),
        pd.Series([1.5, math.nan, 3.0]).astype("string"),
    ],
    ids=lambda column: str(column.dtype),
)
def test_columns_of_any_dtype(column: pd.Series) -> None:
    table = pd.DataFrame({"strike": column, "k": 1})
    before = table.copy()
    values = numbers(sheet_of_table(table, KNOWN, "DataFrame"), 0)
    np.testing.assert_array_equal(values, [1.5, np.nan, 3.0])
    values[:] = 0.0  # the user's table stays as it was
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize("column", [[[1], [2]], [1, "x"], [10**400, 1], [np.inf, 1.0]])
def test_columns_of_other_things(column: list[object]) -> None:
    table = pd.DataFrame({"strike": pd.Series(column, dtype="object")})
    with pytest.raises(InputError):
        numbers(sheet_of_table(table, KNOWN, "DataFrame"), 0)


def test_rows_without_anything_known_are_left_out() -> None:
    table = pd.DataFrame({"k": ["1", " ", None], "strike": [5.0, None, None], "note": ["", "x", "y"]})
    assert sheet_of_table(table, KNOWN, "DataFrame").line.tolist() == [1]


def test_index_levels_are_columns() -> None:
    table = pd.DataFrame({"k": [1, 2], "strike": [5.0, 6.0]}).set_index("strike")
    sheet = sheet_of_table(table, KNOWN, "DataFrame")
    assert numbers(sheet, locate(sheet, KNOWN)["strike"]).tolist() == [5.0, 6.0]


def test_words_and_their_rows() -> None:
    sheet = sheet_of("k,strike\n a ,1\nb,2\n,3\na,4\n")
    at, written = distinct(words(sheet, 0))
    assert [written[place] for place in at] == ["a", "b", "", "a"]
    kept = sheet.rows(np.array([True, False, False, True]))
    assert (kept.line.tolist(), numbers(kept, 1).tolist()) == ([2, 5], [1.0, 4.0])
