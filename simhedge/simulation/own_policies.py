"""Hedging policies of the user's own in a result: compiled functions cannot be saved, their names can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def policy_names(policies: Mapping[str, Any] | None) -> dict[str, str]:
    """By dealer, the module and qualified name of the function behind a policy: "my_policies.half_way"."""
    return {dealer: _name(policy) for dealer, policy in (policies or {}).items()}


def policy_words(names: Mapping[str, str]) -> str:
    """Whose policy was which function: "street: my_policies.half_way"."""
    return ", ".join(f"{dealer}: {function}" for dealer, function in names.items())


def _name(policy: Any) -> str:
    function = getattr(policy, "__wrapped__", policy)
    name = getattr(function, "__qualname__", type(function).__name__)
    module = getattr(function, "__module__", None)
    return f"{module}.{name}" if module else str(name)
