"""`simhedge report`: what is written where, and which words refuse what cannot be reported."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import util
from pathlib import Path
from typing import Any

import pytest
from report_pages import Outline, by_hand, small_run

import simhedge as sh
from simhedge.report import write_report
from simhedge.report.page import write as write_module

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A saved run; tests write beside it."""
    return small_run().save(tmp_path_factory.mktemp("saved") / "run")


def test_the_page_goes_beside_the_result_and_its_path_to_standard_output(program: Call, saved: Path) -> None:
    outcome = program("report", str(saved))
    assert (outcome.code, outcome.out, outcome.err) == (0, f"{saved / 'report.html'}\n", "")
    page = (saved / "report.html").read_text(encoding="utf-8")
    assert "What negative_gamma changes of positive_gamma" in Outline(page).text
    assert not list(saved.glob(".report*"))
    assert sh.load_result(saved).scenario == small_run().scenario


def test_json_is_one_document_with_file_and_size(program: Call, saved: Path, tmp_path: Path) -> None:
    place = tmp_path / "new" / "page.html"
    outcome = program("report", str(saved), "--out", str(place), "--json")
    document = json.loads(outcome.out)
    assert document == {"format": "html", "files": [{"file": str(place), "bytes": place.stat().st_size}]}


def test_a_saved_validation_is_reported_too(program: Call, tmp_path: Path) -> None:
    place = by_hand().save(tmp_path / "validation")
    assert program("report", str(place)).code == 0
    page = (place / "report.html").read_text(encoding="utf-8")
    assert "Validation of levels" in Outline(page).text


def test_figures_are_written_by_name(program: Call, saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "paper"
    arguments = ("--format", "svg", "--figure", "gain", "--figure", "fan", "--out", str(folder))
    outcome = program("report", str(saved), *arguments)
    assert outcome.out.splitlines() == [str(folder / "gain.svg"), str(folder / "fan.svg")]
    assert program("report", str(saved), "--format", "pdf", "--figure", "gain").code == 0
    assert (saved / "figures" / "gain.pdf").exists()


def test_figures_that_a_policy_of_ones_own_rules_out_are_named(program: Call, tmp_path: Path) -> None:
    idle = sh.user_policy(lambda hedge, target_hedge, spot, gamma, parameter, step: hedge)
    scenario = sh.load_scenario("positive_gamma", {"paths": 8, "clock.days": 1})
    place = sh.run(scenario, policies={"street": idle}).save(tmp_path / "run")
    outcome = program("report", str(place), "--format", "svg")
    assert (outcome.code, outcome.out) == (0, f"{place / 'figures' / 'gain.svg'}\n")
    assert "warning: figures of paths are left out" in outcome.err
    refused = program("report", str(place), "--format", "svg", "--figure", "fan")
    assert (refused.code, refused.out) == (2, "")
    assert "a policy of the user's own took part (street: " in refused.err


def test_a_result_that_a_crash_left_as_old_is_found(program: Call, saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "run.old")
    assert program("report", str(tmp_path / "run"), "--out", str(tmp_path / "page.html")).code == 0


def broken(place: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    change(manifest)
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return place


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("nowhere",), "there is no such directory"),
        (("empty",), "there is no saved run or validation here"),
        (("text",), "its manifest.json cannot be read"),
        (("list",), "its manifest.json cannot be read"),
        (("reproduction",), "it holds a reproduction, of which there is no report"),
        (("future",), "not a saved run that can be read"),
        (("run", "--figure", "fan"), "--figure: a page has all figures (add --format png, svg or pdf)"),
        (("run", "--format", "png", "--figure", "fann"), "there is no such figure (did you mean fan?)"),
        (("run", "--format", "jpg"), "jpg"),
        (("run", "--out", "empty"), "this is a directory"),
        (("run", "--format", "png", "--out", "file"), "this is a file, not a directory"),
        (("run", "--out", "file/page.html"), "check the path"),
    ],
)
def test_bad_input_is_refused_in_words(
    program: Call, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("file").touch()
    for name, text in (("text", "{"), ("list", "[1]")):
        Path(name).mkdir()
        (Path(name) / "manifest.json").write_text(text, encoding="utf-8")
    for name in ("run", "reproduction", "future"):
        shutil.copytree(saved, name)
    broken(Path("reproduction"), lambda manifest: manifest.update(kind="reproduction"))
    broken(Path("future"), lambda manifest: manifest.update(format=99))
    outcome = program("report", *arguments)
    assert outcome.code == 2
    assert told in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""


def test_without_bokeh_the_remedy_is_named_and_figures_still_work(
    program: Call, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = util.find_spec
    monkeypatch.setattr("simhedge.report.needs_bokeh.find_spec", lambda name: None if name == "bokeh" else known(name))
    outcome = program("report", str(saved))
    assert outcome.code == 2
    assert "pip install 'simhedge[live]'" in outcome.err
    figures = ("--format", "png", "--figure", "gain", "--out", str(tmp_path))
    assert program("report", str(saved), *figures).code == 0


def test_a_page_that_fails_leaves_the_former_one(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "page.html"
    place.write_text("before", encoding="utf-8")

    def full(one: Any, other: Any) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(write_module.os, "replace", full)
    with pytest.raises(OSError, match="no space"):
        write_report(small_run(), place)
    assert place.read_text(encoding="utf-8") == "before"
    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_a_result_in_memory_needs_a_place(tmp_path: Path) -> None:
    with pytest.raises(sh.InputError, match="needs a place"):
        write_report(small_run())
    assert write_report(small_run(), tmp_path / "page.html").stat().st_size > 1_000_000


def test_neither_help_nor_the_subpackage_loads_bokeh() -> None:
    code = (
        "import sys; from simhedge.cli.main import main; main(['--help']); import simhedge.report; "
        "sys.exit(any(name in sys.modules for name in ('bokeh', 'jinja2', 'matplotlib', 'pandas')))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == 0
