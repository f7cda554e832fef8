"""The page of a run says what was asked, what came out, and how to get it again."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from report_pages import RECORD, Outline, blocks, html_of, run_page, small_run

import simhedge as sh
from simhedge.report.page.asked import asked
from simhedge.report.page.run_charts import run_charts
from simhedge.rounding import with_interval
from simhedge.scenario import parse_set_options

SHIPPED = Path(__file__).parents[3] / "scenarios" / "positive_gamma.yaml"


@pytest.fixture(scope="module")
def text() -> str:
    return Outline(run_page()).text


def test_it_leads_with_the_claims(text: str) -> None:
    result = small_run()
    assert text.index("claims") < text.index("Metrics, hedged beside twin") < text.index("Figures", 800)
    row = result.summary.loc["realised_vol"]
    assert f"realised_vol, ratio is {with_interval(row['ratio'], row['ratio_se'])}; claimed: equals 1.3333" in text
    assert text.count("Square brackets hold the 95% interval") == 1
    for outcome in result.expectations:
        assert f"claimed: {outcome.bound.replace('-', '−')}" in text
    assert text.count("Passed") == sum(outcome.passed for outcome in result.expectations)


def test_a_failed_claim_is_said_to_fail() -> None:
    failing = small_run().scenario.with_overrides({"expect": [{"metric": "realised_vol", "above": 9.0}]})
    page = html_of(sh.run(failing))
    assert "1 of 1 claim fails." in Outline(page).text
    assert '<span class="verdict failed">Failed</span>' in page


def test_ratios_have_their_interval_in_words(text: str) -> None:
    assert re.search(r"Hedging raises the realised volatility to 1\.33\d* \[1\.3\d+, 1\.3\d+\] times the twin's", text)


def test_differences_from_the_parent_are_shown(text: str) -> None:
    assert "negative_gamma extends positive_gamma." in text
    assert "What negative_gamma changes of positive_gamma" in text
    assert "books.quarterly.0.contracts 243000 -243000" in text
    assert "What --set changes of negative_gamma" in text
    assert "paths 2000 200" in text


def test_thousands_of_differences_are_cut_and_counted(tmp_path: Path) -> None:
    option = "{kind: call, strike: 1%03d.0, expiry_days: 60, contracts: 1, implied_vol: 0.2}"
    file = tmp_path / "many.yaml"
    written = "\n".join(f"    - {option % number}" for number in range(300))
    file.write_text(f"extends: positive_gamma.yaml\nbooks:\n  quarterly:\n{written}\n", encoding="utf-8")
    (tmp_path / "positive_gamma.yaml").write_text(SHIPPED.read_text(encoding="utf-8"), encoding="utf-8")
    (table,) = asked(sh.load_scenario(file)).differences
    assert len(table.rows.cells) == 200
    assert "And 1,298 more" in table.rows.note
    assert "manifest.json" in table.rows.note


def test_a_scenario_of_thousands_of_options_is_whole_and_the_page_small(tmp_path: Path) -> None:
    option = {"kind": "call", "expiry_days": 60, "contracts": 1.0, "implied_vol": 0.2}
    options = [option | {"strike": 80.0 + 0.02 * number} for number in range(2_400)]
    many = small_run().scenario.with_overrides({"books.quarterly": options})
    page = html_of(sh.Result(**(vars(small_run()) | {"scenario": many})))
    assert len(page.encode()) < 3_000_000
    assert f"{len(blocks(page)[0].splitlines()):,} lines: all of them are on this page" in Outline(page).text
    assert blocks(page)[1].startswith("simhedge run scenario.yaml --out again")  # no shell takes so long a --set
    assert "Save the YAML above as scenario.yaml first" in Outline(page).text
    file = tmp_path / "scenario.yaml"
    file.write_text(blocks(page)[0], encoding="utf-8")
    assert sh.load_scenario(file).sha256 == many.sha256


def test_a_scenario_without_origin_says_so() -> None:
    plain = sh.scenario_from_dict(small_run().scenario.as_dict())
    page = html_of(sh.Result(**(vars(small_run()) | {"scenario": plain})))
    assert "no parent is known" in Outline(page).text
    assert "simhedge run scenario.yaml" in blocks(page)[1]


def test_the_yaml_is_a_scenario_file_that_gives_the_same(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"
    file.write_text(blocks(run_page())[0], encoding="utf-8")
    assert sh.load_scenario(file).sha256 == small_run().scenario.sha256


def test_the_python_gives_the_same() -> None:
    names: dict[str, sh.Result] = {}
    exec(blocks(run_page())[2], names)
    assert names["result"].summary.equals(small_run().summary)


def test_deltas_from_all_options_are_asked_for_again() -> None:
    exact = sh.run(small_run().scenario.with_overrides({"paths": 8}), book_delta="exact")
    _, commands, python = blocks(html_of(exact))
    assert "--book-delta exact --out again" in commands
    names: dict[str, sh.Result] = {}
    exec(python, names)
    assert names["result"].engine["book_delta"] == "exact"
    assert names["result"].summary.equals(exact.summary)
    assert "book" not in blocks(run_page())[1]


def test_the_command_gives_the_same_scenario() -> None:
    words = shlex.split(blocks(run_page())[1].splitlines()[0])
    assert words[:3] == ["simhedge", "run", "negative_gamma"]
    settings = [setting for flag, setting in pairwise(words) if flag == "--set"]
    again = sh.load_scenario(words[2], parse_set_options(settings))
    assert again.sha256 == small_run().scenario.sha256


def test_method_seed_versions_and_levels_are_there(text: str) -> None:
    scenario = small_run().scenario
    for told in (f"sha256 {scenario.sha256}", "seed 19970701", "simultaneous:", "jackknife", "numba", "zero gamma ($)"):
        assert told in text, told


def test_paths_that_were_not_recorded_are_simulated_again() -> None:
    bare = sh.run(small_run().scenario.with_overrides({"outputs.record": RECORD | {"paths": 1}}))
    again, recorded = run_charts(bare)[0], run_charts(small_run())[0]
    assert again.words == recorded.words


def test_where_paths_cannot_be_had_the_page_says_why() -> None:
    scenario = sh.load_scenario("spx_chain", {"paths": 8, "clock.days": 1})
    result = sh.run(scenario)
    gone = sh.scenario_from_dict(scenario.as_dict(), chain_directories={"street": "/nowhere"})
    outline = Outline(html_of(sh.Result(**(vars(result) | {"scenario": gone}))))
    assert "figures of paths are left out" in outline.text
    assert len(outline.of("figure")) == 1
