"""What README and docs/ show works: Python blocks run, commands run, YAML blocks check, links resolve, figures hold."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from report_pages import by_hand, small_run

import simhedge as sh
from simhedge.cli.main import main
from simhedge.report.level_table import definitions_markdown

ROOT = Path(__file__).parents[1]
FOLDERS = ("docs", "docs/tutorials", "docs/howto")  # docs/gallery and docs/reference are checked where they are made
DOCS = [f"{folder}/{file.name}" for folder in FOLDERS for file in sorted((ROOT / folder).glob("*.md"))]
PAGES = ("README.md", "CHANGELOG.md", *DOCS)
TOOLS = {"pip", "pytest", "ruff", "mypy", "python", "sphinx-build"}


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """The fenced blocks of one language, in their order on the page."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text_of(page), flags=re.MULTILINE | re.DOTALL)


def command_lines(page: str) -> list[str]:
    lines = [line.strip() for block in blocks(page, "sh") for line in block.splitlines()]
    return [part.strip() for line in lines if line for part in line.split("&&")]


SIMHEDGE_COMMANDS = sorted({line for page in PAGES for line in command_lines(page) if line.startswith("simhedge ")})
OTHER_COMMANDS = sorted({line for page in PAGES for line in command_lines(page) if not line.startswith("simhedge ")})
YAML_BLOCKS = [(page, number) for page in PAGES for number in range(len(blocks(page, "yaml")))]


def named_files() -> dict[str, str]:
    """The files that pages ask their reader to write: YAML blocks whose first line is their name, as a comment."""
    shown = [block for page in PAGES for block in blocks(page, "yaml")]
    named = [(re.match(r"# (\w+\.yaml)\n", block), block) for block in shown]
    return {name[1]: block for name, block in named if name is not None}


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's directory: the scenarios of the repository, a chain file of the reader's own, the files to write."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    for file in (ROOT / "scenarios").glob("*.yaml"):
        shutil.copy(file, scenarios)
    (scenarios / "data").symlink_to(ROOT / "scenarios" / "data")
    for place in (tmp_path, scenarios):
        (place / "quotedata.csv").symlink_to(ROOT / "scenarios" / "data" / "spx_like_quotedata.csv")
        for name, text in named_files().items():
            (place / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("simhedge.live.show.show", ready_at_once)
    return tmp_path


def ready_at_once(*_: object, ready: Callable[[str], object], **options: object) -> None:
    """In place of a server that runs until it is interrupted."""
    ready("http://127.0.0.1/")


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_blocks_run(page: str) -> None:
    """The blocks of a page follow one another, as a reader would type them."""
    names: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(blocks(page, "python")):
        exec(compile(block, f"{page}, Python block {number}", "exec"), names)
    assert {"result", "validation", "findings", "session"} & names.keys()


def smaller(arguments: list[str]) -> list[str]:
    """The arguments of a `run` with fewer paths and no figures: what is shown must work, not impress."""
    kept = [a for a in arguments if not a.startswith("paths=")]
    kept = [a for k, a in enumerate(kept) if a != "--set" or "=" in "".join(kept[k + 1 : k + 2])]
    if "delta_hedging_101" not in kept:
        kept += ["--set", "paths=32"]
    if "spx_chain" in kept:
        kept += ["--set", "clock.days=1"]
    return [*kept, "--no-figures"] if "--out" in kept else kept


def test_smaller_runs_keep_what_is_shown() -> None:
    shown = ["run", "x", "--set", "paths=1_000", "--set", "seed=7", "--out", "d"]
    assert smaller(shown) == ["run", "x", "--set", "seed=7", "--out", "d", "--set", "paths=32", "--no-figures"]


@pytest.mark.parametrize("line", SIMHEDGE_COMMANDS)
def test_commands_run(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = shlex.split(line, comments=True)[1:]
    if arguments[0] == "run":
        arguments = smaller(arguments)
    elif arguments[0] == "validate" and "--power" in arguments:
        arguments.remove("--power")  # a minute's work, which tests/validation/test_power.py does
    elif arguments[0] == "live":
        arguments.append("--no-browser")
    elif arguments[0] == "report":  # of what the line before it saves
        (by_hand() if "walls" in arguments[1] else small_run()).save(arguments[1])
    code = main(arguments)
    shown = capsys.readouterr()
    assert code == 0 or (code == 1 and "--check" in arguments), shown.err
    assert shown.out or "--quiet" in arguments or arguments[0] == "warmup"


@pytest.mark.parametrize("line", OTHER_COMMANDS)
def test_other_commands_name_what_exists(line: str) -> None:
    words = shlex.split(line)
    assert words[0] in TOOLS
    if words[0] == "pip":
        asked = {extra for word in words for found in re.findall(r"\[(.*)\]", word) for extra in found.split(",")}
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        assert asked <= set(project["optional-dependencies"])
    if words[0] == "python":
        assert words[1] == "-m"
        module = ROOT / words[2].replace(".", "/")
        assert (module / "__main__.py").exists() or module.with_suffix(".py").exists()


@pytest.mark.parametrize(("page", "number"), YAML_BLOCKS)
def test_yaml_blocks_check(page: str, number: int, workplace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = workplace / "scenarios" / "shown.yaml"
    file.write_text(blocks(page, "yaml")[number], encoding="utf-8")
    assert main(["check", str(file)]) == 0, capsys.readouterr().err


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page: str) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", text_of(page)) + re.findall(r'src(?:set)?="([^"]+)"', text_of(page))
    for target in targets:
        if target.startswith("https://"):
            continue
        place, _, anchor = target.partition("#")
        file = (ROOT / page).parent / place if place else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    pages = [page for page in PAGES if page not in ("README.md", "docs/index.md")]
    assert [page for page in pages if f"]({page})" not in text_of("README.md")] == []


@pytest.mark.parametrize(
    ("page", "file"),
    [("README.md", "scenarios/gamma_squeeze.yaml"), ("docs/tutorials/researcher.md", "short_street.yaml")],
)
def test_the_table_of_a_page_is_that_of_its_run(page: str, file: str) -> None:
    """Within a fifth of a standard error: where a price jumps, another processor's last digit may decide a path."""
    table = re.findall(r"^(\w+) +([−\d.]+) ± ([\d.]+) ", blocks(page, "text")[0], flags=re.MULTILINE)
    assert len(table) >= 4
    summary = sh.run(sh.load_scenario(file)).summary
    for metric, value, error in table:
        shown, se = float(value.replace("−", "-")), float(error)
        assert summary.at[metric, "hedged_se"] == pytest.approx(se, rel=0.1)
        assert summary.at[metric, "hedged"] == pytest.approx(shown, abs=0.2 * se)


def test_the_steps_that_the_teacher_reads_are_those_of_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "delta_hedging_101", "--table"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert [line for line in blocks("docs/tutorials/teacher.md", "text")[0].splitlines() if line not in printed] == []


HOW_TO_FILES = re.compile(r"^\| `([\w/]+\.py)` \| (.*) \|$", flags=re.MULTILINE)


@pytest.mark.parametrize("page", ["docs/howto/add_a_policy.md", "docs/howto/add_a_model.md"])
def test_what_a_how_to_names_is_in_the_file_that_it_names(page: str) -> None:
    steps = HOW_TO_FILES.findall(text_of(page))
    assert len(steps) >= 10
    for file, told in steps:
        code = (ROOT / file).read_text(encoding="utf-8")
        assert [name for name in re.findall(r"`([A-Za-z_]+)`", told) if name not in code] == [], file


def test_the_way_of_a_policy_misses_no_file() -> None:
    """Whatever knows the policy that the how-to follows is on its list."""
    listed = {file for file, _ in HOW_TO_FILES.findall(text_of("docs/howto/add_a_policy.md"))}
    knows = re.compile(r"DELTA_BAND|DeltaBandPolicy|\"delta_band\"")
    modules = [file for file in (ROOT / "simhedge").rglob("*.py") if "canon" not in file.parts]
    found = {file.relative_to(ROOT).as_posix() for file in modules if knows.search(file.read_text(encoding="utf-8"))}
    assert found <= listed


SHIPPED_CHAIN = ROOT / "scenarios" / "data" / "spx_like_quotedata.csv"
DEFINITIONS = re.compile(r"(?<=<!-- definitions of the shipped chain -->\n).*(?=<!-- end -->)", re.DOTALL)


def test_the_definitions_on_the_levels_page_are_those_of_the_shipped_chain() -> None:
    """`python -m tests.regression.frozen_levels` writes them anew."""
    shown = DEFINITIONS.search(text_of("docs/levels.md"))
    assert shown is not None
    assert shown.group() == definitions_markdown(sh.read_snapshot(SHIPPED_CHAIN)) + "\n"
