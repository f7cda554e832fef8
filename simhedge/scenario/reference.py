"""The reference of scenario files, docs/scenarios.md, written from the models so that it cannot differ from them.

Regenerate with `python -m simhedge.scenario.reference > docs/scenarios.md`.
"""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from simhedge.scenario.base import Block
from simhedge.scenario.books import ChainBook, ChainSign, ConstantGammaPosition, OptionPosition
from simhedge.scenario.clock_market import (
    AdvImpact,
    AsynchronousClearing,
    BachelierFundamental,
    Clock,
    GbmFundamental,
    KyleImpact,
    LaggedClearing,
    Market,
    SimultaneousClearing,
)
from simhedge.scenario.dealers import (
    ContinuousPolicy,
    Dealer,
    DeltaBandPolicy,
    FixedIntervalPolicy,
    LelandPolicy,
    NoPolicy,
    StopLossPolicy,
    WhalleyWilmottPolicy,
)
from simhedge.scenario.model import Scenario
from simhedge.scenario.names import MetricName
from simhedge.scenario.outputs import Expectation, Levels, LevelSign, Outputs, Pin, Record, Squeeze, Validation

SECTIONS: tuple[tuple[str, tuple[type[Block], ...]], ...] = (
    ("Top level", (Scenario,)),
    ("clock", (Clock,)),
    ("market", (Market,)),
    ("market.fundamental", (GbmFundamental, BachelierFundamental)),
    ("market.impact", (AdvImpact, KyleImpact)),
    ("market.clearing", (SimultaneousClearing, LaggedClearing, AsynchronousClearing)),
    ("books.NAME as a list", (OptionPosition, ConstantGammaPosition)),
    ("books.NAME from a chain", (ChainBook,)),
    ("books.NAME.sign", (ChainSign,)),
    ("dealers.NAME", (Dealer,)),
    (
        "dealers.NAME.policy",
        (
            ContinuousPolicy,
            FixedIntervalPolicy,
            LelandPolicy,
            StopLossPolicy,
            DeltaBandPolicy,
            WhalleyWilmottPolicy,
            NoPolicy,
        ),
    ),
    ("expect", (Expectation,)),
    ("outputs", (Outputs,)),
    ("outputs.pin", (Pin,)),
    ("outputs.squeeze", (Squeeze,)),
    ("outputs.record", (Record,)),
    ("levels", (Levels,)),
    ("levels.sign", (LevelSign,)),
    ("validation", (Validation,)),
)

METRIC_MEANINGS: dict[MetricName, str] = {
    "realised_vol": "annualised root mean square of step log-returns, pooled over paths",
    "horizon_vol": "annualised standard deviation over paths of ln(S_end / S_0)",
    "autocorrelation_1": "pooled lag-1 autocorrelation of step log-returns",
    "variance_ratio_5": "Var(5-step return) / (5 Var(1-step return)), overlapping, pooled",
    "variance_ratio_20": "the same for 20 steps",
    "variance_ratio_78": "the same for 78 steps",
    "variance_ratio_390": "the same for 390 steps",
    "kurtosis": "excess kurtosis of step log-returns",
    "pin_probability": "share of paths that end within outputs.pin.tolerance of outputs.pin.strike",
    "max_drawdown": "mean over paths of the largest fall from a peak, in return",
    "max_runup": "mean over paths of the largest rise from a trough, in return",
    "squeeze_probability": (
        "share of paths with a step that moves by more than outputs.squeeze.jump standard deviations across a price "
        "where the feedback gain is -1 or below; twin: 0 by definition"
    ),
    "realised_vol_first_day": "realised_vol on the steps of the first day",
    "realised_vol_last_day": "realised_vol on the steps of the last day",
    "realised_vol_above_zero_gamma": "realised_vol on steps that start with net gamma > 0; twin on the same steps",
    "realised_vol_below_zero_gamma": "realised_vol on steps that start with net gamma < 0; twin on the same steps",
    "hedge_turnover": "sum of absolute hedging trades per day / adv_shares, initial hedge excluded",
    "feedback_gain_start": "feedback gain at the start (hedged only)",
    "feedback_gain_min": "mean over paths of the smallest feedback gain on the way (hedged only)",
    "feedback_gain_max": "mean over paths of the largest feedback gain on the way (hedged only)",
    "pnl_mean": "mean of the dealers' change in option value, cash and shares at S_end, after costs, in $",
    "pnl_sd": "standard deviation of the same, in $",
    "pnl_es95": "mean of its worst 5%, in $",
    "diverged_paths": "paths stopped because the price left [spot / 1000, spot * 1000]",
}

EXAMPLE = """\
schema_version: 1
name: expiry-pin
description: Dealers long 111,800 calls struck at 100 hold the price at the strike into expiry.
seed: 20240621
paths: 20_000
clock: {days: 5, steps_per_day: 78}
market:
  spot: 100.0
  fundamental: {type: gbm, volatility: 0.20}
  adv_shares: 5.0e+6
  impact: {type: adv, coefficient: 1.0}
  clearing: {type: simultaneous}
books:
  monthly:
    - {kind: call, strike: 100.0, expiry_days: 5, contracts: 111_800, implied_vol: 0.20}
dealers:
  - {name: street, book: monthly, policy: {type: continuous}}
expect:
  - {metric: pin_probability, equals: 0.383, within: 0.02}
  - {metric: horizon_vol, series: ratio, below: 0.9}
outputs:
  pin: {strike: 100.0, tolerance: 0.001}
  record: {paths: 200, series: [spot, twin_spot, hedge_flow]}
"""

INTRODUCTION = f"""\
# Scenario files

This page is written by `python -m simhedge.scenario.reference`; change the models, not the page.

A scenario is a YAML file in UTF-8. `simhedge check FILE` checks it, `simhedge run FILE` runs it, `simhedge schema`
prints the JSON Schema for editors.

```yaml
{EXAMPLE}```

## How files are read

* Values are strict: no text where a number belongs, no unknown key, no key twice, no NaN or infinity.
* Plain words follow YAML 1.2: `1e-6` and `20_000` are numbers, only `true` and `false` are truth values, dates are
  written `2024-06-21`. Tags, merge keys (`<<`), several documents in one file, more than 20,000 values (aliases count
  each time they are used) and more than 50 levels are refused.
* Signs are the dealers': contracts and gamma above zero mean that dealers are long.

### extends

`extends: other.yaml` (relative to this file) takes over all of the other file; this file holds what differs.
Blocks merge key by key, dealers by name, other lists are replaced. A block whose `type` (or `kind`) differs is replaced
as a whole. Of `count` and `copies`, `adv_shares` and `adv_notional`, `expiry_days` and `expiry` the last written holds.

### Overrides

`--set key=value` (in Python `load_scenario(file, overrides={{key: value}})`) replaces one value. Keys are dotted; items
of lists are addressed by name where they have one, else by position: `dealers.street.policy.band=50`,
`books.monthly.0.contracts=-5000`, `'market.clearing={{type: lagged, participation: 0.5}}'`.

### sweep

`sweep: {{market.adv_shares: [2e6, 5e6], dealers.street.count: [1, 100]}}` declares a grid in the same dotted keys. Each
value is checked in its place when the file is read.
"""


def scenario_reference() -> str:
    """The whole page in Markdown."""
    parts = [INTRODUCTION, "## Keys\n"]
    for title, blocks in SECTIONS:
        parts.append(f"### {title}\n")
        for block in blocks:
            parts.append(f"{cleandoc(block.__doc__ or '')}\n")
            parts.append("\n".join(_table(block)) + "\n")
    parts.append("### Metrics\n")
    parts.append("Each for `hedged` and `twin`, with their `ratio` and `difference`, each with a standard error.\n")
    parts.append("| metric | definition |\n|---|---|")
    parts.extend(f"| `{name}` | {text} |" for name, text in METRIC_MEANINGS.items())
    return "\n".join(parts) + "\n"


def _table(block: type[Block]) -> Iterator[str]:
    schema = block.model_json_schema(by_alias=True)
    required = schema.get("required", [])
    yield "| key | value | unit | default | meaning |"
    yield "|---|---|---|---|---|"
    for key, entry in schema["properties"].items():
        default = "required" if key in required else _default(entry)
        cells = (f"`{key}`", _value(entry), entry.get("unit", ""), default, entry.get("description", ""))
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _default(entry: dict[str, Any]) -> str:
    """The default as YAML; nothing for what may be left out."""
    default = entry.get("default")
    if default is None or default == {}:
        return ""
    if default == "":
        return "empty"
    return f"`{_yaml(default)}`"


def _yaml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(item)}" for key, item in value.items() if item is not None) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _value(entry: dict[str, Any]) -> str:
    """What may be written, in words."""
    if "const" in entry:
        return f"`{entry['const']}`"
    if "enum" in entry:
        if entry["enum"] == list(METRIC_MEANINGS):
            return "name of a metric"
        return ", ".join(f"`{choice}`" for choice in entry["enum"])
    if "$ref" in entry or "oneOf" in entry:
        return "block"
    if "anyOf" in entry:
        forms = [_value(form) for form in entry["anyOf"] if form.get("type") != "null"]
        return " or ".join(forms)
    if entry.get("format") == "date":
        return "date"
    kind = entry.get("type")
    if kind == "array":
        items = _value(entry["items"])
        return "list of " + {"block": "blocks", "number": "two numbers", "name of a metric": "metrics"}.get(
            items, items
        )
    if kind == "object":
        return "named lists" if entry.get("additionalProperties", {}).get("type") == "array" else "named blocks"
    words = {"number": "number", "integer": "whole number", "string": "text", "boolean": "`true` or `false`"}
    return words.get(str(kind), "any") + _range(entry)


def _range(entry: dict[str, Any]) -> str:
    signs = (("exclusiveMinimum", ">"), ("minimum", ">="), ("exclusiveMaximum", "<"), ("maximum", "<="))
    bounds = [f"{sign} {entry[name]:,}" for name, sign in signs if name in entry]
    return " " + ", ".join(bounds) if bounds else ""


if __name__ == "__main__":
    print(scenario_reference(), end="")
