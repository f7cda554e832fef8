"""`simhedge scenarios` and `simhedge schema`: what is shipped, and what a scenario file may say."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

from simhedge.cli.output import print_json, print_table, print_text
from simhedge.cli.run import JsonOption
from simhedge.errors import InputError

_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z])")


def scenarios_command(
    copy: Annotated[
        Path | None, typer.Option("--copy", metavar="DIR", help="Copy the shipped scenarios and their data there.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """List the shipped scenarios, each with its claim."""
    from simhedge.scenario import shipped_scenarios

    shipped = shipped_scenarios()
    if copy is not None:
        copy_scenarios(list(shipped.values()), copy)
        if not as_json:
            print_text(f"{len(shipped)} scenarios copied to {copy}")
            return 0
    claims = {name: claim(path) for name, path in shipped.items()}
    if as_json:
        print_json({"scenarios": [{"name": name, "claim": text} for name, text in claims.items()]})
    else:
        _print_claims(claims)
    return 0


def claim(path: Path) -> str:
    """The first sentence of the scenario's description."""
    from simhedge.scenario import load_scenario

    description = " ".join((load_scenario(path).description or "").split())
    return _SENTENCE_END.split(description, maxsplit=1)[0]


def copy_scenarios(files: list[Path], directory: Path) -> None:
    """Copy scenario files and the `data` folder beside them to `directory`, which must be empty or new."""
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise InputError(
            "is not an empty directory", key="--copy", value=str(directory), remedy="name a new or empty directory"
        )
    directory.mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copy(file, directory / file.name)
    for data in sorted({file.parent / "data" for file in files}):
        if data.is_dir():
            shutil.copytree(data, directory / "data", dirs_exist_ok=True)


def _print_claims(claims: dict[str, str]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    table.add_column("scenario", no_wrap=True)
    table.add_column("claim")
    for name, text in claims.items():
        table.add_row(name, Text(text))
    print_table(table)
    print_text("Run one with: simhedge run NAME")


def schema_command() -> int:
    """Print the JSON Schema of scenario files, for an editor's completion."""
    from simhedge.scenario import json_schema

    print_json(json_schema())
    return 0
