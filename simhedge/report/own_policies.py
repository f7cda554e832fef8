"""What a report says of a hedging policy of the user's own, and the refusal to simulate again without it.

Such a policy is a compiled function. A saved result knows its name and no more, and a run of the scenario alone, with
the policy that is written there, would show other prices beside these metrics.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simhedge.errors import InputError
from simhedge.simulation.own_policies import policy_words

if TYPE_CHECKING:
    from simhedge.simulation.result import Result


def check_repeatable(result: Result, record: str) -> None:
    """Raise InputError where paths can be had from a record only; `record` is the `outputs.record` it would take."""
    if result.policies:
        message = (
            "paths were not recorded, and cannot be simulated again: a policy of the user's own took part "
            f"({policy_words(result.policies)})"
        )
        remedy = f"run again with outputs.record: {record}"
        raise InputError(message, key="policies", value=policy_words(result.policies), remedy=remedy)
