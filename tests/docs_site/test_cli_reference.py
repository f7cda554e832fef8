"""The reference of the command line says what the program says: every command, every option, every default."""

from __future__ import annotations

import re

import pytest
from cli_reference import cli_reference

from simhedge.cli.main import app, main


@pytest.fixture(scope="module")
def page() -> str:
    return cli_reference()


def section(page: str, command: str) -> str:
    """What the page says of one command."""
    return page.split(f"\n## {command}\n")[1].split("\n## ")[0]


def test_every_command_has_its_section_in_the_order_of_the_help(page: str) -> None:
    assert re.findall(r"^## (.*)$", page, flags=re.MULTILINE) == [command.name for command in app.registered_commands]


@pytest.mark.parametrize("command", [str(command.name) for command in app.registered_commands])
def test_options_are_those_of_the_help(page: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    told = set(re.findall(r"--[a-z][a-z-]*", capsys.readouterr().out))
    declared = re.findall(r"^:::\{option\} (.*)$", section(page, command), flags=re.MULTILINE)
    shown = {option for line in declared for option in re.findall(r"--[a-z][a-z-]*", line)}
    assert shown <= told
    assert told - shown <= {"--help", "--out", "--json", "--watch"}  # the first is everyone's, meanings name the others


def test_usage_tells_what_may_be_left_out(page: str) -> None:
    assert "simhedge run FILE [OPTIONS]\n" in section(page, "run")
    assert "simhedge reproduce [ID]... [OPTIONS]\n" in section(page, "reproduce")
    assert "simhedge make-chain [OUT] [OPTIONS]\n" in section(page, "make-chain")


def test_meanings_and_defaults(page: str) -> None:
    told = section(page, "run")
    assert "Run a scenario: dealers hedge, prices move" in told
    assert ":::{option} --set KEY=VALUE\nChange one key, such as market.spot=90; may be repeated.\n:::" in told
    assert ":::{option} --figures, --no-figures\n" in told
    assert "[default: auto]" in told
