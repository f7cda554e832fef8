"""Bad input: every refusal names file, line, key, value and a remedy."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simhedge.errors import InputError
from simhedge.scenario import load_scenario, scenario_from_dict

# replaced text, its replacement, line, key, value, words of the message, words of the remedy
BAD: dict[str, tuple[str, str, int, str, Any, str, str]] = {
    "unknown key": ("spot: 100.0", "spott: 100.0", 5, "market.spott", 100.0, "unknown key", "did you mean spot?"),
    "unknown block": ("market:", "markets:", 4, "markets", None, "unknown key", "did you mean market?"),
    "unknown, nothing close": (
        "spot: 100.0",
        "zzz: 1\n  spot: 1",
        5,
        "market.zzz",
        1,
        "unknown key",
        "known keys: spot",
    ),
    "missing key": (", volatility: 0.2", "", 6, "market.fundamental.volatility", None, "missing", "0.20 is 20%"),
    "missing block": ("clock: {days: 2, steps_per_day: 10}\n", "", 1, "clock", None, "missing", "grid of time"),
    "missing spot": ("  spot: 100.0\n", "", 4, "market.spot", None, "missing", "only a chain"),
    "missing volume": (
        "  adv_shares: 1e6\n",
        "",
        4,
        "market.adv_shares",
        None,
        "needs the daily volume",
        "adv_notional",
    ),
    "missing type": ("type: gbm, ", "", 6, "market.fundamental.type", None, "missing", "which kind"),
    "quoted number": ("1e6", '"1e6"', 7, "market.adv_shares", "1e6", "must be a number", "without quotes"),
    "text for a number": ("1e6", "much", 7, "market.adv_shares", "much", "must be a number", "such as 100"),
    "truth for a number": ("100.0", "true", 5, "market.spot", True, "got true", "such as 100"),
    "number for text": ("name: small", "name: 5", 2, "name", 5, "must be text", "in quotes"),
    "empty name": ("name: small", "name: ''", 2, "name", "", "one line", "one line"),
    "long name": ("name: small", f"name: {'x' * 101}", 2, "name", "x" * 77 + "...", "too long", "shorten"),
    "fraction for a count": ("days: 2", "days: 2.5", 3, "clock.days", 2.5, "whole number", "whole number"),
    "float for a count": ("days: 2", "days: 2e0", 3, "clock.days", 2.0, "whole number", "write 2"),
    "zero days": ("days: 2", "days: 0", 3, "clock.days", 0, "at least 1", "trading days"),
    "too many steps": (
        "steps_per_day: 10",
        "steps_per_day: 10_000_000",
        3,
        "clock.steps_per_day",
        10**7,
        "at most",
        "",
    ),
    "too fine": (
        "2, steps_per_day: 10}",
        "20, steps_per_day: 1_000_000}",
        3,
        "clock.steps_per_day",
        10**6,
        "20,000,000",
        "",
    ),
    "NaN": ("100.0", ".nan", 5, "market.spot", None, "finite", "such as 100"),
    "infinite": ("100.0", "1e999", 5, "market.spot", float("inf"), "finite", "such as 100"),
    "negative spot": ("100.0", "-1", 5, "market.spot", -1, "greater than 0, got -1", "Price at the start"),
    "zero volatility": ("volatility: 0.2}", "volatility: 0}", 6, "market.fundamental.volatility", 0, "greater", "20%"),
    "volatility in per cent": (
        "volatility: 0.2}",
        "volatility: 20}",
        6,
        "market.fundamental.volatility",
        20,
        "at most 10",
        "0.20 is 20%",
    ),
    "unknown type": (
        "asynchronous",
        "asynchron",
        8,
        "market.clearing.type",
        "asynchron",
        "one of",
        "mean asynchronous?",
    ),
    "type of a wrong kind": ("type: gbm", "type: [gbm]", 6, "market.fundamental.type", "['gbm']", "one of", ""),
    "name for a block": (
        "{type: continuous}",
        "continuous",
        19,
        "dealers.fund.policy",
        "continuous",
        "block",
        "{type: cont",
    ),
    "number for a block": ("{type: continuous}", "7", 19, "dealers.fund.policy", 7, "block", "key: value"),
    "key of another type": (", rounds: 20", ", rond: 20", 8, "market.clearing.rond", 20, "unknown key", "mean rounds?"),
    "empty book": (
        "    - {kind: constant_gamma, gamma: -1.0e3}",
        "    []",
        13,
        "books.quadratic",
        "[]",
        "empty",
        "at least one",
    ),
    "word for a book": (
        "    - {kind: constant_gamma, gamma: -1.0e3}",
        "    x",
        13,
        "books.quadratic",
        "x",
        "list",
        "from_chain",
    ),
    "unknown kind": ("kind: put", "kind: putt", 12, "books.monthly.1.kind", "putt", "one of", "did you mean put?"),
    "negative strike": ("strike: 95", "strike: -95", 12, "books.monthly.1.strike", -95, "greater than 0", "Strike"),
    "expired": ("expiry_days: 1.5", "expiry_days: 0", 12, "books.monthly.1.expiry_days", 0, "greater than 0", "start"),
    "no expiry": ("expiry_days: 1.5, ", "", 12, "books.monthly.1.expiry_days", None, "needs its expiry", "clock.start"),
    "name with a dot": ("  monthly:", "  mon.thly:", 10, "books.mon.thly", None, "letters, digits", "another name"),
    "unknown book": ("book: monthly", "book: montly", 17, "dealers.street.book", "montly", "no book", "mean monthly?"),
    "two dealers of a name": ("name: fund", "name: street", 19, "dealers.1.name", "street", "two dealers", "own name"),
    "no dealers": ("\ndealers:", "\ndealers: []\nx_dealers:", 16, "x_dealers", None, "unknown key", "mean dealers?"),
    "negative band": ("band: 100", "band: -1", 18, "dealers.street.policy.band", -1, "at least 0", "shares per dealer"),
    "another version": ("schema_version: 1", "schema_version: 2", 1, "schema_version", 2, "must be 1", "version 1"),
    "truth for a version": ("schema_version: 1", "schema_version: true", 1, "schema_version", True, "whole number", ""),
}


@pytest.mark.parametrize("name", BAD)
def test_refusals_name_file_line_key_value_and_remedy(name: str, write: Callable[..., Path], minimal_text: str) -> None:
    old, new, line, key, value, message, remedy = BAD[name]
    assert old in minimal_text
    file = write(minimal_text.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    error = caught.value
    assert (error.file, error.line, error.key) == (str(file), line, key)
    if value is not None:
        assert error.value == value
        assert type(error.value) is type(value)
    assert message in error.message
    assert remedy in str(error.remedy)
    assert error.remedy


ADDED = {
    "no for false": ("levels: {daily: no}", "levels.daily", "no", "true or false", "write false"),
    "unknown metric": (
        "outputs: {metrics: [realized_vol]}",
        "outputs.metrics.0",
        "realized_vol",
        "known names",
        "realised_vol",
    ),
    "metric twice": (
        "outputs: {metrics: [kurtosis, kurtosis]}",
        "outputs.metrics.1",
        "kurtosis",
        "listed twice",
        "once",
    ),
    "no metric": ("outputs: {metrics: []}", "outputs.metrics", "[]", "empty", "at least one"),
    "pin without strike": ("outputs: {pin: {tolerance: 1}}", "outputs.pin.strike", None, "missing", "$"),
    "metric needs pin": (
        "outputs: {metrics: [pin_probability]}",
        "outputs.metrics.0",
        "pin_probability",
        "outputs.pin",
        "add pin",
    ),
    "paths to record": ("outputs: {record: {paths: some}}", "outputs.record.paths", "some", "or all", "200"),
    "truth for paths": ("outputs: {record: {paths: true}}", "outputs.record.paths", True, "or all", "200"),
    "no bound": ("expect: [{metric: kurtosis}]", "expect.0", None, "needs one kind of bound", "between"),
    "two bounds": ("expect: [{metric: kurtosis, above: 1, between: [1, 2]}]", "expect.0", None, "several", "between"),
    "equals alone": ("expect: [{metric: kurtosis, equals: 1}]", "expect.0.equals", 1, "one tolerance", "within"),
    "two tolerances": (
        "expect: [{metric: kurtosis, equals: 1, within: 1, within_standard_errors: 2}]",
        "expect.0.equals",
        1,
        "one tolerance",
        "within",
    ),
    "tolerance alone": (
        "expect: [{metric: kurtosis, above: 1, within: 1}]",
        "expect.0.within",
        1,
        "belongs to equals",
        "",
    ),
    "empty interval": ("expect: [{metric: kurtosis, between: [2, 1]}]", "expect.0", None, "nothing lies", "smaller"),
    "three bounds": (
        "expect: [{metric: kurtosis, between: [1, 2, 3]}]",
        "expect.0.between",
        "[1, 2, 3]",
        "too long",
        "",
    ),
    "unknown level": ("levels: {definitions: [gflow]}", "levels.definitions.0", "gflow", "known names", "gflows"),
    "python name of break": ("validation: {break_: 1}", "validation.break_", 1, "unknown key", "did you mean break?"),
    "too many paths": ("paths: 1_000_000_001", "paths", 1_000_000_001, "at most 1,000,000,000", "Paths"),
    "negative seed": ("seed: -1", "seed", -1, "at least 0", "Seed"),
    "no date": ("levels: {sign: {calls: 2024-06-21}}", "levels.sign.calls", "2024-06-21", "must be a number", ""),
    "sweep of an unknown key": ("sweep: {market.spt: [1]}", "sweep.market.spt", 1, "unknown key", "mean spot?"),
    "sweep of a bad value": ("sweep: {market.spot: [1, -1]}", "sweep.market.spot", -1, "greater than 0", "Price"),
    "sweep of an unknown dealer": (
        "sweep: {dealers.stret.count: [1]}",
        "sweep.dealers.stret.count",
        1,
        "no item",
        "street",
    ),
    "sweep of a sweep": ("sweep: {sweep: [1]}", "sweep.sweep", 1, "not a key that can be swept", "market.spot"),
    "sweep over nothing": ("sweep: {market.spot: []}", "sweep.market.spot", "[]", "empty", "at least one"),
    "sweep over one value": ("sweep: {market.spot: 5}", "sweep.market.spot", 5, "must be a list", "[a, b]"),
    "endless sweep": (f"sweep: {{market.spot: {[1] * 1001}}}", "sweep", None, "1,001 values", "fewer"),
}


@pytest.mark.parametrize("name", ADDED)
def test_refusals_of_further_blocks(name: str, write: Callable[..., Path], minimal_text: str) -> None:
    text, key, value, message, remedy = ADDED[name]
    file = write(minimal_text + text + "\n")
    with pytest.raises(InputError) as caught:
        load_scenario(file)
    error = caught.value
    assert (error.file, error.line, error.key) == (str(file), 20, key)
    if value is not None:
        assert error.value == value
    assert message in error.message
    assert remedy in str(error.remedy)
    assert error.remedy


def test_the_first_error_is_told_and_how_many_follow(write: Callable[..., Path], minimal_text: str) -> None:
    text = minimal_text.replace("{days: 2", "{days: 0").replace("100.0", "-1").replace("name: small", "name: 3")
    with pytest.raises(InputError, match="2 more errors after this one") as caught:
        load_scenario(write(text))
    assert caught.value.key == "name"


def test_an_unknown_key_is_told_before_the_missing_one_it_was_meant_to_be(
    write: Callable[..., Path], minimal_text: str
) -> None:
    with pytest.raises(InputError, match="1 more error after this one") as caught:
        load_scenario(write(minimal_text.replace("clock:", "clok:")))
    assert (caught.value.key, caught.value.line) == ("clok", 3)


def test_exclusive_keys_in_one_file(write: Callable[..., Path], minimal_text: str) -> None:
    for old, new, key in (
        ("book: monthly", "book: monthly\n    count: 2\n    copies: 3", "dealers.street.copies"),
        ("adv_shares: 1e6", "adv_shares: 1e6\n  adv_notional: 1e8", "market.adv_notional"),
        ("expiry_days: 1.5", "expiry_days: 1.5, expiry: 2024-06-21", "books.monthly.1.expiry"),
    ):
        with pytest.raises(InputError, match="exclude each other") as caught:
            load_scenario(write(minimal_text.replace(old, new)))
        assert caught.value.key == key


def test_errors_of_plain_values_have_no_file(minimal: dict[str, Any]) -> None:
    minimal["market"]["spot"] = -5.0
    with pytest.raises(InputError) as caught:
        scenario_from_dict(minimal)
    assert (caught.value.file, caught.value.line, caught.value.key) == (None, None, "market.spot")
    assert str(caught.value).startswith("market.spot: must be greater than 0")
