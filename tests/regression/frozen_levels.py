"""Frozen levels of the shipped chain under five sets of conventions: `python -m tests.regression.frozen_levels`.

The command writes them anew, and the table of definitions in docs/levels.md. Do so only where a change of results is
meant, and say in the changelog why they changed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import simhedge as sh
from simhedge.report.level_table import definitions_markdown

FROZEN = Path(__file__).with_name("frozen_levels.json")
PAGE = Path(__file__).parents[2] / "docs" / "levels.md"
BEGIN, END = "<!-- definitions of the shipped chain -->\n", "<!-- end -->"
CHAIN = Path(__file__).parents[2] / "scenarios" / "data" / "spx_like_quotedata.csv"

# The conventions of the reference numbers that exist for real chains.
CONVENTIONS: dict[str, dict[str, Any]] = {
    "vendor gamma": {"gamma": "vendor"},
    "model, act/365 to the close": {"gamma": "model", "settlement": "pm"},
    "model, act/365 by root, 4%": {"gamma": "model", "rate": 0.04},
    "model, weekdays / 252": {"gamma": "model", "day_count": "busday252", "zero_gamma": "first"},
    "model, repaired vols": {"gamma": "model", "implied_vol": "repaired", "adv_notional": 4e11},
}


def numbers(name: str) -> dict[str, Any]:
    """What is frozen of one set of conventions: exposures, roots, walls and definitions."""
    found = sh.read_snapshot(CHAIN, sh.Asked(**CONVENTIONS[name])).as_json()
    kept = ("exposure", "zero_gamma", "walls", "definitions", "feedback", "largest_gamma_strike")
    return {key: found[key] for key in kept}


def main() -> None:
    """Write the file, and the table in the docs, anew."""
    FROZEN.write_text(json.dumps({name: numbers(name) for name in CONVENTIONS}, indent=1) + "\n", encoding="utf-8")
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    table = definitions_markdown(sh.read_snapshot(CHAIN))
    PAGE.write_text(before + BEGIN + table + "\n" + rest[rest.index(END) :], encoding="utf-8")


if __name__ == "__main__":
    main()
