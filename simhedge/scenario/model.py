"""The scenario as one frozen, strict model, and the only way into it: a tree of values with their lines."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PrivateAttr, ValidationError, field_validator, model_validator

from simhedge.errors import InputError
from simhedge.scenario.base import Block, Name, problem
from simhedge.scenario.books import AnyBook, ChainBook
from simhedge.scenario.checks import first_problem
from simhedge.scenario.clock_market import Clock, Market
from simhedge.scenario.dealers import Dealer
from simhedge.scenario.explain import explain
from simhedge.scenario.layers import with_value
from simhedge.scenario.origin import Layer, changes
from simhedge.scenario.outputs import MAX_PATHS, Expectation, Levels, Outputs, Validation
from simhedge.scenario.overrides import SET, plain_overrides, with_overrides
from simhedge.scenario.tree import Node, Source, brief, from_plain, item_label, nearest, plain, value_at

SCHEMA_VERSION = 1
MAX_SWEEP_VALUES = 1_000
LARGEST = 1e18

SweepValues = Annotated[list[Any], Field(min_length=1)]


class Scenario(Block):
    """A whole simulation: market, books, dealers, and what to measure. Made by `load_scenario`."""

    schema_version: int = Field(description="Version of this format, 1.", json_schema_extra={"const": 1})
    name: str = Field(
        pattern=r"^\S(.*\S)?$", max_length=100, description="Name of the scenario, shown with its results; one line."
    )
    description: str = Field("", description="What the scenario shows; its first sentence is its claim.")
    seed: int = Field(0, ge=0, description="Seed of all random numbers; same seed, same paths.")
    paths: int = Field(1000, ge=1, le=MAX_PATHS, description="Paths simulated, hedged and twin each.")
    clock: Clock = Field(description="The grid of time.")
    market: Market = Field(description="The traded asset.")
    books: dict[Name, AnyBook] = Field(min_length=1, description="Option books by name.")
    dealers: list[Dealer] = Field(min_length=1, description="Who hedges which book, and how.")
    levels: Levels | None = Field(None, description="Published levels to compute for the run.")
    validation: Validation | None = Field(None, description="Parameters of the level tests.")
    sweep: dict[str, SweepValues] = Field(
        default={}, description="Grid of overrides: a dotted key and the list of its values; checked, not run by `run`."
    )
    expect: list[Expectation] = Field(default=[], description="Claims that `run --check` verifies.")
    outputs: Outputs = Field(default=Outputs(), description="What is measured and kept.")

    _tree: Node | None = PrivateAttr(default=None)
    _base_directory: Path | None = PrivateAttr(default=None)
    _origin: tuple[Layer, ...] = PrivateAttr(default=())

    @field_validator("schema_version")
    @classmethod
    def _known_version(cls, version: int) -> int:
        if version != SCHEMA_VERSION:
            raise problem(
                f"must be {SCHEMA_VERSION}, got {version}", remedy="this simhedge reads version 1 of the format"
            )
        return version

    @model_validator(mode="after")
    def _blocks_fit_together(self) -> Scenario:
        broken = first_problem(self)
        if broken is not None:
            raise broken
        return self

    def __eq__(self, other: object) -> bool:
        """True where all values are equal, whoever wrote them."""
        return isinstance(other, Scenario) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash(self.sha256)

    @property
    def base_directory(self) -> Path:
        """Directory of the scenario file (absolute)."""
        return self._base_directory or Path.cwd()

    @property
    def origin(self) -> tuple[Layer, ...]:
        """The files it was read from, that which was named last, and what was set over them; () where there is none."""
        return self._origin

    @property
    def sha256(self) -> str:
        """Hash of all values, defaults included, in hexadecimal; the same on every machine."""
        canonical = json.dumps(self.as_dict(), sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(canonical.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """All values with defaults filled in, ready for JSON; `scenario_from_dict` gives an equal scenario."""
        values = self.model_dump(mode="json", by_alias=True, exclude_none=True)
        for dealer in values["dealers"]:
            if "copies" in dealer:
                del dealer["count"]
        return values

    def with_overrides(self, overrides: Mapping[str, Any]) -> Scenario:
        """Another scenario with some values replaced, by dotted keys such as `dealers.street.policy.band`."""
        before = self._values()
        tree = with_overrides(before, overrides)
        own = [Layer(SET, changes(before, tree), plain_overrides(overrides))] if overrides and self._origin else []
        return scenario_from_tree(tree, self.base_directory, (*self._origin, *own))

    def locate(self, key: str) -> tuple[str | None, int | None]:
        """File and line of a dotted key (of the block that would hold it, where it was left out)."""
        node = nearest(self._values(), key.split("."))
        return node.source.name, node.line

    def refusal(self, key: str, message: str, remedy: str, value: Any = None) -> InputError:
        """The error to raise where a valid scenario is unfit to run; at fault is `value`, by default the key's own."""
        if value is None:
            node = value_at(self._values(), key.split("."))
            value = None if node is None else plain(node)
        file, line = self.locate(key)
        return InputError(message, file=file, line=line, key=key, value=brief(value), remedy=remedy)

    def chain_path(self, book: str) -> Path:
        """Path of the chain file of a book: relative to the file that wrote it, or as given on the command line."""
        held = self.books[book]
        if not isinstance(held, ChainBook):
            raise KeyError(f"book {book} does not come from a chain")
        return nearest(self._values(), ["books", book, "from_chain"]).source.directory / held.from_chain

    def chain_directories(self) -> dict[str, str]:
        """By book, the directory that its chain's path is relative to, for `scenario_from_dict`."""
        held = {name: book for name, book in self.books.items() if isinstance(book, ChainBook)}
        nodes = {name: nearest(self._values(), ["books", name, "from_chain"]) for name in held}
        return {name: str(node.source.directory.absolute()) for name, node in nodes.items()}

    def _values(self) -> Node:
        if self._tree is not None:
            return self._tree
        return from_plain(self.as_dict(), Source(None, self.base_directory))


def scenario_from_dict(
    values: Mapping[str, Any],
    base_directory: str | Path | None = None,
    chain_directories: Mapping[str, str] | None = None,
    origin: Sequence[Layer] = (),
) -> Scenario:
    """The scenario of plain values, as `Scenario.as_dict()` gives them.

    Chain files are relative to `base_directory`, or to a book's own directory in `chain_directories`. `origin`: as
    `Scenario.origin`.
    """
    directory = Path.cwd() if base_directory is None else Path(base_directory).absolute()
    tree = from_plain(values, Source(None, directory))
    for book, own in (chain_directories or {}).items():
        path = ["books", book, "from_chain"]
        written = value_at(tree, path)
        if written is not None:
            tree = with_value(tree, path, replace(written, source=Source(None, Path(own))))
    return scenario_from_tree(tree, directory, origin)


def scenario_from_tree(tree: Node, base_directory: Path, origin: Sequence[Layer] = ()) -> Scenario:
    """The validated scenario; what is wrong is an InputError with file, line, key, value and remedy."""
    scenario = _validated(tree)
    scenario._tree = tree
    scenario._base_directory = base_directory
    scenario._origin = tuple(origin)
    _check_sweep(tree, scenario)
    return scenario


def _check_sizes(node: Node, path: tuple[str, ...] = ()) -> None:
    """Refuse numbers that no market has; their squares and products would leave the range of floating point."""
    if isinstance(node.value, dict | list):
        listed = node.value if isinstance(node.value, list) else []
        items = node.value if isinstance(node.value, dict) else {item_label(listed, k): n for k, n in enumerate(listed)}
        for label, item in items.items():
            _check_sizes(item, (*path, str(label)))
    elif isinstance(node.value, int | float) and path != ("seed",) and LARGEST < abs(node.value) < math.inf:
        raise InputError(
            f"larger than {LARGEST:g}",
            file=node.source.name,
            line=node.line,
            key=".".join(path),
            value=node.value,
            remedy="use the units that docs/scenarios.md names",
        )


def _validated(tree: Node) -> Scenario:
    _check_sizes(tree)
    try:
        return Scenario.model_validate(plain(tree))
    except ValidationError as error:
        raise explain(error, tree, Scenario) from error


def _check_sweep(tree: Node, scenario: Scenario) -> None:
    """Each value of the grid alone, in its place, must give a valid scenario."""
    if not scenario.sweep or not isinstance(tree.value, dict):
        return
    grid = tree.value["sweep"]
    count = sum(len(values) for values in scenario.sweep.values())
    if count > MAX_SWEEP_VALUES:
        message, remedy = f"lists {count:,} values, more than {MAX_SWEEP_VALUES:,}", "list fewer values"
        raise InputError(message, file=grid.source.name, line=grid.line, key="sweep", remedy=remedy)
    without_grid = Node({key: node for key, node in tree.value.items() if key != "sweep"}, tree.source, tree.line)
    assert isinstance(grid.value, dict)
    for key, listed in grid.value.items():
        assert isinstance(listed.value, list)
        for value in listed.value:
            _check_swept(without_grid, key, value)


def _check_swept(tree: Node, key: str, value: Node) -> None:
    try:
        segments = key.split(".")
        if not all(segments) or segments[0] in ("sweep", "extends"):
            raise InputError("not a key that can be swept", remedy="such as market.spot or dealers.street.count")
        _validated(with_value(tree, segments, value))
    except InputError as error:
        raise InputError(
            error.message if error.key in (None, key) else f"{error.key}: {error.message}",
            file=value.source.name,
            line=value.line,
            key=f"sweep.{key}",
            value=brief(plain(value)),
            remedy=error.remedy,
        ) from error
