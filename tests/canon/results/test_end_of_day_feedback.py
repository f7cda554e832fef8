"""r_0 / (1 - g): its algebra, the demand of leveraged funds, and the engine."""

from __future__ import annotations

import pytest
from canon_cells import assert_green, cells_of, disagreeing, put_off

from simhedge.canon.results import end_of_day_feedback as canon

PATHS = 128


def test_known_values() -> None:
    assert canon.gain_for(0.33, 0.96) == pytest.approx(0.656, abs=5e-4)
    assert canon.gain_for(0.20, 0.96) == pytest.approx(0.79, abs=5e-3)
    assert canon.amplified(0.33, canon.gain_for(0.33, 0.96)) == pytest.approx(0.96)


def test_amplification_is_the_sum_of_rounds() -> None:
    """Each round of trades calls for the next, g times as large."""
    assert canon.amplified(0.2, 0.6) == pytest.approx(sum(0.2 * 0.6**k for k in range(200)))


@pytest.mark.parametrize("leverage", [-2.0, -1.0, 2.0, 3.0])
def test_funds_restore_their_leverage(leverage: float) -> None:
    """After a return r assets are A (1 + L r) and holdings L A (1 + r); what is missing is bought."""
    assets, move = 1e9, 0.1
    missing = leverage * assets * (1.0 + leverage * move) - leverage * assets * (1.0 + move)
    assert canon.rebalancing(leverage, assets, move) == pytest.approx(missing)
    assert canon.rebalancing(leverage, assets, move) > 0.0


def test_verdicts() -> None:
    cells = cells_of(canon, PATHS)
    assert len(cells) == 4
    assert_green(cells)


@pytest.mark.parametrize(
    ("formula", "part"), [("amplified", "move"), ("gain_for", "gain"), ("rebalancing", "move"), ("rebalancing", "gain")]
)
def test_a_wrong_formula_is_seen(monkeypatch: pytest.MonkeyPatch, formula: str, part: str) -> None:
    put_off(monkeypatch, canon, formula)
    assert disagreeing(cells_of(canon, PATHS)) >= {f"news_{news}.{part}" for news in ("0.33", "0.2")}
