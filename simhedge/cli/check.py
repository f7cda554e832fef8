"""`simhedge check`: are these scenario files fit to run?"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from simhedge.cli.output import print_json, print_text, say
from simhedge.cli.run import JsonOption, SetOption
from simhedge.errors import SimhedgeError


def check_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Scenario files or names of shipped ones.")],
    settings: SetOption = None,
    as_json: JsonOption = False,
) -> int:
    """Check scenario files, their books and their need of memory, without running them."""
    outcomes: list[dict[str, Any]] = []
    exit_code = 0
    for file in files:
        try:
            outcome = check_file(file, settings or [])
        except SimhedgeError as error:
            # The gravest code wins: 3 (not enough memory) only where no file is wrong in itself (2).
            exit_code = error.exit_code if exit_code == 0 else min(exit_code, error.exit_code)
            outcome = {"file": file, "ok": False, "error": error.as_dict()}
            say(f"error: {error}" if error.file == file else f"error: {file}: {error}")
        outcomes.append(outcome)
        if outcome["ok"] and not as_json:
            print_text(f"{file}: OK ({outcome['scenario']}, {outcome['paths']:,} paths)")
    if as_json:
        document: dict[str, Any] = {"files": outcomes}
        failures = [outcome["error"] for outcome in outcomes if not outcome["ok"]]
        if failures:
            document["error"] = failures[0]
        print_json(document)
    return exit_code


def check_file(file: str, settings: list[str]) -> dict[str, Any]:
    """Name, paths and hash of the scenario in `file`, loaded and planned; raises what makes it unfit to run."""
    from simhedge.scenario import load_scenario, parse_set_options
    from simhedge.simulation.memory import check_memory
    from simhedge.simulation.plan import prepare

    scenario = load_scenario(file, overrides=parse_set_options(settings))
    check_memory(prepare(scenario))
    return {"file": file, "ok": True, "scenario": scenario.name, "paths": scenario.paths, "sha256": scenario.sha256}
