"""`python -m benchmarks [--quick] [--json]`: the table of speed claims, measured now on this machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
from dataclasses import asdict

from rich.console import Console
from rich.table import Table

from benchmarks.level_tests import validation
from benchmarks.levels_lab import levels
from benchmarks.live import live
from benchmarks.measures import Line, against_numpy, delta_gamma, path_loop, surface, two_threads
from benchmarks.processes import memory, start_up

MEASURES = {
    "path_loop": path_loop,
    "surface": surface,
    "against_numpy": against_numpy,
    "delta_gamma": delta_gamma,
    "two_threads": two_threads,
    "levels": levels,
    "validation": validation,
    "memory": memory,
    "start_up": start_up,
    "live": live,
}


def machine() -> str:
    """Processor, cores and versions, in one line."""
    import numba
    import numpy as np

    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as source:
            model = next((line.split(":")[1].strip() for line in source if line.startswith("model name")), model)
    except OSError:
        pass  # not Linux: the platform module's name stands
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, numba {numba.__version__}"
    return f"{model}, {os.cpu_count()} cores, {versions}"


def table(lines: list[Line]) -> Table:
    """The lines as a rich table, with words for met and missed."""
    shown = Table("measured", "figure", "target", "", "how", title=machine())
    for line in lines:
        bound = f"{'at most' if line.at_most else 'at least'} {line.target:g} {line.unit}"
        verdict = "[green]met[/]" if line.met else "[red]missed[/]"
        shown.add_row(line.what, f"{line.value:.3g} {line.unit}", bound, verdict, line.detail)
    return shown


def main() -> None:
    """Run the measurements and print them."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller sizes, a rough answer in under a minute")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of the table")
    parser.add_argument("--only", choices=sorted(MEASURES), action="append", help="run only this measurement")
    options = parser.parse_args()
    lines: list[Line] = []
    console = Console(stderr=True)
    try:
        for name in options.only or MEASURES:
            console.print(f"measuring {name} ...", style="dim")
            lines += MEASURES[name](options.quick)
    finally:  # a measurement that fails does not take the others' figures with it
        show(lines, options.json)


def show(lines: list[Line], as_json: bool) -> None:
    """Print the lines on standard output, as one JSON document or as a table."""
    if as_json:
        print(
            json.dumps({"machine": machine(), "lines": [asdict(line) | {"met": line.met} for line in lines]}, indent=2)
        )
    else:
        Console(width=150).print(table(lines))


if __name__ == "__main__":
    main()
