"""What a dealer wants to hold: the one place where policies differ, but for the delta that they reckon with.

`leland` and `stop_loss` are the clock of `fixed_interval` with a hedge book of their own (simulation/hedge_books.py).
"""

import math
from typing import Any

from numba import types

from simhedge.kernels.compiler import callback, kernel
from simhedge.kernels.layout import (
    CONTINUOUS,
    DELTA_BAND,
    FIXED_INTERVAL,
    NO_HEDGE,
    USER_POLICY,
    WHALLEY_WILMOTT,
    Records,
)

# holding wanted = f(hedge, target_hedge, spot, gamma, parameter, step): shares, shares, $, shares per $, -, -
USER_POLICY_SIGNATURE = types.float64(
    types.float64, types.float64, types.float64, types.float64, types.float64, types.int64
)


def user_policy(function: Any) -> Any:
    """Compile a policy of one's own: f(hedge, target_hedge, spot, gamma, parameter, step) -> hedge wanted.

    All shares are those of one dealer, signed: `hedge` held now, `target_hedge` what would make it delta-neutral;
    `spot` in $, `gamma` of its book in shares per $, `parameter` the band or risk aversion of the scenario's policy
    (else 0), `step` counted from 1. The function may use math and numpy scalars only. Pass the result to
    `simhedge.run(scenario, policies={"dealer": policy})`.
    """
    return callback(USER_POLICY_SIGNATURE)(function)


@callback(USER_POLICY_SIGNATURE, cached=True)
def no_user_policy(hedge: float, target_hedge: float, spot: float, gamma: float, parameter: float, step: int) -> float:
    """Stand-in where no dealer has a policy of its own; never called."""
    return hedge


@kernel(inner=True)
def trades_now(dealers: Records, d: int, step: int) -> bool:
    """True if the clock of dealer entry `d` lets it trade at the end of `step` (counted from 1)."""
    if dealers[d].policy == FIXED_INTERVAL:
        return (step - dealers[d].offset) % dealers[d].every == 0
    return dealers[d].policy != NO_HEDGE


@kernel(inner=True)
def follows_target(dealers: Records, d: int, step: int) -> bool:
    """True if dealer entry `d` goes all the way to its target at the end of `step`, wherever the price is."""
    return dealers[d].policy == CONTINUOUS or (dealers[d].policy == FIXED_INTERVAL and trades_now(dealers, d, step))


@kernel(inner=True)
def stays_put(dealers: Records, d: int, step: int) -> bool:
    """True if dealer entry `d` does not trade at the end of `step`, wherever the price is."""
    return not trades_now(dealers, d, step)


@kernel(inner=True)
def wanted_hedge(
    hedge: float, target: float, spot: float, gamma: float, dealers: Records, d: int, step: int, user_policy: Any
) -> float:
    """Shares that one dealer of entry `d` wants to hold; `gamma` is that dealer's own, in shares per $.

    Whalley & Wilmott (1997): no trade within ((3/2) cost S gamma^2 / risk aversion)^(1/3) shares of the target, else to
    the nearer edge of that band.
    """
    policy = dealers[d].policy
    if policy == USER_POLICY:
        return user_policy(hedge, target, spot, gamma, dealers[d].parameter, step)
    if stays_put(dealers, d, step):
        return hedge
    if follows_target(dealers, d, step):
        return target
    if policy == DELTA_BAND:
        band = dealers[d].parameter
        to_edge = dealers[d].to_edge == 1
    elif policy == WHALLEY_WILMOTT:
        band = (1.5 * dealers[d].policy_cost * spot * gamma * gamma / dealers[d].parameter) ** (1.0 / 3.0)
        to_edge = True
    else:
        return math.nan
    gap = target - hedge
    if abs(gap) <= band:
        return hedge
    if not to_edge:
        return target
    return target - band if gap > 0.0 else target + band


@kernel(inner=True)
def policies_are_smooth(dealers: Records, step: int) -> bool:
    """True if every dealer follows its target or stays put at the end of `step`, whatever the price."""
    for d in range(dealers.shape[0]):
        if not follows_target(dealers, d, step) and not stays_put(dealers, d, step):
            return False
    return True
