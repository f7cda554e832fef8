"""Strict YAML: what plain words mean, which traps are closed, and that errors know their line."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.errors import InputError
from simhedge.scenario.tree import MAX_DEPTH, MAX_VALUES, Source, plain
from simhedge.scenario.yaml_source import MAX_BYTES, parse_document, parse_value, read_text, scalar_value

SOURCE = Source("file.yaml", Path("/"))


def values(text: str) -> Any:
    return plain(parse_value(text, SOURCE))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-6", 1e-6),
        ("5.0e+6", 5e6),
        ("5E6", 5e6),
        (".5", 0.5),
        ("-3.", -3.0),
        ("20_000", 20_000),
        ("1_000.5", 1000.5),
        ("+7", 7),
        ("010", 10),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("", None),
        ("-.inf", -math.inf),
        ("no", "no"),
        ("on", "on"),
        ("y", "y"),
        ("1:30", "1:30"),
        ("0x10", "0x10"),
        ("2024-06-21", "2024-06-21"),
        ("1e", "1e"),
        (".", "."),
        ("_1", "_1"),
        ("nan", "nan"),
    ],
)
def test_plain_words_follow_yaml_1_2(text: str, value: object) -> None:
    found = scalar_value(text)
    assert found == value
    assert type(found) is type(value)


def test_nan_is_a_number() -> None:
    found = scalar_value(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_way_to_print_a_float_reads_back(value: float) -> None:
    assert scalar_value(repr(value)) == value
    assert scalar_value(f"{value:.17e}") == value


@given(st.integers())
def test_whole_numbers_beyond_64_bits_become_floats(value: int) -> None:
    found = scalar_value(str(value))
    assert found == (value if -(2**63) <= value < 2**63 else float(value))


def test_endless_numbers_are_read_without_a_limit_error() -> None:
    assert scalar_value("9" * 5000) == math.inf
    assert scalar_value("-" + "9" * 350) == -math.inf


def test_quoted_words_stay_text() -> None:
    assert values("['1e-6', \"true\", 'null']") == ["1e-6", "true", "null"]


printable = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cc", "Cs", "Zl", "Zp"]))


@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers(-(2**63), 2**63 - 1)
        | st.floats(allow_nan=False, allow_infinity=False)
        | printable,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(printable, inner, max_size=4),
        max_leaves=15,
    )
)
def test_json_reads_back(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False)
    assert values(text) == value


def test_lines_are_those_of_the_keys() -> None:
    root = parse_document("a: 1\nb:\n  c:\n    - 2\n    - d: {e: 3}\n", SOURCE)
    assert isinstance(root.value, dict)
    b = root.value["b"]
    assert (root.value["a"].line, b.line) == (1, 2)
    assert isinstance(b.value, dict)
    c = b.value["c"]
    assert c.line == 3
    assert isinstance(c.value, list)
    assert [item.line for item in c.value] == [4, 5]


REFUSED = {
    "duplicate key": ("a: 1\nb: 2\na: 3\n", 3, "in lines 1 and 3"),
    "duplicate key, differently quoted": ("a: 1\n'a': 3\n", 2, "in lines 1 and 2"),
    "tag": ("a: !!python/object/apply:os.system [ls]\n", 1, "tag"),
    "plain tag": ("a: !!str 1\n", 1, "tag"),
    "merge key": ("a: &x {b: 1}\nc:\n  <<: *x\n", 3, "merge keys"),
    "complex key": ("? [a, b]\n: 1\n", 1, "plain word"),
    "alias as key": ("a: &x b\n*x : 1\n", 2, "plain word"),
    "null key": ("~: 1\n", 1, "null"),
    "second document": ("a: 1\n---\nb: 2\n", 2, "second document"),
    "unknown alias": ("a: *b\n", 1, "no anchor"),
    "self-reference": ("a: &a\n  b: *a\n", 2, "contains itself"),
    "syntax": ("a: 1\nb: [1, 2\nc: 3\n", 3, "not valid YAML"),
    "tab": ("a:\n\t- 1\n", 2, "not valid YAML"),
    "control character": ("a: 1\nb: \x01\n", 2, "not allowed"),
    "impossible escape": ('a: "\\UFFFFFFFF"\n', None, "not valid YAML"),
    "surrogate": ('a: "\\ud800"\n', 1, "Unicode"),
    "empty": ("", 1, "empty"),
    "only comments": ("# nothing\n", 1, "empty"),
    "a list": ("- 1\n", 1, "mapping"),
    "a word": ("word", 1, "mapping"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_traps_are_refused_with_their_line(name: str) -> None:
    text, line, words = REFUSED[name]
    with pytest.raises(InputError, match=words) as caught:
        parse_document(text, SOURCE)
    assert (caught.value.file, caught.value.line) == ("file.yaml", line)
    assert caught.value.remedy


def test_alias_bomb_is_refused_before_it_expands() -> None:
    lines = ["a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    with pytest.raises(InputError, match="more than 20,000 values") as caught:
        parse_document("\n".join(lines), SOURCE)
    assert caught.value.line == 5


def test_values_are_capped_after_expansion() -> None:
    item = "[" + ", ".join(["1"] * 99) + "]"  # 100 values with the list itself
    copies = MAX_VALUES // 100 - 1
    fits = f"a: &a {item}\nb: [{', '.join(['*a'] * (copies - 1))}]"
    assert len(values(fits)["b"]) == copies - 1
    with pytest.raises(InputError, match="values"):
        values(fits + "\nc: *a\nd: *a")


@pytest.mark.parametrize("opening", ["[", "{a: ", "- "])
def test_deep_nesting_is_refused(opening: str) -> None:
    with pytest.raises(InputError, match=f"nested deeper than {MAX_DEPTH}"):
        values(opening * 100_000)


def test_deep_nesting_by_aliases_is_refused() -> None:
    lines = ["a0: &a0 [1]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 100))]
    with pytest.raises(InputError, match="nested deeper") as caught:
        parse_document("\n".join(lines), SOURCE)
    assert caught.value.line is not None
    assert MAX_DEPTH - 3 <= caught.value.line <= MAX_DEPTH


def test_aliases_within_bounds_are_copies() -> None:
    assert values("a: &x {b: [1, 2]}\nc: *x") == {"a": {"b": [1, 2]}, "c": {"b": [1, 2]}}


@pytest.mark.parametrize(
    ("content", "words", "line"),
    [
        (b"a: 1\0", "binary", None),
        (b"a: 1\nb: \xff\n", "UTF-8", 2),
        ("a: 1\n".encode("utf-16"), "binary", None),
        (b"#" * (MAX_BYTES + 1), "larger", None),
    ],
)
def test_files_that_are_not_text_are_refused(tmp_path: Path, content: bytes, words: str, line: int | None) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_text(file, "x.yaml")
    assert (caught.value.file, caught.value.line) == ("x.yaml", line)


def test_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "x.yaml"
    file.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert values(read_text(file, "x.yaml")) == {"a": 1, "b": 2}


def test_directories_and_unreadable_paths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="directory"):
        read_text(tmp_path, "here")
    with pytest.raises(InputError, match="cannot be read"):
        read_text(tmp_path / "missing", "missing")
