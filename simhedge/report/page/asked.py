"""What was asked of simhedge: the scenario, how it differs from those it extends, and how to ask the same again."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING, Any

import yaml

from simhedge.report.page.content import Again, Asked, Table
from simhedge.report.rows import Rows
from simhedge.rounding import MISSING, counted
from simhedge.scenario.overrides import SET

if TYPE_CHECKING:
    from simhedge.scenario import Change, Layer, Scenario

MOST_LINES, MOST_CHANGES = 600, 200  # of YAML and of a table; more than that are options one by one
_OWN = ("name", "description", "expect")  # every file has its own: no difference in the world
_WIDTH = 96


def asked(scenario: Scenario) -> Asked:
    """The scenario with the differences of each layer from those below it."""
    layers = scenario.origin
    tables = tuple(_differences(layers, number) for number in range(1, len(layers)) if layers[number].changes)
    return Asked(_told(layers), tables, scenario_yaml(scenario))


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
    lines = yaml.safe_dump(scenario.as_dict(), **options).splitlines()
    if len(lines) > MOST_LINES:
        told = f"# ... and {len(lines) - MOST_LINES:,} more lines: manifest.json of the saved result has them all"
        lines = [*lines[:MOST_LINES], told]
    return "\n".join(lines)


def again(scenario: Scenario, command: str, flags: tuple[str, ...] = ()) -> Again:
    """The commands that give the same result, `command` being run or validate."""
    files = [layer.source for layer in scenario.origin if layer.source != SET]
    settings: dict[str, Any] = {}
    for layer in scenario.origin:
        settings |= layer.settings
    file = files[-1] if files else "scenario.yaml"
    words = ["simhedge", command, file]
    for key, value in settings.items():
        words += ["--set", f"{key}={_flow(value)}"]
    line = shlex.join([*words, *flags, "--out", "again"])
    told = (
        "The same version gives the same numbers: to the last bit on one type of processor, to rounding on another."
        + ("" if files else " Save the YAML above as scenario.yaml first.")
        + " Should the file have changed since, save the YAML above as a file and name that."
    )
    return Again(told, f"{line}\nsimhedge report again", _python(file, settings, command, flags, scenario.sha256))


def _python(file: str, settings: dict[str, Any], command: str, flags: tuple[str, ...], sha256: str) -> str:
    overrides = f", overrides={settings!r}" if settings else ""
    options = "".join(f", {flag.removeprefix('--').replace('-', '_')}=True" for flag in flags)
    return "\n".join(
        [
            "import simhedge as sh",
            "",
            f"scenario = sh.load_scenario({file!r}{overrides})",
            f'assert scenario.sha256 == "{sha256}"',
            f"result = sh.{command}(scenario{options})",
        ]
    )


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10**6, allow_unicode=True, sort_keys=False)
    return text.removesuffix("\n").removesuffix("...").strip()
