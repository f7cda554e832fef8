"""One path told step by step: what the dealers' options ask for, what they hold, what they trade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.errors import InputError
from simhedge.report.own_policies import check_repeatable

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr
    from numpy.typing import NDArray
    from rich.console import RenderableType

    from simhedge.simulation.result import Result

STEP_SERIES = ("spot", "dealer_delta", "hedge", "hedge_flow", "cash")
LONGEST = 1000


def step_table(result: Result, path: int = 0, longest: int = LONGEST) -> RenderableType:
    """A rich table of one path: spot ($), option delta, hedge and trade (shares, bought > 0), cash ($), all dealers.

    Step 0 shows the initial hedge as a trade. A run that did not record these series has the path simulated again,
    with the same shocks. Raises InputError where it was not recorded and a policy of the user's own took part.
    """
    steps = _one_path(_recorded(result, path), path)
    table = Table(
        title=f"{result.scenario.name}, path {path}",
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1),
    )
    for heading in ("step", "spot ($)", "option delta", "hedge (shares)", "trade (shares)", "cash ($)"):
        table.add_column(heading, justify="right", no_wrap=True)
    count = len(steps["step"])
    for row in range(min(count, longest)):
        trade = steps["hedge"][0] if row == 0 else steps["hedge_flow"][row]
        table.add_row(
            str(int(steps["step"][row])),
            _fixed(steps["spot"][row], 4),
            _fixed(steps["dealer_delta"][row], 2),
            _fixed(steps["hedge"][row], 2),
            _fixed(trade, 2, signed=True),
            _fixed(steps["cash"][row], 2),
        )
    note = (
        "Step 0: the initial hedge, bought at the start price without impact or cost, and the options' premium. "
        "At expiry cash holds the settlement; shares that are delivered stay listed under hedge."
    )
    if count > longest:
        note += f" {count - longest:,} more steps are not shown."
    return Group(table, Text(note, style="dim"))


def _recorded(result: Result, path: int) -> xr.Dataset:
    paths = result.paths
    if paths is not None and path < paths.sizes["path"] and every_step_recorded(paths, STEP_SERIES):
        return paths
    count = result.scenario.paths
    if not 0 <= path < count:
        raise InputError("there is no such path", key="path", value=path, remedy=f"choose a path from 0 to {count - 1}")
    check_repeatable(result, f"{{paths: {path + 1}, series: [{', '.join(STEP_SERIES)}]}}")
    from simhedge.simulation import run

    record = {"paths": path + 1, "every": 1, "series": list(STEP_SERIES)}
    again = run(result.scenario.with_overrides({"paths": path + 1, "expect": [], "outputs.record": record}))
    assert again.paths is not None, "a run that is told to record has paths"
    return again.paths


def every_step_recorded(paths: xr.Dataset, series: tuple[str, ...]) -> bool:
    """True where the dataset holds all these series at every step, none thinned out."""
    steps = paths["step"].to_numpy()
    return all(name in paths for name in series) and bool((steps[1:] - steps[:-1] == 1).all())


def _one_path(paths: xr.Dataset, path: int) -> dict[str, NDArray[np.float64]]:
    """The series of one path, each of shape (step,), summed over dealers where there are several."""
    chosen = paths.isel(path=path)
    series = {"step": chosen["step"].to_numpy()}
    for name in STEP_SERIES:
        values = chosen[name]
        series[name] = (values.sum("dealer") if "dealer" in values.dims else values).to_numpy()
    return series


def _fixed(value: float, decimals: int, signed: bool = False) -> str:
    """Fixed decimals with thousands separators; a rounded zero carries no sign."""
    rounded = round(float(value), decimals) + 0.0
    sign = "+" if signed and rounded != 0.0 else ""
    return f"{rounded:{sign},.{decimals}f}".replace("-", "−")
