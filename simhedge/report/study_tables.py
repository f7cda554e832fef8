"""Tables of the two studies that go with a validation: sessions that real data would need, and mistaken signs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from simhedge.report.power_figures import TITLES
from simhedge.report.rows import Rows
from simhedge.rounding import MISSING, with_error
from simhedge.validation.levels_under_test import spoken

if TYPE_CHECKING:
    from rich.console import RenderableType

    from simhedge.validation.power import Power
    from simhedge.validation.wrong_sign import WrongSign

MOST_SESSIONS = 1e7
SHOWN = 4  # definitions of a level, the best first


def power_table(power: Power) -> RenderableType:
    """Sessions for a power of 80% by test and feedback gain, where signs are right and where a quarter is wrong."""
    return _set(power_rows(power))


def power_rows(power: Power) -> Rows:
    """The rows of `power_table`."""
    needed = power.needed[power.needed["feedback_gain"] > 0.0]
    spread = float(needed["volatility_spread"].max())
    needed = needed[needed["volatility_spread"] == spread]
    gains = sorted(needed["feedback_gain"].unique())
    cells = []
    for test in dict.fromkeys(needed["test"]):
        for share in _some(sorted(needed["sign_error"].unique())):
            own = needed[(needed["test"] == test) & (needed["sign_error"] == share)].set_index("feedback_gain")
            label = TITLES.get(str(test), str(test)) if share == 0.0 else f"  {share:.0%} of signs wrong"
            cells.append((label, *(_sessions(own.loc[gain]) for gain in gains)))
    sizes = "; ".join(f"{row.sessions:,}: {row.source}" for row in power.samples.itertuples())
    note = f"log volatility varies over sessions with sd {spread:g}; in the literature {sizes}"
    return Rows(("sessions for 80% power, sd of kappa", *(f"{gain:g}" for gain in gains)), cells, note=note)


def _some(shares: list[float]) -> list[float]:
    """No wrong signs, and the share nearest to a quarter."""
    wrong = [share for share in shares if share > 0.0]
    return [0.0, min(wrong, key=lambda share: abs(share - 0.25))] if wrong else [0.0]


def _sessions(row: pd.Series[float]) -> str:
    value = float(row["sessions"])
    if not math.isfinite(value):
        return MISSING
    return f"{value:,.0f}" if value <= MOST_SESSIONS else f"> {MOST_SESSIONS:,.0f}"


def wrong_sign_table(found: WrongSign) -> RenderableType:
    """Definitions ranked by what they mean where the sign is right, and how fast that goes where it is not."""
    return _set(wrong_sign_rows(found))


def wrong_sign_rows(found: WrongSign) -> Rows:
    """The rows of `wrong_sign_table`."""
    cells: list[tuple[str, ...]] = []
    decay = found.decay.set_index(["name", "statistic", "definition"])
    for (name, statistic), own in found.ranking.groupby(["name", "statistic"], sort=False):
        cells.append((f"{spoken(str(name))}: {str(statistic).replace('_', ' ')}",))
        for row in own.head(SHOWN).to_dict("records"):
            half = decay["half_agreement"].get((name, statistic, row["definition"]), math.nan)
            cells.append(
                (
                    f"  {row['definition']}",
                    with_error(row["meaning"], row["standard_error"]),
                    f"{row['rank']:.0f} [{row['rank_low']:.0f}, {row['rank_high']:.0f}]",
                    f"{half:.2f}" if math.isfinite(half) else MISSING,
                )
            )
    note = f"the best {SHOWN} of each level; agreement 1: dealers' side as assumed, 0: unrelated, -1: the opposite"
    columns = ("what levels mean, sign right", "meaning ± se", "rank [95%]", "half lost at agreement")
    return Rows(columns, cells, note=note)


def _set(rows: Rows) -> RenderableType:
    table = _table(*rows.columns)
    for first, *others in rows.cells:
        table.add_row(*((first, *others) if others else (Text(first, style="bold"),)))
    return Group(table, Text(rows.note, style="dim"))


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(first, overflow="fold", max_width=46)
    for heading in others:
        table.add_column(heading, justify="right", overflow="fold")
    return table
