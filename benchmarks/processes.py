"""Measurements that need a process of their own: memory, the first run ever, start-up times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.measures import Line
from benchmarks.settings import ROOT, chain_scenario, small_scenario

RUN = """
import json, resource, sys
import simhedge as sh
from pathlib import Path
result = sh.run(sh.scenario_from_dict(json.loads(sys.argv[1]), base_directory=Path(sys.argv[2])))
print(json.dumps({"peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, "engine": result.engine}))
"""
COMMAND = [
    "-c",
    "import sys; from simhedge.cli.main import main; sys.exit(main())",
]  # the `simhedge` command, installed or not


def _child(arguments: list[str], cache: Path | None = None) -> tuple[float, str]:
    """Wall time in seconds and standard output of a Python child process."""
    folders = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(folders)}
    if cache is not None:
        environment["SIMHEDGE_CACHE_DIR"] = str(cache)
    started = time.perf_counter()
    answer = subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, env=environment, cwd=ROOT, check=False
    )
    seconds = time.perf_counter() - started
    if answer.returncode != 0:
        raise RuntimeError(f"{arguments[:2]} failed: {answer.stderr[-2000:]}")
    return seconds, answer.stdout


def command_seconds(arguments: list[str]) -> float:
    """Wall time in seconds of `simhedge` with these arguments."""
    return _child([*COMMAND, *arguments])[0]


def memory(quick: bool) -> list[Line]:
    """Peak memory of a large run that records nothing, in GB (2**30 bytes)."""
    paths = 100_000 if quick else 1_000_000
    tree = chain_scenario("lagged", paths)
    seconds, output = _child(["-c", RUN, json.dumps(tree), str(ROOT)])
    gigabytes = json.loads(output)["peak_kb"] / 2**20
    return [Line(f"peak memory of {paths:,} paths x 390", gigabytes, "GB", 1.0, True, f"{seconds:.1f} s wall")]


def start_up(quick: bool) -> list[Line]:
    """The first run ever (empty cache), a small scenario afterwards, and the help page; wall time of the command."""
    with tempfile.TemporaryDirectory() as folder:
        cache, scenario = Path(folder) / "cache", Path(folder) / "small.yaml"
        scenario.write_text(json.dumps(small_scenario()))  # JSON is YAML
        command = [*COMMAND, "run", str(scenario), "--json"]
        first, _ = _child(command, cache)
        second = min(_child(command, cache)[0] for _ in range(1 if quick else 3))
        page = min(_child([*COMMAND, "--help"], cache)[0] for _ in range(1 if quick else 3))
    return [
        Line("first run ever, compiling included", first, "s", 30.0, True, "empty kernel cache"),
        Line("a small scenario end to end", second, "s", 2.0, True, "1,000 paths x 390 steps, --json"),
        Line("simhedge --help", page, "s", 0.5, True, "wall time of the process"),
    ]
