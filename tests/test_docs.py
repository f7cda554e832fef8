"""What README and docs/ show works: Python blocks run, commands run, YAML blocks check, links resolve, figures hold."""

from __future__ import annotations

import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest

import simhedge as sh
from simhedge.cli.main import main
from simhedge.report.level_table import definitions_markdown

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md", "docs/quickstart.md", "docs/model.md", "docs/levels.md", "docs/validation.md", "docs/canon.md",
    "docs/odd.md", "docs/scenarios.md", "CHANGELOG.md",
)  # fmt: skip
TOOLS = {"pip", "pytest", "ruff", "mypy", "python"}


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


@pytest.fixture(autouse=True)
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's directory: the scenarios of the repository, and a chain file of the reader's own."""
    scenarios = tmp_path / "scenarios"
    scenarios.mkdir()
    for file in (ROOT / "scenarios").glob("*.yaml"):
        shutil.copy(file, scenarios)
    (scenarios / "data").symlink_to(ROOT / "scenarios" / "data")
    for place in (tmp_path, scenarios):
        (place / "quotedata.csv").symlink_to(ROOT / "scenarios" / "data" / "spx_like_quotedata.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_blocks_run(page: str) -> None:
    """The blocks of a page follow one another, as a reader would type them."""
    names: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(blocks(page, "python")):
        exec(compile(block, f"{page}, Python block {number}", "exec"), names)
    assert {"result", "validation", "findings"} & names.keys()


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
    arguments = shlex.split(line)[1:]
    if arguments[0] == "run":
        arguments = smaller(arguments)
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
        assert (ROOT / words[2].replace(".", "/") / "__main__.py").exists()


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
    targets = re.findall(r"\]\(([^)\s]+)\)", text_of(page))
    for target in targets:
        if target.startswith("https://"):
            continue
        place, _, anchor = target.partition("#")
        file = (ROOT / page).parent / place if place else ROOT / page
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


def test_every_page_of_the_docs_is_linked_from_the_readme() -> None:
    pages = sorted(f"docs/{file.name}" for file in (ROOT / "docs").glob("*.md"))
    assert [page for page in pages if f"]({page})" not in text_of("README.md")] == []


def test_the_table_of_the_readme_is_that_of_the_run() -> None:
    """Within a fifth of a standard error: where a price jumps, another processor's last digit may decide a path."""
    table = re.findall(r"^(\w+) +([−\d.]+) ± ([\d.]+) ", blocks("README.md", "text")[0], flags=re.MULTILINE)
    assert len(table) >= 5
    summary = sh.run(sh.load_scenario(str(ROOT / "scenarios" / "gamma_squeeze.yaml"))).summary
    for metric, value, error in table:
        shown, se = float(value.replace("−", "-")), float(error)
        assert summary.at[metric, "hedged_se"] == pytest.approx(se, rel=0.1)
        assert summary.at[metric, "hedged"] == pytest.approx(shown, abs=0.2 * se)


SHIPPED_CHAIN = ROOT / "scenarios" / "data" / "spx_like_quotedata.csv"
DEFINITIONS = re.compile(r"(?<=<!-- definitions of the shipped chain -->\n).*(?=<!-- end -->)", re.DOTALL)


def test_the_definitions_on_the_levels_page_are_those_of_the_shipped_chain() -> None:
    """`python -m tests.regression.frozen_levels` writes them anew."""
    shown = DEFINITIONS.search(text_of("docs/levels.md"))
    assert shown is not None
    assert shown.group() == definitions_markdown(sh.read_snapshot(SHIPPED_CHAIN)) + "\n"
