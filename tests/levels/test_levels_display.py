"""Levels shown in a notebook: prices, rules, signs and units side by side, a dash where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from html_tables import assert_fit_for_every_reader, forbid_work, read_html

import simhedge as sh
from simhedge.levels import Conventions, Impact, Levels, SignErrors, find_levels, levels_of


def make_book(short: bool = True, expiries: int = 1) -> sh.Book:
    """Calls long at 95 and short at 105 (or long too), on so many expiries."""
    count = 2 * expiries
    return sh.Book(
        is_call=np.ones(count, dtype=bool),
        strike=np.tile([95.0, 105.0], expiries),
        expiry_days=np.repeat(63.0 + np.arange(expiries), 2),
        contracts=np.tile([100.0, -100.0 if short else 100.0], expiries),
        multiplier=np.full(count, 100.0),
        implied_vol=np.full(count, 0.2),
    )


def make_levels(short: bool = True, impact: Impact | None = None, **conventions: object) -> Levels:
    asked = Conventions(definitions=())._replace(**conventions)
    return find_levels(make_book(short), sh.MarketState(spot=100.0), conventions=asked, impact=impact)


def test_levels_are_rows_with_their_rule() -> None:
    html = make_levels()._repr_html_()
    table = read_html(html).tables[0]
    assert table.caption == "Levels · spot 100 · 2 options · model gamma"
    assert table.columns == ["level", "$", "from spot", "rule"]
    assert table.rows["zero gamma ↓"] == ["99.3768", "−0.62%", "nearest"]
    assert table.rows["call wall"] == ["105.000", "+5.00%", "side_gamma"]
    assert_fit_for_every_reader(html)


def test_what_does_not_exist_is_a_dash() -> None:
    levels = make_levels(short=False)
    assert read_html(levels._repr_html_()).tables[0].rows["zero gamma"] == ["–", "–", "nearest"]
    assert "roots of the profile: none" in read_html(levels._repr_html_()).text
    assert "zero gamma –" in repr(levels)


@pytest.mark.parametrize(
    ("unit", "words"), [("usd_per_1pct", "$ per 1%"), ("usd_per_point", "$ per point"), ("shares", "shares per $")]
)
def test_exposures_have_sign_and_unit(unit: str, words: str) -> None:
    table = read_html(make_levels(unit=unit)._repr_html_()).tables[1]
    assert table.caption == "Exposures · signed from the dealers' side: positive where they are long"
    assert table.rows["gamma"][-1] == words
    assert table.rows["gamma"][0].startswith("−")  # the call sold has the greater gamma at 100
    assert table.rows["vanna"][-1] == "$ per vol point"


def test_definitions_stand_side_by_side_with_their_sign() -> None:
    table = read_html(make_levels(definitions=("simhedge", "floe"))._repr_html_()).tables[2]
    assert table.caption.startswith("Definitions")
    assert table.rows["simhedge"][-1] == "calls +, puts −"
    assert table.rows["floe"][-1] == "calls −, puts +"


def test_gain_and_bands_are_shown_where_they_were_asked_for() -> None:
    levels = make_levels(impact=Impact(1e6, 0.0126))
    assert "feedback gain:" in read_html(levels._repr_html_()).text
    assert "tipping levels:" in read_html(levels._repr_html_()).text
    assert "feedback gain" not in read_html(make_levels()._repr_html_()).text
    with_bands = levels_of(levels.listing, levels.conventions, errors=SignErrors(wrong=0.2, draws=20, seed=1))
    table = read_html(with_bands._repr_html_()).tables[-1]
    assert table.caption == "Uncertainty · bands where each option's side is wrong with probability 0.2 (20 draws)"
    assert table.columns == ["level", "5%", "median", "95%", "without"]


def test_the_assumed_side_and_warnings_are_told() -> None:
    book = make_book(short=False)
    text = read_html(find_levels(book, sh.MarketState(spot=110.0))._repr_html_()).text
    assert "dealers hold: each row's own dealer_sign times open interest" in text
    assert "warning: the call wall 105 lies below spot 110" in text


def test_the_repr_is_one_short_line() -> None:
    own = repr(make_levels())
    assert own.startswith("<Levels at spot 100: zero gamma 99.3768, call wall 105, put wall –, net gamma ")
    assert own.endswith("$ per 1%, 2 options>")


def test_a_book_is_shown_by_expiry() -> None:
    html = make_book(expiries=3)._repr_html_()
    table = read_html(html).tables[0]
    assert table.caption == "Book · 6 options · 60,000 shares, long and short added up"
    assert table.rows["63"] == ["2", "95 to 105", "0", "0", "0.2"]
    assert "from the dealers' side: + where they are long" in read_html(html).text
    assert_fit_for_every_reader(html)
    short = read_html(make_book().scaled(-2.0)._repr_html_()).tables[0]
    assert short.rows["63"][1:3] == ["95 to 105", "0"]


def test_a_book_of_one_side_has_its_sign() -> None:
    assert read_html(make_book(short=False)._repr_html_()).tables[0].rows["63"][2] == "+200"
    assert read_html(make_book(short=False).scaled(-1.0)._repr_html_()).tables[0].rows["63"][2] == "−200"


def test_a_book_of_many_expiries_gives_a_short_table() -> None:
    table = read_html(make_book(expiries=2_000)._repr_html_()).tables[0]
    assert len(table.body) == 10
    assert table.body[-1] == ["and 1,991 more"]
    assert repr(make_book(expiries=2_000)) == "<Book of 4,000 options on 40,000,000 shares>"


def test_constant_gamma_is_told() -> None:
    none = np.empty(0)
    book = sh.Book(none.astype(bool), none, none, none, none, none, constant_gamma=1e5)
    assert repr(book) == "<Book of 0 options on 0 shares, constant gamma 100,000 shares per $>"
    assert "constant gamma: 100,000 shares per $" in read_html(book._repr_html_()).text


def test_nothing_is_read_to_show_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    levels = make_levels()
    forbid_work(monkeypatch)
    assert levels._repr_html_()
    assert repr(levels)
