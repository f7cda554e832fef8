"""The reference of the command line, reference/cli.md, written from the program itself at every build."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from writing import write_text

from simhedge.cli.main import app as program

PROGRAM = "simhedge"
INTRODUCTION = """\
# Command line

This page is written from the program at every build. `simhedge COMMAND --help` prints the same.
"""


def cli_reference() -> str:
    """The page in Markdown: one section a command, in the order of `simhedge --help`."""
    group: Any = typer.main.get_command(program)
    parent = typer.Context(group, info_name=PROGRAM)
    sections = [INTRODUCTION, f"{group.help}\n", *_options(group, parent)]
    for name, command in group.commands.items():
        context = typer.Context(command, info_name=name, parent=parent)
        sections += [f"## {name}\n", f"{command.help}\n", *_usage(name, command), *_options(command, context)]
    return "\n".join(sections)


def _usage(name: str, command: Any) -> Iterator[str]:
    """The command line in short, and the program that options belong to from here on."""
    arguments = [_argument(p) for p in command.params if p.param_type_name == "argument"]
    yield "```text\n" + " ".join([PROGRAM, name, *arguments, "[OPTIONS]"]) + "\n```\n"
    yield f"```{{program}} {PROGRAM} {name}\n```\n"


def _argument(parameter: Any) -> str:
    """An argument as it stands in a usage line, brackets around what may be left out."""
    name = str(parameter.metavar or parameter.name.upper())
    return name if parameter.required or name.startswith("[") else f"[{name}]"


def _options(command: Any, context: Any) -> Iterator[str]:
    """Arguments and options, each with its meaning and its default."""
    for parameter in command.params:
        declared, meaning = parameter.get_help_record(context)
        yield f":::{{option}} {declared.replace(' / ', ', ')}\n{meaning}\n:::\n"


def _write(site: Any) -> None:
    write_text(Path(site.srcdir) / "reference" / "cli.md", cli_reference())


def setup(site: Any) -> dict[str, Any]:
    """What Sphinx wants to know of an extension."""
    site.connect("builder-inited", _write)
    return {"parallel_read_safe": True}
