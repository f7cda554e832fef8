"""JSON texts as they are found: cut short, broken, hostile; and columns of numbers out of records."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.chains.formats.json_text import line_of, lines_of, load_json, numbers, refuse_where
from simhedge.errors import InputError

FILE = "chain.json"
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(ANY_JSON)
def test_what_json_writes_is_read_back(value: object) -> None:
    assert load_json(json.dumps(value), FILE) == value


@given(ANY_JSON, st.integers(min_value=0, max_value=200))
def test_a_text_cut_anywhere_is_read_or_refused(value: object, length: int) -> None:
    whole = json.dumps({"rows": value})
    if length >= len(whole):
        assert load_json(whole[:length], FILE) == {"rows": value}
        return
    with pytest.raises(InputError, match="cut short") as caught:
        load_json(whole[:length], FILE)
    assert caught.value.line == 1


@pytest.mark.parametrize(
    "text", ["", "{", '{"a": 1', '{"a": "x', '{"a": tr', '{"a": 1.', "[1, 2,", '["\\u12', "[-", "nul"]
)
def test_a_text_cut_short_says_so(text: str) -> None:
    with pytest.raises(InputError, match="the file is cut short"):
        load_json(text, FILE)


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('{"a": 1]}', 1, "expecting ',' delimiter"),
        ('{\n"a" 1}', 2, "expecting ':' delimiter"),
        ('{"a": 1}\n{"b": 2}', 2, "extra data"),
        ('["\x01"]', 1, "control character"),
        ("<html>", 1, "expecting value"),
    ],
)
def test_broken_json_names_line_and_column(text: str, line: int, told: str) -> None:
    with pytest.raises(InputError, match=told) as caught:
        load_json(text, FILE)
    assert (caught.value.line, caught.value.file) == (line, FILE)
    assert f"column {json_column(text)}" == caught.value.key


def json_column(text: str) -> int:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    return caught.value.colno


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" + "9" * 5_000 + "]"])
def test_hostile_texts_are_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"nested too deeply|digits"):
        load_json(text, FILE)


def test_tokens_outside_the_standard() -> None:
    assert load_json("[NaN]", FILE) == [None]
    assert load_json("[Infinity, -Infinity]", FILE) == [math.inf, -math.inf]


def test_half_a_character_becomes_the_replacement_character() -> None:
    assert load_json('["\\ud800", "\\udc00x", "\\ud83d\\ude00"]', FILE) == ["\ufffd", "\ufffdx", "\U0001f600"]


def test_line_of_a_symbol() -> None:
    text = '[\n{"option": "A"},\n{"option": "B"}]'
    assert [line_of(text, '"A"'), line_of(text, '"B"'), line_of(text, '"C"')] == [2, 3, 1]


def test_lines_of_symbols_in_order() -> None:
    text = '[\n{"option": "A1"},\n\n{"option": "B1"}, {"option": "C1"}]'
    assert lines_of(text, ["A1", "", "B1", "none", "C1"]).tolist() == [2, 2, 4, 4, 4]
    assert lines_of("one line", ["A1", "B1"]).tolist() == [1, 1]


def column(*values: object, blank: float = 0.0) -> tuple[list[float], int]:
    records = [{"option": f"X{place}", "iv": value} for place, value in enumerate(values)]
    found, blanks = numbers(records, "iv", file=FILE, text="", place="options", blank=blank)
    return found.tolist(), blanks


@given(st.lists(st.floats(-1e29, 1e29) | st.integers(-(10**29), 10**29)))
def test_numbers_are_kept(values: list[float]) -> None:
    assert column(*values) == ([float(value) for value in values], 0)


@given(st.lists(st.floats(-1e12, 1e12)))
def test_numbers_may_be_strings(values: list[float]) -> None:
    assert column(*(repr(value) for value in values)) == (values, 0)


def test_blanks_are_counted() -> None:
    values, blanks = column(1, None, "-", "", " n/a ", math.nan, "1,234.5", 2.5, blank=-1.0)
    assert (values, blanks) == ([1.0, -1.0, -1.0, -1.0, -1.0, -1.0, 1234.5, 2.5], 5)
    missing, count = numbers([{}, {"iv": 1}], "iv", file=FILE, text="", place="options", blank=np.nan)
    assert math.isnan(missing[0])
    assert count == 1


@pytest.mark.parametrize(
    "value",
    ["abc", "1.2.3", "1_000", "١x", True, [], {}, math.inf, -math.inf, "inf", 1e30, "1e300", 10**400, "9" * 400],
)
def test_what_is_no_finite_number_is_named(value: object) -> None:
    text = '[\n{"option": "X0"},\n{"option": "X1"}]'
    records = [{"option": "X0", "iv": 1.0}, {"option": "X1", "iv": value}]
    with pytest.raises(InputError, match="not a finite number") as caught:
        numbers(records, "iv", file=FILE, text=text, place="data.options", blank=0.0)
    assert (caught.value.line, caught.value.key) == (3, "data.options[1].iv")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize(
    ("place", "index", "key"),
    [
        ("rows", None, "rows[1].oi"),
        ("rows", [4, 7], "rows[7].oi"),
        ("rows[].call", [4, 7], "rows[7].call.oi"),
        ("", None, "oi"),
    ],
)
def test_the_key_says_where(place: str, index: list[int] | None, key: str) -> None:
    records = [{"oi": 1.0}, {"oi": -1.0}]
    with pytest.raises(InputError, match="must not be negative") as caught:
        refuse_where(
            np.array([False, True]), "must not be negative", records, "oi", file=FILE, text="", place=place, index=index
        )
    assert (caught.value.key, caught.value.value, caught.value.line) == (key, "-1.0", None)
    assert refuse_where(np.array([False]), "no", records, "oi", file=FILE, text="", place=place) is None
