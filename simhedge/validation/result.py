"""What a validation gives: tables of tests, placebos, distances, regressions, facts, and their way to disk and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from simhedge.errors import InputError
from simhedge.scenario.manifest import scenario_from_manifest, scenario_manifest
from simhedge.simulation.destination import MANIFEST, versions, write_directory
from simhedge.validation.records import plain, records
from simhedge.validation.validation_display import html, line

if TYPE_CHECKING:
    from collections.abc import Callable

    from simhedge.scenario import Scenario
    from simhedge.validation.power import Power
    from simhedge.validation.wrong_sign import WrongSign

FORMAT = 1
KIND = "validation"
TABLES = ("levels", "tests", "placebos", "distances", "regressions", "stylised_facts")
PAIRS = ("difference", "placebo", "placebo_hedged")  # columns with _low and _high, [low, high] under _ci95 in JSON


@dataclass
class Validation:
    """A finished validation of a scenario's levels.

    `levels`: name, definition, value ($ at the start, NaN: none), track, one row a level under one of its names. Levels
    that agree share a `track` (-1: none). `tests`: one row a track and statistic, see `level_tests.TEST_COLUMNS`.
    `placebos`: one row a track, statistic and placebo level. `distances`: volatility by distance from zero gamma.
    `regressions`: one row a study. `stylised_facts`: one row a fact. `regimes` and `method` as in the JSON document.
    `power` and `wrong_sign`: None where they were not asked for.
    """

    scenario: Scenario
    levels: pd.DataFrame
    tests: pd.DataFrame
    placebos: pd.DataFrame
    distances: pd.DataFrame
    regressions: pd.DataFrame
    stylised_facts: pd.DataFrame
    regimes: dict[str, float | None]
    method: dict[str, Any]
    engine: dict[str, Any]
    warnings: list[str]
    power: Power | None = None
    wrong_sign: WrongSign | None = None

    def __repr__(self) -> str:
        return line(self)

    def _repr_html_(self) -> str:
        return html(self)

    def tests_of(self, name: str, definition: str = "simhedge") -> pd.DataFrame:
        """The tests of a level by statistic, TEST_COLUMNS; empty where there is no such level. Unknown names raise."""
        rows = self.levels[(self.levels["name"] == name) & (self.levels["definition"] == definition)]
        if rows.empty:
            known = ", ".join(sorted(set(self.levels["name"])))
            remedy = f"names: {known}; definitions: see the table `levels`"
            raise InputError("no such level", key="name", value=f"{name}, {definition}", remedy=remedy)
        own: pd.DataFrame = self.tests[self.tests["track"] == rows["track"].iloc[0]]
        return own.set_index("statistic").drop(columns="track")

    def as_json(self) -> dict[str, Any]:
        """The document that `simhedge validate --json` prints; what is undefined is None."""
        by_track = {track: _tests_json(rows) for track, rows in self.tests.groupby("track")}
        levels = [
            {
                "name": row["name"],
                "definition": row["definition"],
                "value": plain(row["value"]),
                "tests": by_track.get(row["track"], {}),
            }
            for row in self.levels.to_dict("records")
        ]
        return {
            "scenario": self.scenario.name,
            "sha256": self.scenario.sha256,
            "seed": self.scenario.seed,
            "paths": self.scenario.paths,
            "levels": levels,
            "regimes": self.regimes,
            "distances": records(self.distances),
            "regressions": records(self.regressions),
            "stylised_facts": records(self.stylised_facts),
            "method": self.method,
            "engine": self.engine,
            "warnings": self.warnings,
            **({} if self.power is None else {"power": self.power.as_json()}),
            **({} if self.wrong_sign is None else {"wrong_sign": self.wrong_sign.as_json()}),
        }

    def save(self, directory: str | Path, extras: Callable[[Path], None] | None = None) -> Path:
        """Write manifest and tables (Parquet) to `directory`, whole or not at all, and return it.

        `extras` may add files (figures). Raises InputError if the directory holds something that is neither a saved run
        nor a saved validation, or cannot be written.
        """

        def write(beside: Path) -> None:
            manifest = {
                "kind": KIND,
                "format": FORMAT,
                "versions": versions(),
                **scenario_manifest(self.scenario),
                "regimes": self.regimes,
                "method": self.method,
                "engine": self.engine,
                "warnings": self.warnings,
                "power": _write_study(self.power, "power", beside),
                "wrong_sign": _write_study(self.wrong_sign, "wrong_sign", beside),
            }
            text = json.dumps(manifest, indent=2, allow_nan=False) + "\n"
            (beside / MANIFEST).write_text(text, encoding="utf-8")
            for table in TABLES:
                getattr(self, table).to_parquet(beside / f"{table}.parquet")
            if extras is not None:
                extras(beside)

        return write_directory(directory, write)


def load_validation(directory: str | Path) -> Validation:
    """The Validation saved in `directory`; raises InputError where there is none that can be read."""
    place = Path(directory)
    remedy = "name a directory that `validate --out` or save() wrote"
    if not (place / MANIFEST).exists():
        raise InputError("there is no saved validation here", file=str(place), value=str(place), remedy=remedy)
    try:
        return _read(place)
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"not a saved validation that can be read ({type(error).__name__}: {error})"
        raise InputError(message, file=str(place), value=str(place), remedy=remedy) from error


def _read(place: Path) -> Validation:
    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT or manifest.get("kind") != KIND:
        raise ValueError(f"it holds a {manifest.get('kind', 'run')} of format {manifest['format']}")
    scenario = scenario_from_manifest(manifest)
    values: dict[str, Any] = {table: pd.read_parquet(place / f"{table}.parquet") for table in TABLES}
    values |= {name: manifest[name] for name in ("regimes", "method", "engine", "warnings")}
    values |= {name: _read_study(manifest[name], name, place) for name in ("power", "wrong_sign")}
    return Validation(scenario=scenario, **values)


def _write_study(study: Power | WrongSign | None, name: str, directory: Path) -> dict[str, Any] | None:
    """Write a study's tables as NAME_TABLE.parquet; what is left of it, for the manifest."""
    if study is None:
        return None
    rest = {}
    for key, value in study._asdict().items():
        if isinstance(value, pd.DataFrame):
            value.to_parquet(directory / f"{name}_{key}.parquet")
        else:
            rest[key] = value if isinstance(value, dict) else value._asdict()
    return rest


def _read_study(rest: dict[str, Any] | None, name: str, directory: Path) -> Any:
    """The study that `_write_study` wrote."""
    if rest is None:
        return None
    from simhedge.validation.assumed_levels import Shares
    from simhedge.validation.power import Power
    from simhedge.validation.wrong_sign import WrongSign

    study = Power if name == "power" else WrongSign
    tables = [key for key in study._fields if key not in rest]
    values = {key: pd.read_parquet(directory / f"{name}_{key}.parquet") for key in tables} | rest
    return study(**(values | {"true": Shares(**rest["true"])} if "true" in rest else values))


def _tests_json(rows: pd.DataFrame) -> dict[str, dict[str, Any]]:
    found = {}
    for row in rows.drop(columns="track").to_dict("records"):
        values: dict[str, Any] = {str(name): plain(value) for name, value in row.items() if name != "statistic"}
        for name in PAIRS:
            pair = [values.pop(f"{name}_low"), values.pop(f"{name}_high")]
            values[f"{name}_ci95"] = None if None in pair else pair
        found[str(row["statistic"])] = values
    return found
