"""The scenario: defaults, round trips, hash, frozen; and that nothing but InputError comes out of any text."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simhedge.errors import InputError
from simhedge.scenario import Scenario, load_scenario, scenario_from_dict
from simhedge.scenario.names import METRICS, RECORDED_SERIES
from simhedge.scenario.reference import EXAMPLE

names = st.from_regex(r"\A[A-Za-z_][A-Za-z0-9_-]{0,7}\Z")
positive = st.floats(1e-6, 1e6)
finite = st.floats(-1e9, 1e9)
impacts = st.one_of(
    st.fixed_dictionaries({"type": st.just("adv")}, optional={"coefficient": st.floats(0, 3)}),
    st.fixed_dictionaries({"type": st.just("kyle"), "kyle_lambda": st.floats(0, 1)}),
    st.fixed_dictionaries({}, optional={"form": st.sampled_from(["arithmetic", "multiplicative"])}),
)
clearings = st.one_of(
    st.just({}),
    st.just({"type": "simultaneous"}),
    st.fixed_dictionaries({"type": st.just("lagged")}, optional={"participation": st.floats(0.01, 1)}),
    st.fixed_dictionaries({"type": st.just("asynchronous"), "rounds": st.integers(1, 500)}),
)
policies = st.one_of(
    st.just({"type": "continuous"}),
    st.just({"type": "none"}),
    st.fixed_dictionaries({"type": st.just("fixed_interval"), "every_steps": st.integers(1, 50)}),
    st.fixed_dictionaries(
        {"type": st.just("leland"), "every_steps": st.integers(1, 50)}, optional={"cost_bps": st.floats(0, 99)}
    ),
    st.fixed_dictionaries({"type": st.just("stop_loss")}, optional={"every_steps": st.integers(1, 50)}),
    st.fixed_dictionaries({"type": st.just("delta_band"), "band": positive}, optional={"to": st.just("edge")}),
    st.fixed_dictionaries({"type": st.just("whalley_wilmott"), "risk_aversion": positive}),
)
options = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["call", "put"]),
        "strike": positive,
        "expiry_days": st.integers(1, 500),
        "contracts": finite,
        "implied_vol": st.floats(0.01, 5),
    },
    optional={"multiplier": positive},
)
constant_gammas = st.fixed_dictionaries({"kind": st.just("constant_gamma"), "gamma": finite})
chains = st.fixed_dictionaries(
    {"from_chain": st.text(st.characters(codec="utf-8"), min_size=1, max_size=9)},
    optional={"sign": st.fixed_dictionaries({}, optional={"calls": finite, "puts": finite})},
)
bounds = st.one_of(
    st.fixed_dictionaries({"above": finite}),
    st.fixed_dictionaries({"equals": finite, "within": st.floats(0, 1)}),
    st.fixed_dictionaries({"equals": finite, "within_standard_errors": positive}),
    st.tuples(finite, positive).map(lambda pair: {"between": [pair[0], pair[0] + pair[1] + 1.0]}),
)
# A break beyond the tolerance, as the model asks: beyond the default, or beyond one that is given too.
validations = st.one_of(
    st.fixed_dictionaries({}, optional={"break": st.floats(0.1, 1e6, exclude_min=True), "placebos": st.integers(0, 9)}),
    st.tuples(positive, positive).map(lambda pair: {"tolerance": pair[0], "break": pair[0] + pair[1]}),
)


@st.composite
def scenarios(draw: st.DrawFn) -> dict[str, Any]:
    books = draw(
        st.dictionaries(names, st.lists(options | constant_gammas, min_size=1, max_size=3) | chains, min_size=1)
    )
    dealers = [
        {"name": name, "book": draw(st.sampled_from(sorted(books))), "policy": draw(policies)}
        | draw(st.sampled_from([{}, {"count": 3}, {"copies": 2}, {"cost_bps": 1.5}, {"scale": -0.5}]))
        for name in draw(st.lists(names, min_size=1, max_size=3, unique=True))
    ]
    optional: dict[str, Any] = {
        "seed": st.integers(0, 2**63 - 1),
        "paths": st.integers(1, 10**9),
        "description": st.text(st.characters(codec="utf-8"), max_size=20),
        "levels": st.just({"definitions": ["gflows"]}),
        "validation": validations,
        "expect": st.lists(bounds.map(lambda bound: {"metric": "horizon_vol"} | bound), max_size=2),
        "sweep": st.just({"market.spot": [50, 60.5], "paths": [1, 2]}),
        "outputs": st.fixed_dictionaries(
            {},
            optional={
                "pin": st.fixed_dictionaries({"strike": positive}),
                "record": st.fixed_dictionaries(
                    {"paths": st.just("all") | st.integers(1, 9)},
                    optional={"series": st.lists(st.sampled_from(RECORDED_SERIES), min_size=1, unique=True)},
                ),
                "metrics": st.lists(st.sampled_from(METRICS[:2] + METRICS[11:]), unique=True).map(
                    lambda listed: ["horizon_vol", *(name for name in listed if name != "horizon_vol")]
                ),
            },
        ),
    }
    fundamental = {"type": draw(st.sampled_from(["gbm", "bachelier"])), "volatility": draw(st.floats(0.01, 9))}
    market = {
        "spot": draw(positive),
        "fundamental": fundamental,
        draw(st.sampled_from(["adv_shares", "adv_notional"])): 1e6,
    }
    return {
        "schema_version": 1,
        "name": draw(names),
        "clock": {"days": draw(st.integers(1, 30)), "steps_per_day": draw(st.integers(1, 390))},
        "market": market | {"impact": draw(impacts), "clearing": draw(clearings)},
        "books": books,
        "dealers": dealers,
        **draw(st.fixed_dictionaries({}, optional=optional)),
    }


@settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(scenarios())
def test_round_trip(values: dict[str, Any]) -> None:
    scenario = scenario_from_dict(values)
    stored = json.loads(json.dumps(scenario.as_dict(), allow_nan=False))
    again = scenario_from_dict(stored)
    assert again == scenario
    assert again.sha256 == scenario.sha256
    assert again.as_dict() == stored


def test_defaults(minimal: dict[str, Any]) -> None:
    minimal["market"].pop("clearing")
    scenario = scenario_from_dict(minimal)
    market, dealer = scenario.market, scenario.dealers[0]
    assert (scenario.seed, scenario.paths, scenario.clock.trading_days_per_year) == (0, 1000, 252.0)
    assert (market.rate, market.dividend_yield, market.fundamental.drift) == (0.0, 0.0, 0.0)
    assert market.impact.model_dump() == {"type": "adv", "coefficient": 1.0, "form": "arithmetic"}
    assert market.clearing.model_dump() == {"type": "simultaneous"}
    assert (dealer.count, dealer.copies, dealer.cost_bps) == (1, None, 0.0)
    assert scenario.books["monthly"][0].multiplier == 100.0  # type: ignore[index,union-attr]
    assert (scenario.outputs.metrics, scenario.outputs.squeeze.jump) == (None, 5.0)
    assert scenario.with_overrides({"market.clearing": {"type": "lagged"}}).market.clearing.participation == 1.0  # type: ignore[union-attr]


def test_the_hash_follows_the_values_and_nothing_else(minimal: dict[str, Any], tmp_path: Path) -> None:
    scenario = scenario_from_dict(minimal)
    assert len(scenario.sha256) == 64
    assert scenario_from_dict(minimal, tmp_path).sha256 == scenario.sha256
    spelled_out = scenario.with_overrides({"market.rate": 0, "dealers.street.count": 1, "outputs.squeeze.jump": 5})
    assert spelled_out.sha256 == scenario.sha256
    assert hash(spelled_out) == hash(scenario)
    changed = scenario.with_overrides({"market.rate": 0.01})
    assert changed.sha256 != scenario.sha256
    assert changed != scenario


def test_the_hash_is_pinned(minimal: dict[str, Any]) -> None:
    # a new key with a default changes every hash: then this number changes too, and the changelog says so
    assert scenario_from_dict(minimal).sha256 == PINNED


PINNED = "8c50d5762492c9b0c278441591b641ff6e5222dc1588c0e963c3b4c5856e2c78"


def test_chain_files_are_hashed_as_written(minimal: dict[str, Any], tmp_path: Path) -> None:
    minimal["books"]["street"] = {"from_chain": "data/chain.csv"}
    here, there = scenario_from_dict(minimal, tmp_path), scenario_from_dict(minimal, tmp_path / "x")
    assert here.sha256 == there.sha256
    assert here.chain_path("street") == tmp_path / "data" / "chain.csv"
    assert there.chain_path("street") == tmp_path / "x" / "data" / "chain.csv"


def test_frozen_and_strict(minimal: dict[str, Any]) -> None:
    scenario = scenario_from_dict(minimal)
    with pytest.raises(ValidationError, match="frozen"):
        scenario.paths = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="frozen"):
        scenario.market.spot = 3.0  # type: ignore[misc]
    with pytest.raises(ValidationError, match="valid integer"):
        Scenario.model_validate(minimal | {"paths": "3"})


def test_pickles_and_locates(minimal: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "example.yaml"
    file.write_text(EXAMPLE, encoding="utf-8")
    scenario = load_scenario(file)
    again = pickle.loads(pickle.dumps(scenario))
    assert again == scenario
    assert again.base_directory == tmp_path
    assert scenario.locate("market.clearing.type") == (str(file), 12)
    assert scenario.locate("dealers.street.policy.band") == (str(file), 17)
    assert scenario.locate("outputs.record.every") == (str(file), 23)
    assert scenario.locate("sweep") == (str(file), 1)
    assert scenario_from_dict(minimal).locate("market.spot") == (None, None)
    changed = scenario.with_overrides({"market.spot": 90})
    assert changed.locate("market.spot") == ("--set", None)
    assert changed.base_directory == tmp_path


def test_a_scenario_without_a_source_still_locates_and_overrides(minimal: dict[str, Any]) -> None:
    scenario = Scenario.model_validate(minimal)
    assert scenario.locate("market.spot") == (None, None)
    assert scenario.with_overrides({"paths": 5}).paths == 5


marks = [
    "",
    " ",
    "\n",
    "  ",
    "- ",
    ": ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!x ",
    "'",
    '"',
    "#",
    "|",
    "? ",
    "@",
    "`",
    "%YAML 9\n",
]
words = [
    "1e-6",
    "-1",
    ".nan",
    "no",
    "~",
    "<<: ",
    "---\n",
    "\t",
    "\0",
    "\x85",
    "\u2028",
    "\ud800",
    "9" * 30,
    "name: ",
    "market",
]
phrases = [
    "type: lagged",
    "dealers:\n  - ",
    "expiry: 2024-06-21",
    "copies: 2",
    "sweep: {market.spot: [1]}\n",
    "extends: x",
]
fragments = st.sampled_from([*marks, *words, *phrases])


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The example with a few places overwritten, cut or doubled."""
    text = EXAMPLE
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        stop = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(fragments | st.text(max_size=4)) + text[stop:]
    content = text.encode("utf-8", "surrogatepass")
    return content[: draw(st.integers(0, len(content)))] if draw(st.booleans()) else content


@settings(max_examples=400, deadline=None)
@given(damaged())
def test_damaged_files_are_read_or_refused_never_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "damaged.yaml"
    file.write_bytes(content)
    try:
        scenario = load_scenario(file)
    except InputError as error:
        refusal = error
    else:
        assert scenario_from_dict(scenario.as_dict()) == scenario
        return
    assert refusal.file == str(file)
    assert refusal.remedy
    assert json.dumps(refusal.as_dict())
    assert str(refusal)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["type", "kind", "name", "x"]), inner),
    max_leaves=5,
)


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All places in nested values."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, item in items for place in paths_of(item, (*path, key)))]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.data())
def test_any_value_in_any_place_is_accepted_or_refused(values: dict[str, Any], data: st.DataObject) -> None:
    values = copy.deepcopy(values)  # strategies share their constants
    places = [place for place in paths_of(values) if place]
    *way, last = data.draw(st.sampled_from(places))
    block: Any = values
    for key in way:
        block = block[key]
    new = data.draw(json_values)
    assume(new != block[last])
    block[last] = new
    try:
        scenario = scenario_from_dict(values)
    except InputError as error:
        refusal = error
    else:
        assert scenario_from_dict(scenario.as_dict()) == scenario
        return
    assert refusal.remedy
    assert refusal.key is not None
