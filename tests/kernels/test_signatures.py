"""Each cached kernel is compiled for one signature, whatever the scenario: the doorway hands over the same types.

Run as a script this file runs scenarios of every kind and prints the signatures; the test runs it so, in a process of
its own, since other tests call kernels with arrays of their own making.
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from building import CLEARINGS, POLICIES, dealer, mixed_book, one_dealer, option, scenario, teaching  # noqa: E402

import simhedge as sh  # noqa: E402
import simhedge.kernels  # noqa: E402

Tree = dict[str, Any]
CHAIN = ROOT / "scenarios/data/spx_like_quotedata.csv"
OF_THE_ENGINE = {
    "advance", "start", "exact_delta_gamma", "exact_values", "add_expiry", "to_cells", "largest_error",
    "fold_intervals", "batch_moments",
}  # fmt: skip
OF_THE_CHAINS = {"prices", "delta_gamma"}
OF_THE_LEVELS = {"sensitivities", "gamma_profile", "gamma_matrix", "path_sums"}


@sh.user_policy
def never(hedge, target_hedge, spot, gamma, parameter, step):  # type: ignore[no-untyped-def]
    """Hold what is held."""
    return hedge


def scenarios() -> list[tuple[Tree, Tree]]:
    """Inline books and a chain, one and five dealers, recorded or not, own policies, exact, in slices of surfaces."""
    one = [one_dealer(mixed_book(), POLICIES["continuous"], rule, paths=200, days=2) for rule in CLEARINGS.values()]
    five = scenario(
        {"mixed": mixed_book(), "calls": [option("call", 101.0, 1, 20_000)]},
        [
            dealer(POLICIES["whalley_wilmott"], "first", "mixed", count=3),
            dealer(POLICIES["fixed_interval"], "second", "calls", cost_bps=1.0),
            dealer(POLICIES["none"], "third", "calls", copies=2),
            dealer(POLICIES["leland"], "fourth", "mixed"),
            dealer(POLICIES["stop_loss"], "fifth", "mixed"),
        ],
        clearing=CLEARINGS["simultaneous"], paths=5, days=2, record=None, rate=0.02, settlement="cash",
        impact={"type": "kyle", "kyle_lambda": 1e-7, "form": "multiplicative"},
    )  # fmt: skip
    chain = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"], paths=2, days=1, record=1)
    chain["books"] = {"book": {"from_chain": str(CHAIN)}}
    chain["market"] |= {"fundamental": {"type": "gbm", "volatility": 0.2}, "adv_shares": 1e9}
    del chain["market"]["spot"]
    return [
        *((tree, {}) for tree in one),
        (one[0], {"book_delta": "exact"}),
        (one[3], {"book_delta": "exact", "threads": 2}),
        (one[1], {"policies": {"street": never}}),
        (five, {"threads": 2}),
        (five, {"policies": {"first": never, "second": never}, "chunk_paths": 128}),
        (teaching(0.3, CLEARINGS["lagged"], paths=3), {}),
        (teaching(0.3, CLEARINGS["simultaneous"], paths=3, record=None), {}),
        (chain, {}),
        (chain, {"book_delta": "exact"}),
    ]


def signatures() -> dict[str, list[str]]:
    """The signatures that each cached kernel has been compiled for in this process, by its name."""
    found: dict[str, list[str]] = {}
    for module in pkgutil.iter_modules(simhedge.kernels.__path__, "simhedge.kernels."):
        for name, value in vars(importlib.import_module(module.name)).items():
            own = getattr(getattr(value, "py_func", None), "__module__", None) == module.name
            if own and not value.targetoptions.get("no_cpython_wrapper") and not value.targetoptions.get("forceinline"):
                found[name] = [str(signature) for signature in value.signatures]
    return found


def run_everything() -> dict[str, list[str]]:
    for tree, options in scenarios():
        sh.run(sh.scenario_from_dict(tree), **options)
    session = sh.Session(sh.scenario_from_dict(scenarios()[0][0]))
    session.advance(3)
    session.change({"market.adv_shares": 1e7})
    session.advance()
    run_levels()
    run_validations()
    return signatures()


def run_levels() -> None:
    """Levels of a chain with everything that may be asked for, and of a book, with whole numbers for rates and spot."""
    from simhedge.levels import Conventions, Impact, SignErrors, find_levels, levels_of

    chain = sh.read_chain(CHAIN)
    levels_of(chain.listing(), Conventions(gamma="vendor"), impact=Impact(1e9, 0.01), errors=SignErrors(draws=2))
    levels_of(chain.listing("repaired", "busday252"), Conventions(rate=0, dividend_yield=0))
    find_levels(sh.Book.from_chain(chain), sh.MarketState(4000, rate=0))


def run_validations() -> None:
    """Levels of the start and of each day, in several threads, with placebos at prices and at factors."""
    from simhedge.validation.validate import validate

    tree = one_dealer(mixed_book(), POLICIES["continuous"], CLEARINGS["simultaneous"], paths=40, record=None)
    for daily, threads in ((False, 2), (True, 1)):
        asked = {"levels": {"daily": daily}, "validation": {"placebos": 2}}
        validate(sh.scenario_from_dict(tree | asked), threads=threads)


@pytest.fixture(scope="module")
def compiled() -> dict[str, list[str]]:
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    read: dict[str, list[str]] = json.loads(done.stdout)
    return read


def test_every_cached_kernel_was_called(compiled: dict[str, list[str]]) -> None:
    assert set(compiled) >= OF_THE_ENGINE | OF_THE_CHAINS | OF_THE_LEVELS
    assert {name for name, found in compiled.items() if found} >= OF_THE_ENGINE | OF_THE_LEVELS


@pytest.mark.parametrize("name", sorted(OF_THE_ENGINE | OF_THE_LEVELS))
def test_one_signature(compiled: dict[str, list[str]], name: str) -> None:
    assert len(compiled[name]) == 1, compiled[name]


def test_no_other_cached_kernel_has_several(compiled: dict[str, list[str]]) -> None:
    assert {name: found for name, found in compiled.items() if len(found) > 1} == {}


def test_arrays_are_contiguous_and_writable(compiled: dict[str, list[str]]) -> None:
    """C order everywhere; a read-only or strided array would have made another signature."""
    for name, found in compiled.items():
        for signature in found:
            assert "readonly" not in signature.lower(), name
            assert ", A)" not in signature, name


if __name__ == "__main__":
    print(json.dumps(run_everything()))
