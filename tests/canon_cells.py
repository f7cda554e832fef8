"""What the tests of published results share: a check at reduced size, its formulas as they are or one of them off."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from simhedge.canon.cell import Cell
from simhedge.canon.effort import Effort
from simhedge.canon.finding import Finding


def finding_of(module: ModuleType, paths: int) -> Finding:
    return module.check(Effort(paths, 1))


def cells_of(module: ModuleType, paths: int) -> dict[str, Cell]:
    """Cells by what follows the check's id."""
    return {cell.id.removeprefix(f"{module.ID}."): cell for cell in finding_of(module, paths).cells}


def assert_green(cells: dict[str, Cell]) -> None:
    """Every cell agrees, is explained or is not available."""
    wrong = {
        name: (cell.published, cell.observed, cell.z) for name, cell in cells.items() if cell.verdict == "disagrees"
    }
    assert cells
    assert not wrong


def put_off(monkeypatch: pytest.MonkeyPatch, module: ModuleType, formula: str, factor: float = 1.05) -> None:
    """Make a formula of the module return `factor` times what it should."""
    right = getattr(module, formula)

    def wrong(*values: Any) -> Any:
        result = right(*values)
        return type(result)(*(factor * x for x in result)) if isinstance(result, tuple) else factor * result

    monkeypatch.setattr(module, formula, wrong)


def disagreeing(cells: dict[str, Cell]) -> set[str]:
    return {name for name, cell in cells.items() if cell.verdict == "disagrees"}
