"""The levels lab against a practitioner's script, on a chain of some ten thousand lines, in this very process."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from benchmarks import levels_script
from benchmarks.measures import Line, best
from benchmarks.processes import command_seconds
from benchmarks.settings import ROOT, large_chain

REAL = ROOT.parent / "shared/data/chains/cboe_spx_2022-12-12.csv"
POINTS_OF_THE_SCRIPT = 60


def levels(quick: bool) -> list[Line]:
    """Reading a chain, exposures, all roots and walls, against the script; and the whole command."""
    repeats = 3 if quick else 15
    with tempfile.TemporaryDirectory() as place:
        file, quoted = (REAL, date(2022, 12, 12)) if REAL.exists() else large_chain(Path(place))
        return _lines(file, quoted, repeats)


def _lines(file: Path, quoted: date, repeats: int) -> list[Line]:
    from simhedge.chains import read_chain
    from simhedge.levels import Conventions, levels_of

    def ours() -> int:
        found = levels_of(read_chain(file).listing(), Conventions(gamma="vendor", definitions=()))
        return int(found.profile.spot.size)

    def script() -> object:
        return levels_script.zero_gamma(file, quoted, POINTS_OF_THE_SCRIPT)

    points = ours()
    for _ in range(2):  # both warm
        ours(), script()
    own, theirs = best(ours, repeats), best(script, repeats)
    detail = (
        f"{file.name}: {points} spots in {1e3 * own:.0f} ms against {POINTS_OF_THE_SCRIPT} in {1e3 * theirs:.0f} ms"
    )
    per_point = theirs / POINTS_OF_THE_SCRIPT / (own / points)
    whole = min(command_seconds(["levels", str(file), "--json"]) for _ in range(2))
    return [
        Line("levels of a chain, in times of a pandas + scipy script", own / theirs, "x", 1.0, True, detail),
        Line("the same per spot of the grid", per_point, "x", 10.0, False, "reading included in both"),
        Line("simhedge levels FILE --json", whole, "s", 2.0, True, "wall time of the process, kernels compiled"),
    ]
