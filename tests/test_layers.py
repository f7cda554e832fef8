"""The import rule: layers know only what lies below them, and heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "simhedge"

LAYERS = (
    ("kernels", "errors", "rounding", "display"),
    ("book",),
    ("scenario", "chains", "levels"),
    ("snapshots",),
    ("simulation",),
    ("validation", "backtest"),
    ("canon",),
    ("report",),
    ("live",),
    ("cli",),
)
RANK = {layer: rank for rank, layers in enumerate(LAYERS) for layer in layers}

# Library -> the layers that may import it; libraries not named here are free above the kernels.
CONFINED = {
    "matplotlib": {"report", "live"},
    "bokeh": {"report", "live"},
    "typer": {"cli"},
    "pandas": {layer for layer in RANK if layer == "chains" or RANK[layer] >= RANK["snapshots"]},
    "xarray": {layer for layer in RANK if layer == "chains" or RANK[layer] >= RANK["snapshots"]},
}
# Beside numpy, math and numba: what annotations need, and struct for bit casts where kernels run uncompiled.
KERNEL_LIBRARIES = {"numpy", "math", "numba", "__future__", "typing", "collections", "struct"}
COMPILER_LIBRARIES = KERNEL_LIBRARIES | {"platformdirs"} | set(sys.stdlib_module_names)


def imported_modules(source: str, package: str) -> list[tuple[int, str]]:
    """(line, absolute dotted name) of every import in a module of `package`: in functions and TYPE_CHECKING too.

    `from a import b` gives `a.b`, since b may be a module; `import_module("a.b")` counts as an import.
    """
    found: list[tuple[int, str]] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            found += [(node.lineno, f"{base}.{alias.name}") for alias in node.names]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
                found.append((node.lineno, node.args[0].value))
    return found


def violations(source: str, module: str, is_package: bool = False) -> list[str]:
    """What `source`, as module `simhedge.<module>`, imports against the rule; empty if nothing."""
    layer = module.split(".")[0]
    if layer not in RANK:
        return [f"{module}: has no rank, add its layer to LAYERS"]
    full_name = f"simhedge.{module}"
    package = full_name if is_package else full_name.rpartition(".")[0]
    problems = [
        f"{module}:{line}: {problem}"
        for line, name in imported_modules(source, package)
        if (problem := _problem(module, layer, name)) is not None
    ]
    return problems


def _problem(module: str, layer: str, name: str) -> str | None:
    top, *rest = name.split(".")
    if top == "simhedge":
        target = rest[0] if rest else ""
        if target == layer:
            return None
        if target not in RANK:
            return f"imports {name} from the package's front door, which lies above every layer"
        return None if RANK[target] < RANK[layer] else f"{layer} may not import {target}"
    if layer == "kernels":
        allowed = COMPILER_LIBRARIES if module == "kernels.compiler" else KERNEL_LIBRARIES
        return None if top in allowed else f"kernels may not import {top}"
    if top in CONFINED and layer not in CONFINED[top]:
        return f"{layer} may not import {top}"
    return None


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path.parent != PACKAGE or path.stem not in FRONT_DOOR]


# The front door gathers public names from all layers and is the only module above them.
FRONT_DOOR = {"__init__", "__main__"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_down_only(path: Path) -> None:
    parts = list(path.relative_to(PACKAGE).with_suffix("").parts)
    is_package = parts[-1] == "__init__"
    module = ".".join(parts[:-1] if is_package else parts)
    assert violations(path.read_text(encoding="utf-8"), module, is_package) == []


def test_every_layer_that_exists_is_seen() -> None:
    seen = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert {"kernels", "book", "errors", "scenario", "chains", "simulation", "report", "cli"} <= seen


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernels.engine", "import simhedge.scenario.models"),
        ("kernels.engine", "from simhedge.book import Book"),
        ("kernels.engine", "import scipy.special"),
        ("kernels.engine", "import os"),
        ("kernels.engine", "def f():\n    import pandas"),
        ("kernels.compiler", "import scipy"),
        ("scenario.loading", "from simhedge.chains import read_chain"),
        ("scenario.loading", "from simhedge import chains"),
        ("scenario.loading", "from ..simulation import run"),
        ("scenario.loading", "import pandas as pd"),
        ("scenario.loading", "from simhedge import run"),
        ("scenario.loading", "import simhedge"),
        ("levels.zero_gamma", "import xarray"),
        ("chains.cboe", "from importlib import import_module\nimport_module('simhedge.scenario')"),
        ("simulation.run", "if TYPE_CHECKING:\n    from simhedge.report.table import summary_table"),
        ("simulation.run", "def f():\n    from matplotlib.figure import Figure"),
        ("simulation.run", "import typer"),
        ("validation.levels", "from simhedge.backtest import history"),
        ("canon.pinning", "from simhedge.report import figures"),
        ("display", "from simhedge.rounding import plain"),
        ("report.table", "import simhedge.cli.main"),
        ("unheard_of.module", ""),
    ],
)
def test_a_violation_is_caught(module: str, source: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("kernels.engine", "import math\nimport numba as nb\nfrom simhedge.kernels.compiler import kernel"),
        ("kernels.engine", "from .compiler import kernel"),
        ("kernels.compiler", "import os\nimport platformdirs"),
        ("chains.cboe", "import pandas\nfrom simhedge.errors import InputError\nfrom simhedge import kernels"),
        ("simulation.run", "from simhedge import chains, scenario\nimport xarray"),
        ("report.figures", "from matplotlib.figure import Figure\nfrom simhedge.simulation import run"),
        ("cli.main", "import typer\nfrom simhedge.report import table"),
        ("book", "from simhedge.display import table\nfrom simhedge.rounding import plain"),
        ("errors", "from __future__ import annotations"),
    ],
)
def test_what_points_down_is_allowed(module: str, source: str) -> None:
    assert violations(source, module) == []


def test_relative_imports_of_a_package_start_at_the_package() -> None:
    assert violations("from .models import Scenario", "scenario", is_package=True) == []
    assert len(violations("from ..simulation import run", "scenario", is_package=True)) == 1
