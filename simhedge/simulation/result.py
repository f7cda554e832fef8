"""What a run gives: tidy tables, and their way to disk and back."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simhedge.errors import InputError
from simhedge.scenario.manifest import scenario_from_manifest, scenario_manifest
from simhedge.simulation.destination import MANIFEST, former, versions, write_directory
from simhedge.simulation.expectations import ExpectationOutcome
from simhedge.simulation.gain import GainProfile
from simhedge.simulation.metrics import SERIES
from simhedge.simulation.result_display import html, line

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import xarray as xr

    from simhedge.scenario import Scenario

SUMMARY = "summary.parquet"
PATHS = "paths.nc"
LEVELS = "levels.nc"
FORMAT = 1


@dataclass
class Result:
    """A finished run.

    `summary`: index metric; columns hedged, twin, ratio, difference, each with its `_se`; NaN where undefined. `paths`:
    recorded series, dims path, step, dealer, or None. `levels`: what `levels.definitions` asks for, see
    `simhedge.simulation.scenario_levels`, or None. `engine`: timings and how deltas were computed. `policies`: name of
    the function, by dealer, for dealers who followed one that was handed to `run` and not their policy of the scenario.
    """

    scenario: Scenario
    summary: pd.DataFrame
    expectations: list[ExpectationOutcome]
    engine: dict[str, Any]
    warnings: list[str]
    gain_profile: GainProfile
    paths: xr.Dataset | None = field(default=None)
    levels: xr.Dataset | None = field(default=None)
    policies: dict[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return line(self)

    def _repr_html_(self) -> str:
        return html(self)

    @property
    def passed(self) -> bool:
        """True if every expectation holds."""
        return all(outcome.passed for outcome in self.expectations)

    def as_json(self) -> dict[str, Any]:
        """The document that `simhedge run --json` prints; what is undefined is None."""
        metrics = {}
        for name, row in self.summary.iterrows():
            metrics[str(name)] = {
                f"{series}{suffix}": _finite(row[f"{series}{suffix}"]) for series in SERIES for suffix in ("", "_se")
            }
        return {
            "scenario": self.scenario.name,
            "sha256": self.scenario.sha256,
            "seed": self.scenario.seed,
            "paths": self.scenario.paths,
            "steps": self.scenario.clock.steps,
            "metrics": metrics,
            "expectations": [asdict(o) | {"observed": _finite(o.observed)} for o in self.expectations],
            "engine": self.engine,
            "warnings": self.warnings,
            **({} if self.levels is None else {"levels": _levels_json(self.levels)}),
            **({"policies": self.policies} if self.policies else {}),
        }

    def save(self, directory: str | Path, extras: Callable[[Path], None] | None = None) -> Path:
        """Write the result to `directory`, whole or not at all, and return it.

        It is written beside its place and swapped in by renames; `extras` may add files (figures) before the swap.
        Raises InputError if the directory holds something that is not a saved run, or cannot be written.
        """

        def write(beside: Path) -> None:
            self._write(beside)
            if extras is not None:
                extras(beside)

        return write_directory(directory, write)

    def _write(self, directory: Path) -> None:
        manifest = {
            "format": FORMAT,
            "versions": versions(),
            **scenario_manifest(self.scenario),
            "expectations": [asdict(o) | {"observed": _finite(o.observed)} for o in self.expectations],
            "engine": self.engine,
            "warnings": self.warnings,
            "gain_profile": self.gain_profile.as_json(),
            **({"policies": self.policies} if self.policies else {}),
        }
        (directory / MANIFEST).write_text(json.dumps(manifest, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        self.summary.to_parquet(directory / SUMMARY)
        if self.paths is not None:
            self.paths.to_netcdf(directory / PATHS, engine="h5netcdf")
        if self.levels is not None:
            self.levels.to_netcdf(directory / LEVELS, engine="h5netcdf")


def load_result(directory: str | Path) -> Result:
    """The Result saved in `directory`; where a crash left only DIRECTORY.old, that one."""
    given = Path(directory)
    candidates = [place for place in (given, former(given.resolve())) if (place / MANIFEST).exists()]
    if not candidates:
        remedy = "name a directory that `run --out` or save() wrote"
        raise InputError("there is no saved run here", file=str(given), value=str(given), remedy=remedy)
    try:
        return _read(candidates[0])
    except (OSError, ValueError, KeyError, TypeError) as error:
        remedy = "run the scenario again, or name a directory that this version of simhedge wrote"
        message = f"not a saved run that can be read ({type(error).__name__}: {error})"
        raise InputError(message, file=str(candidates[0]), value=str(given), remedy=remedy) from error


def _read(place: Path) -> Result:
    import pandas as pd  # slow to load, and a session has no use for it

    manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    if manifest["format"] != FORMAT:
        raise ValueError(f"format {manifest['format']} of saved runs, {FORMAT} is known")
    if manifest.get("kind", "run") != "run":
        raise ValueError(f"it holds a {manifest['kind']}")
    return Result(
        scenario=scenario_from_manifest(manifest),
        summary=pd.read_parquet(place / SUMMARY),
        expectations=[
            ExpectationOutcome(**(o | {"observed": _number(o["observed"])})) for o in manifest["expectations"]
        ],
        engine=manifest["engine"],
        warnings=manifest["warnings"],
        gain_profile=GainProfile.from_json(manifest["gain_profile"]),
        paths=_dataset(place / PATHS),
        levels=_dataset(place / LEVELS),
        policies={str(dealer): str(name) for dealer, name in manifest.get("policies", {}).items()},
    )


def _dataset(file: Path) -> xr.Dataset | None:
    """The dataset in a file of a saved run, None where there is no such file."""
    if not file.exists():
        return None
    import xarray as xr

    with xr.open_dataset(file, engine="h5netcdf") as dataset:
        return dataset.load()


def _levels_json(levels: xr.Dataset) -> dict[str, dict[str, float | str | None]]:
    """The levels at the start (with daily levels: of the first path, which starts where all do), by definition."""
    start = levels.isel(day=0)
    start = start.isel(path=0) if "path" in start.dims else start
    names = ("zero_gamma", "call_wall", "put_wall", "net_gamma")
    return {
        str(name): {v: _finite(float(start[v].values[k])) for v in names} | {"unit": str(start["unit"].values[k])}
        for k, name in enumerate(start["definition"].values)
    }


def _finite(value: float) -> float | None:
    """A number as JSON knows it, where what is not finite is null."""
    return float(value) if math.isfinite(value) else None


def _number(value: float | None) -> float:
    """The number that `_finite` wrote."""
    return math.nan if value is None else float(value)
