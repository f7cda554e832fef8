"""How much memory a run needs beside its chunks, and refusing what this machine has not free."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from simhedge.errors import ResourceError
from simhedge.simulation.records import recorded_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from simhedge.scenario import Scenario
    from simhedge.simulation.plan import Plan

PNL_BYTES_PER_PATH = 80  # two P&L, kept for the expected shortfall, and what sorting out their tail takes
SHARE_OF_FREE = 0.8
GIB = 2.0**30


def recorded_series(scenario: Scenario) -> Sequence[str]:
    """The series that a scenario records, none by default."""
    record = scenario.outputs.record
    return () if record is None else tuple(record.series)


def recorded_paths(scenario: Scenario) -> int:
    """The number of paths that a scenario records, never more than it has."""
    record = scenario.outputs.record
    if record is None:
        return 0
    return scenario.paths if record.paths == "all" else min(int(record.paths), scenario.paths)


def check_memory(plan: Plan) -> None:
    """Raise ResourceError where records or the distribution of P&L would not fit into the memory that is free now."""
    scenario, free = plan.scenario, free_memory()
    if free is None:
        return
    recorded = recorded_paths(scenario)
    records = recorded_bytes(plan, recorded, recorded_series(scenario)) if recorded else 0
    if records > SHARE_OF_FREE * free:
        message = f"recording {recorded:,} paths needs {records / GIB:.1f} GiB, {free / GIB:.1f} GiB are free"
        remedy = "record fewer paths or series, or each n-th step with `every`"
        raise _refusal(scenario, "outputs.record", message, recorded, remedy)
    needed = scenario.paths * PNL_BYTES_PER_PATH
    if needed > SHARE_OF_FREE * free - records:
        message = (
            f"{scenario.paths:,} paths need {needed / GIB:.1f} GiB for the distribution of P&L, "
            f"{(free - records) / GIB:.1f} GiB are free"
        )
        raise _refusal(scenario, "paths", message, scenario.paths, "use fewer paths")


def _refusal(scenario: Scenario, key: str, message: str, value: int, remedy: str) -> ResourceError:
    file, line = scenario.locate(key)
    return ResourceError(message, file=file, line=line, key=key, value=value, remedy=remedy)


def free_memory() -> int | None:
    """Bytes of memory that can be used without swapping, or None where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as lines:
            fields = dict(line.split(":", 1) for line in lines)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return None
