"""A page left running: memory of server and page, and the time from an update to its paint, do not grow.

SIMHEDGE_SOAK_SECONDS makes it longer; with `pytest -s` it prints what it measures as it goes.
"""

from __future__ import annotations

import os
import re
import statistics
from pathlib import Path
from typing import Any, NamedTuple

from live_pages import BEAT, Tab, live_program

SECONDS = float(os.environ.get("SIMHEDGE_SOAK_SECONDS", "15"))
SAMPLES = 15
# Notes for each update how long it took from its arrival until it was painted, in milliseconds.
NOTE_PAINTS = f"""() => {{
  const beat = {BEAT}
  let arrived = performance.now()
  window.paints = []
  beat.properties.sent.change.connect(() => arrived = performance.now())
  beat.properties.seen.change.connect(() => window.paints.push(performance.now() - arrived))
}}"""


class Sample(NamedTuple):
    """What was seen at one time: MB of the server, MB and nodes of the page, updates, ms in which the quickest quarter
    of them was painted: what grows slows these too, what else the machine does rarely."""

    server: float
    heap: float
    nodes: float
    updates: int
    paint: float


def server_megabytes(process_id: int) -> float:
    """Resident memory of a process, and not of what it started."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def sample(tab: Tab, tools: Any, process_id: int) -> Sample:
    paints = tab.page.evaluate("() => window.paints.splice(0)")
    tools.send("HeapProfiler.collectGarbage")
    page = {metric["name"]: metric["value"] for metric in tools.send("Performance.getMetrics")["metrics"]}
    heap = page["JSHeapUsedSize"] / 2**20
    return Sample(server_megabytes(process_id), heap, page["Nodes"], len(paints), statistics.quantiles(paints, n=4)[0])


def early_and_late(samples: list[Sample], name: str) -> tuple[float, float]:
    """Medians of the second and of the last third: the first fills tables and caches."""
    third = len(samples) // 3
    values = [float(getattr(one, name)) for one in samples]
    return statistics.median(values[third : 2 * third]), statistics.median(values[2 * third :])


def test_nothing_grows_while_the_page_runs(browser: Any) -> None:
    with live_program("regime_change") as program, Tab(browser, program.url) as tab:
        tab.at_speed("200")  # a cycle of 780 steps lasts four seconds
        tab.page.evaluate(NOTE_PAINTS)
        tools = tab.context.new_cdp_session(tab.page)
        tools.send("Performance.enable")
        samples = []
        for _ in range(SAMPLES):
            tab.page.wait_for_timeout(1_000 * SECONDS / SAMPLES)
            tab.updates(2)
            samples.append(sample(tab, tools, program.process.pid))
            print(samples[-1], flush=True)
        for name, times, more in (("server", 1.1, 10.0), ("heap", 1.25, 4.0), ("nodes", 1.1, 100.0), ("paint", 3, 20)):
            early, late = early_and_late(samples, name)
            assert late <= times * early + more, f"{name}: {early:.1f} to {late:.1f}"
        assert tab.said == []
