"""What was asked of simhedge: the scenario, how it differs from those it extends, and how to ask the same again."""

from __future__ import annotations

import json
import shlex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import yaml

from simhedge.report.page.content import Again, Asked, Table
from simhedge.report.rows import Rows
from simhedge.rounding import MISSING, counted
from simhedge.scenario import ChainBook
from simhedge.scenario.overrides import SET
from simhedge.simulation.own_policies import policy_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simhedge.scenario import Change, Layer, Scenario

MOST_CHANGES = 200  # rows of a table; more than that are options one by one
MOST_SET = 10_000  # characters of --set on a command line
SAVED_AS = "scenario.yaml"
_OWN = ("name", "description", "expect")  # every file has its own: no difference in the world
_WIDTH = 96
_PLACE_OF_CHAINS = " Paths of option chains start from the folder of the file."
_BRING_POLICIES = (
    " A policy of the user's own took part, a function that is part of neither the scenario nor its hash: only Python "
    "can hand it over, and without the same function other numbers come out."
)


def asked(scenario: Scenario, policies: Mapping[str, str] = MappingProxyType({})) -> Asked:
    """The scenario with the differences of each layer from those below it; `policies` as in `Result`."""
    layers = scenario.origin
    tables = tuple(_differences(layers, number) for number in range(1, len(layers)) if layers[number].changes)
    own = f" Handed to the run, and in no file: policies of the user's own ({policy_words(policies)})."
    return Asked(_told(layers) + (own if policies else ""), tables, scenario_yaml(scenario))


def size_of(scenario: Scenario) -> tuple[str, str, str]:
    """How many paths of how many steps and days, and the seed."""
    steps = f"{counted(scenario.clock.steps, 'step')} in {counted(scenario.clock.days, 'trading day')}"
    return counted(scenario.paths, "path"), steps, f"seed {scenario.seed}"


def _told(layers: tuple[Layer, ...]) -> str:
    if not layers:
        return "The scenario was made of plain values, or saved before files were remembered: no parent is known."
    files = [layer.source for layer in layers if layer.source != SET]
    chain = " extends ".join(reversed(files))
    told = f"Read from {chain}." if len(files) == 1 else f"{chain}."
    if any(layer.source == SET for layer in layers):
        told += " Some keys were set over it (--set)."
    return told if len(layers) > 1 else f"{told} It extends no other scenario, and nothing was set over it."


def _differences(layers: tuple[Layer, ...], number: int) -> Table:
    layer, below = layers[number], layers[number - 1].source
    shown = [change for change in layer.changes if change.key.split(".")[0] not in _OWN]
    hidden = {change.key.split(".")[0] for change in layer.changes} & set(_OWN)
    own = [name for name in _OWN if name in hidden]
    note = f"It also has its own {', '.join(own)}." if own else ""
    if len(shown) > MOST_CHANGES:
        note = f"And {len(shown) - MOST_CHANGES:,} more: manifest.json of the saved result has them all. {note}".strip()
    if below == SET:
        below = "what was set before"
    caption = f"What --set changes of {below}" if layer.source == SET else f"What {layer.source} changes of {below}"
    cells = [(change.key, _value(change.before), _value(change.after)) for change in shown[:MOST_CHANGES]]
    columns = ("key", "before", "after")
    return Table(caption, Rows(columns, cells or [("nothing else",)], words=columns, note=note))


def _value(value: Change | Any) -> str:
    return MISSING if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def scenario_yaml(scenario: Scenario) -> str:
    """All values, defaults filled in, as a scenario file that `simhedge run` takes."""
    options: Any = {"sort_keys": False, "allow_unicode": True, "width": _WIDTH, "default_flow_style": None}
    return str(yaml.safe_dump(scenario.as_dict(), **options)).rstrip("\n")


def again(
    scenario: Scenario,
    command: str,
    flags: Mapping[str, str] = MappingProxyType({}),
    policies: Mapping[str, str] = MappingProxyType({}),
) -> Again:
    """The commands that give the same result, `command` being run or validate, `policies` as in `Result`.

    `flags`: options of the command such as --book-delta with their value, empty for those that have none.
    Where policies of the user's own took part there are none for the command line, which takes no functions.
    """
    file, settings = _source(scenario)
    words = ["simhedge", command, file or SAVED_AS]
    for key, value in settings.items():
        words += ["--set", f"{key}={_flow(value)}"]
    words += [word for flag in flags.items() for word in flag if word]
    line = shlex.join([*words, "--out", "again"])
    told = (
        "The same version gives the same numbers: to the last bit on one type of processor, to rounding on another."
        + (
            " Should the file have changed since, save the YAML above as a file and name that."
            if file
            else f" Save the YAML above as {SAVED_AS} first."
        )
        + (_PLACE_OF_CHAINS if any(isinstance(book, ChainBook) for book in scenario.books.values()) else "")
        + (_BRING_POLICIES if policies else "")
    )
    options = [f"{flag.removeprefix('--').replace('-', '_')}={value or True!r}" for flag, value in flags.items()]
    python = _python(file or SAVED_AS, settings, scenario.sha256, _call(command, options, policies))
    return Again(told, "" if policies else f"{line}\nsimhedge report again", python)


def _source(scenario: Scenario) -> tuple[str, dict[str, Any]]:
    """The file to run and what to set over it; no file where none is known, or where a shell would refuse so much."""
    files = [layer.source for layer in scenario.origin if layer.source != SET]
    settings: dict[str, Any] = {}
    for layer in scenario.origin:
        settings |= layer.settings
    short = sum(len(_flow(value)) for value in settings.values()) <= MOST_SET
    return (files[-1], settings) if files and short else ("", {})


def _python(file: str, settings: dict[str, Any], sha256: str, call: list[str]) -> str:
    overrides = f", overrides={settings!r}" if settings else ""
    return "\n".join(
        [
            "import simhedge as sh",
            "",
            f"scenario = sh.load_scenario({file!r}{overrides})",
            f'assert scenario.sha256 == "{sha256}"',
            *call,
        ]
    )


def _call(command: str, options: list[str], policies: Mapping[str, str]) -> list[str]:
    """The lines that run it; those with policies of the user's own stop where the function is not brought along."""
    if policies:
        function = next(iter(policies.values()))  # a run takes one, which may serve several dealers
        name = function.rpartition(".")[2]
        name = name if name.isidentifier() else "own_policy"
        given = ", ".join(f"{dealer!r}: {name}" for dealer in policies)
        options = [*options, f"policies={{{given}}}"]
        told = [f"# {name} is {function}, compiled with sh.user_policy: define or import it first"]
    else:
        told = []
    return [*told, f"result = sh.{command}({', '.join(['scenario', *options])})"]


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("...").strip()
