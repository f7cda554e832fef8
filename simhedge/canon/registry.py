"""The checks by id: feedback on price, pinning, errors and costs of hedging, empirical results; and running them."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType

from simhedge.canon.effort import Effort
from simhedge.canon.finding import Finding
from simhedge.canon.results import (
    baltussen_table7,
    boyle_emanuel,
    constant_gamma_cost,
    discrete_hedging,
    effective_volatility,
    end_of_day_feedback,
    hull_delta_hedging,
    hull_performance,
    hull_stop_loss,
    index_magnitude,
    lagged_hedging,
    leland,
    missing,
    order_book_failure,
    pin_clearing,
    pin_drift_only,
    pin_full_feedback,
    sawtooth,
    squeeze_fold,
    staggered_hedging,
    whalley_wilmott,
    wrong_volatility,
)
from simhedge.errors import InputError

CHECKS: dict[str, ModuleType] = {
    "effective_volatility": effective_volatility,
    "constant_gamma_cost": constant_gamma_cost,
    "lagged_hedging": lagged_hedging,
    "staggered_hedging": staggered_hedging,
    "squeeze_fold": squeeze_fold,
    "end_of_day_feedback": end_of_day_feedback,
    "sawtooth": sawtooth,
    "pin_drift_only": pin_drift_only,
    "pin_full_feedback": pin_full_feedback,
    "pin_clearing": pin_clearing,
    "boyle_emanuel": boyle_emanuel,
    "discrete_hedging": discrete_hedging,
    "hull_delta_hedging": hull_delta_hedging,
    "hull_performance": hull_performance,
    "hull_stop_loss": hull_stop_loss,
    "wrong_volatility": wrong_volatility,
    "leland": leland,
    "whalley_wilmott": whalley_wilmott,
    "baltussen_table7": baltussen_table7,
    "index_magnitude": index_magnitude,
    "order_book_failure": order_book_failure,
    "missing": missing,
}


def chosen_checks(ids: Iterable[str]) -> list[str]:
    """The ids asked for, in the registry's order, all where none is; an InputError for one that is no check."""
    wanted = list(ids)
    for name in wanted:
        if name not in CHECKS:
            raise InputError("no such check", key="ID", value=name, remedy="one of " + ", ".join(CHECKS))
    return [name for name in CHECKS if not wanted or name in wanted]


def reproduce(ids: Iterable[str] = (), effort: Effort = Effort()) -> dict[str, Finding]:  # noqa: B008 - a frozen tuple
    """The findings of the checks asked for (default: all), by id; raises InputError for an unknown id.

    `effort.progress(done, total, phase)` is told of each check as it begins, and of the last one's end.
    """
    chosen = chosen_checks(ids)
    found: dict[str, Finding] = {}
    for number, name in enumerate(chosen):
        if effort.progress is not None:
            effort.progress(number, len(chosen), name)
        found[name] = CHECKS[name].check(effort._replace(progress=None))
    if effort.progress is not None:
        effort.progress(len(chosen), len(chosen), "done")
    return found
