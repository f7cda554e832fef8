"""The gallery on two small scenarios: pages, pictures and cards say what was run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scenario_gallery import build_gallery, run_scenario
from scenario_page import fan_in_words, scenario_page

import simhedge as sh
from simhedge.simulation.result_words import metric_cells, metric_names

SCENARIOS = Path(__file__).parents[2] / "scenarios"
PATHS = 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A gallery of a scenario, of one that extends it, and of one with a single path."""
    place = tmp_path_factory.mktemp("site") / "gallery"
    names = ("delta_hedging_101", "negative_gamma", "positive_gamma")
    build_gallery(place, {name: SCENARIOS / f"{name}.yaml" for name in names}, most_paths=PATHS)
    return place


def page_of(folder: Path, name: str) -> str:
    return (folder / f"{name}.md").read_text(encoding="utf-8")


def test_every_picture_that_a_page_shows_is_there(folder: Path) -> None:
    for page in folder.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        shown = re.findall(r"(?:\{figure\}|:img-top:) (\S+)", text)
        assert len(shown) == 3, page.name  # of the index, three cards
        assert [name for name in shown if (folder / name).stat().st_size < 1_000] == []
        assert len(re.findall(r"^:(?:img-)?alt: \S.*$", text, flags=re.MULTILINE)) == len(shown)


def test_what_extends_comes_after_its_base(folder: Path) -> None:
    titles = re.findall(r"\{grid-item-card\} (\w+)", page_of(folder, "index"))
    assert titles == ["delta_hedging_101", "positive_gamma", "negative_gamma"]
    assert page_of(folder, "index").rstrip().endswith("\n".join([*titles, ":::"]))


def test_a_page_says_how_many_paths_were_run_of_how_many(folder: Path) -> None:
    page = page_of(folder, "positive_gamma")
    assert f"{PATHS} paths, 390 steps" in page
    assert "The file asks for 2,000 paths" in page
    assert "The file asks for" not in page_of(folder, "delta_hedging_101")


def test_the_table_is_that_of_the_run(folder: Path) -> None:
    scenario = sh.load_scenario(SCENARIOS / "negative_gamma.yaml", overrides={"paths": PATHS})
    summary = sh.run(scenario).summary
    page = page_of(folder, "negative_gamma")
    for metric in metric_names(summary):
        assert re.search(
            rf"^\| `{metric}` \| .* \| {re.escape(' | '.join(metric_cells(summary, metric)))} \|$", page, re.M
        )


def test_the_file_is_shown_as_it_is_and_names_its_base(folder: Path) -> None:
    page = page_of(folder, "negative_gamma")
    assert f"```yaml\n{(SCENARIOS / 'negative_gamma.yaml').read_text(encoding='utf-8')}```" in page
    assert "It extends [positive_gamma](positive_gamma.md)" in page
    assert "It extends" not in page_of(folder, "positive_gamma")


def test_words_for_who_does_not_see_the_picture() -> None:
    one = run_scenario("delta_hedging_101", SCENARIOS / "delta_hedging_101.yaml", PATHS)
    assert fan_in_words(one) == "Price over 20 days: it ends at $104.8 with hedging and at $104.8 without."
    some = run_scenario("positive_gamma", SCENARIOS / "positive_gamma.yaml", PATHS)
    low, high, twin_low, twin_high = (float(x) for x in re.findall(r"\$([\d.]+\d)", fan_in_words(some)))
    assert twin_low < low < 100 < high < twin_high  # dealers who are long gamma calm the price


def test_a_page_that_has_not_changed_is_not_written_again(folder: Path) -> None:
    page = folder / "positive_gamma.md"
    before = page.stat().st_mtime_ns
    shown = run_scenario("positive_gamma", SCENARIOS / "positive_gamma.yaml", PATHS)
    assert scenario_page(shown) == page.read_text(encoding="utf-8")
    build_gallery(folder, {"positive_gamma": SCENARIOS / "positive_gamma.yaml"}, most_paths=PATHS)
    assert page.stat().st_mtime_ns == before
