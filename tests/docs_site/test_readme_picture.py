"""The picture of README: the script runs, and the week that it draws is the one that README tells of."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from make_readme_picture import FOLDER, Week, week, write

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
LARGEST = 300_000  # bytes


@pytest.fixture(scope="module")
def shown() -> Week:
    return week()


def test_the_week_is_as_readme_tells(shown: Week) -> None:
    before, after = shown.spot[shown.leap - 1], shown.spot[shown.leap]
    at_once = shown.bought[shown.leap] - shown.bought[shown.leap - 1]
    assert f"ends the week at ${shown.twin[-1]:.0f}, where it began" in README
    assert f"leaps from ${before:.0f} to ${after:.0f} in five minutes" in README
    assert f"buy {at_once / 1e6:.0f} million shares, {at_once / shown.volume:.1f} days of volume" in README
    assert round(shown.twin[0]) == round(shown.twin[-1])


def test_the_price_never_rests_where_it_cannot(shown: Week) -> None:
    there = np.isfinite(shown.low)
    assert there.any()
    assert not ((shown.spot > shown.low) & (shown.spot < shown.high))[there].any()
    assert ((shown.twin > shown.low) & (shown.twin < shown.high))[there].any()  # while its twin can


def test_the_script_writes_what_is_committed(tmp_path: Path) -> None:
    """The bytes depend on the version of Matplotlib; the files and their frame do not."""
    for file in write(tmp_path):
        kept = FOLDER / file.name
        assert f"docs/_static/{file.name}" in README
        assert kept.stat().st_size < LARGEST
        drawn, committed = (ElementTree.parse(one).getroot() for one in (file, kept))
        assert drawn.get("viewBox") == committed.get("viewBox")
