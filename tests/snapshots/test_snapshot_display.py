"""A snapshot shown in a notebook: the levels of a named chain, and every convention they rest on."""

from __future__ import annotations

from dataclasses import replace

import pytest
from html_tables import assert_fit_for_every_reader, forbid_work, read_html
from snapshot_by_hand import ONE, THREE, make_snapshot, many_rows

HOSTILE = "</table><script>alert(1)</script>"


def test_it_names_the_chain_and_its_moment() -> None:
    html = make_snapshot(THREE)._repr_html_()
    assert read_html(html).tables[0].caption == "XYZ 100 · 2024-06-14 10:00 EDT"
    assert read_html(html).tables[0].rows["call wall"][0] == "105.000"
    assert_fit_for_every_reader(html)


def test_conventions_are_told() -> None:
    text = read_html(make_snapshot(THREE, rate=0.04)._repr_html_()).text
    assert "options: 3 read, 3 used (open interest 3,000), 0 without open interest" in text
    assert "vendor gamma, vendor implied vol, act365, settlement root, rate 4.00%, dividend yield 0%" in text
    assert "dealers hold: calls +1, puts −1 times open interest" in text


def test_what_a_file_says_cannot_leave_its_place() -> None:
    snapshot = make_snapshot(THREE)
    chain = replace(snapshot.chain, symbol=HOSTILE, format=HOSTILE)
    html = replace(snapshot, chain=chain, warnings=[HOSTILE])._repr_html_()
    assert read_html(html).text.count(HOSTILE) == 3
    assert "<script" not in html


def test_a_large_chain_gives_short_tables() -> None:
    snapshot = make_snapshot(many_rows(), spot=4000.0)
    assert snapshot.levels.listing.strike.size > 4_000
    shown = read_html(snapshot._repr_html_())
    assert max(len(table.body) for table in shown.tables) <= 16


def test_levels_that_do_not_exist_are_dashes() -> None:
    assert read_html(make_snapshot(ONE)._repr_html_()).tables[0].rows["zero gamma"][0] == "–"


def test_the_repr_is_one_short_line() -> None:
    own = repr(make_snapshot(THREE))
    assert own.startswith("<Snapshot 'XYZ 100' 2024-06-14 10:00 EDT: zero gamma ")
    assert own.endswith(" $ per 1%, 3 options>")
    assert len(own.splitlines()) == 1


def test_nothing_is_read_to_show_it(monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = make_snapshot(THREE)
    forbid_work(monkeypatch)
    assert snapshot._repr_html_()
    assert repr(snapshot)
