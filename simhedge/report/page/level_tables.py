"""The levels of a run: of what dealers truly hold, and under the published definitions where the scenario asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simhedge.errors import SimhedgeError
from simhedge.levels.sign import Sign
from simhedge.levels.words import UNIT_WORDS, sign_words
from simhedge.report.page.content import Table
from simhedge.report.rows import Rows
from simhedge.rounding import MISSING, amount, distance, level, price
from simhedge.simulation.plan import prepare
from simhedge.simulation.result_words import LEVELS_SHOWN, tipping_words
from simhedge.simulation.street_levels import street_levels

if TYPE_CHECKING:
    import xarray as xr

    from simhedge.levels import Levels
    from simhedge.scenario.outputs import LevelSign
    from simhedge.simulation.gain import GainProfile
    from simhedge.simulation.result import Result

_NO_OPTIONS = "Dealers hold no options at the start, and a constant gamma has no strike: no zero gamma, no walls."


def run_levels(result: Result) -> tuple[str, tuple[Table, ...]]:
    """What is to be said of the levels of a run, and its tables of them."""
    profile = result.gain_profile
    tipping = tipping_words(profile)
    told = f"{tipping[0].upper()}{tipping[1:]} ($)." if tipping else "There is no tipping level within reach."
    asked = result.scenario.levels
    tables = () if result.levels is None or asked is None else (_by_definition(result.levels, asked.sign),)
    try:
        plan = prepare(result.scenario, user_policies=tuple(result.policies))
        found = street_levels(plan, profile.start_spot)
    except SimhedgeError as error:
        return f"{told} The other levels of dealers' books are left out: the books cannot be read ({error}).", tables
    if found is None:
        return f"{told} {_NO_OPTIONS}", tables
    return told, (_of_dealers(found, profile), *tables)


def _of_dealers(found: Levels, profile: GainProfile) -> Table:
    """Zero gamma, walls and tipping levels of all dealers' options, each with its distance and what it is."""
    spot = found.spot
    named = [
        ("zero gamma", found.zero_gamma.headline, _zero_gamma_words(found)),
        ("call wall", found.walls.call, _wall_words(found.walls.call, "calls")),
        ("put wall", found.walls.put, _wall_words(found.walls.put, "puts")),
    ]
    tipping, days = profile.first_tipping_levels()
    when = "" if days == 0.0 else f"after {days:.3g} days "
    named += [("tipping level", value, f"{when}κ = −1: on one side of it a price cannot rest") for value in tipping]
    cells = [(name, level(value), distance(value, spot), told) for name, value, told in named[: 3 + LEVELS_SHOWN]]
    more = f" {len(tipping) - LEVELS_SHOWN} more tipping levels." if len(tipping) > LEVELS_SHOWN else ""
    note = (
        f"All options of all dealers on the side that they are on, at a price of ${price(spot)}; their net gamma there "
        f"is {amount(_net_gamma(found), 3)} ({UNIT_WORDS[found.conventions.unit]}).{more}"
    )
    columns = ("level", "price ($)", "from spot", "what it is")
    return Table("Levels of dealers' books at the start", Rows(columns, cells, ("what it is",), note))


def _zero_gamma_words(found: Levels) -> str:
    zero = found.zero_gamma
    if zero.headline is None:
        gamma = _net_gamma(found)
        side = "long gamma" if gamma > 0.0 else "short gamma" if gamma < 0.0 else "without gamma"
        return f"none: dealers are {side} at all prices looked at"
    rising = any(root.slope > 0.0 for root in zero.roots if root.spot == zero.headline)
    sides = ("short", "long") if rising else ("long", "short")
    nearest = f"the nearest of {len(zero.roots)}: " if len(zero.roots) > 1 else ""
    return f"{nearest}as the price rises through it, dealers pass from {sides[0]} to {sides[1]} gamma"


def _wall_words(wall: float | None, side: str) -> str:
    return f"the strike at which their {side} have most gamma" if wall is not None else f"none: no gamma of {side}"


def _net_gamma(found: Levels) -> float:
    return found.exposure_legs()["gamma"].net


def _by_definition(levels: xr.Dataset, sign: LevelSign) -> Table:
    """Every definition at the start; daily levels start where all paths do."""
    start = levels.isel(day=0)
    start = start.isel(path=0) if "path" in start.dims else start
    cells = []
    for number, name in enumerate(start["definition"].values):
        prices = [float(start[variable].values[number]) for variable in ("zero_gamma", "call_wall", "put_wall")]
        gamma = float(start["net_gamma"].values[number])
        shown = (level(value if np.isfinite(value) else None) for value in prices)
        cells.append((str(name), *shown, amount(gamma), UNIT_WORDS.get(start["unit"].values[number], MISSING)))
    columns = ("definition", "zero gamma ($)", "call wall ($)", "put wall ($)", "net gamma", "unit")
    assumed = sign_words(Sign.of({"calls": sign.calls, "puts": sign.puts}))
    note = f"Read off open interest, with an assumed side of dealers ({assumed}; floe takes the opposite)."
    return Table("Levels at the start, by definition", Rows(columns, cells, ("unit",), note))
