"""Frozen numbers of the shipped scenarios: `python -m tests.regression.regenerate` writes them anew.

Do so only where a change of results is meant, and say in the changelog why they changed.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import simhedge as sh

FROZEN = Path(__file__).with_name("frozen_numbers.json")
COLUMNS = ("hedged", "hedged_se", "twin", "difference", "difference_se")


def numbers(result: sh.Result) -> dict[str, dict[str, float | None]]:
    """Metric by metric the columns that are frozen, null where a value is not defined."""
    summary = result.summary
    return {
        str(metric): {column: _finite(summary.at[metric, column]) for column in COLUMNS} for metric in summary.index
    }


def _finite(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def main() -> None:
    frozen = {name: numbers(sh.run(sh.load_scenario(path))) for name, path in sh.shipped_scenarios().items()}
    FROZEN.write_text(json.dumps(frozen, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
