"""docs/scenarios.md is what the models say, complete, and its example works."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from simhedge.scenario import load_scenario
from simhedge.scenario.base import Block, closest, suggestion
from simhedge.scenario.names import HEDGED_ONLY, METRICS, STEPS_NEEDED
from simhedge.scenario.reference import METRIC_MEANINGS, SECTIONS, scenario_reference

PAGE = Path(__file__).parents[2] / "docs" / "scenarios.md"


def test_the_page_is_current() -> None:
    text = scenario_reference()
    assert PAGE.read_text(encoding="utf-8") == text, (
        "regenerate it: python -m simhedge.scenario.reference > docs/scenarios.md"
    )


def test_every_block_and_key_is_on_the_page() -> None:
    listed = [block for _, blocks in SECTIONS for block in blocks]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(Block.__subclasses__())
    text = scenario_reference()
    for block in listed:
        for name, field in block.model_fields.items():
            assert f"| `{field.alias or name}` |" in text
            assert field.description, f"{block.__name__}.{name}"


def test_the_example_runs_and_every_metric_has_a_meaning(write: Any) -> None:
    page = PAGE.read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert load_scenario(write(example)).name == "expiry-pin"
    assert tuple(METRIC_MEANINGS) == METRICS
    assert set(STEPS_NEEDED) | HEDGED_ONLY <= set(METRICS)


@pytest.mark.parametrize(
    ("word", "match"), [("spott", "spot"), ("SPOT", "spot"), ("realized_vol", None), ("zzz", None)]
)
def test_closest(word: str, match: str | None) -> None:
    assert closest(word, ["spot", "rate"]) == match


def test_suggestions_are_never_empty() -> None:
    assert suggestion("zzz", [], "books") == "there are no books here"
    assert suggestion("zzz", ["a", "b"], "books") == "books: a, b"
    assert suggestion("zzz", [f"k{n}" for n in range(20)], "keys").endswith("k11, ...")
