"""What a run gives: tidy tables, and their way to disk and back."""

from __future__ import annotations

import json
import math
import os
import shutil
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from simhedge.errors import InputError
from simhedge.simulation.expectations import ExpectationOutcome
from simhedge.simulation.gain import GainProfile
from simhedge.simulation.metrics import SERIES

if TYPE_CHECKING:
    from collections.abc import Callable

    import xarray as xr

    from simhedge.scenario import Scenario

MANIFEST = "manifest.json"
SUMMARY = "summary.parquet"
PATHS = "paths.nc"
FORMAT = 1
PACKAGES = ("simhedge", "numpy", "numba", "pandas", "xarray")


@dataclass
class Result:
    """A finished run.

    `summary`: index metric; columns hedged, twin, ratio, difference, each with its `_se`; NaN where undefined. `paths`:
    recorded series, dims path, step, dealer, or None. `engine`: timings and how deltas were computed.
    """

    scenario: Scenario
    summary: pd.DataFrame
    expectations: list[ExpectationOutcome]
    engine: dict[str, Any]
    warnings: list[str]
    gain_profile: GainProfile
    paths: xr.Dataset | None = field(default=None)

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
        }

    def save(self, directory: str | Path, extras: Callable[[Path], None] | None = None) -> Path:
        """Write the result to `directory`, whole or not at all, and return it.

        It is written beside its place and swapped in by renames; `extras` may add files (figures) before the swap.
        Raises InputError if the directory holds something that is not a saved run, or cannot be written.
        """
        target = Path(directory)
        check_destination(target)
        beside = target.with_name(f".{target.name}.new-{os.getpid()}")
        old = target.with_name(f"{target.name}.old")
        try:
            if beside.exists():
                shutil.rmtree(beside)
            beside.mkdir(parents=True)
            self._write(beside)
            if extras is not None:
                extras(beside)
            if target.exists():
                if old.exists():
                    shutil.rmtree(old)
                target.rename(old)
            beside.rename(target)
            if old.exists():
                shutil.rmtree(old)
        except OSError as error:
            raise _unwritable(target, error) from error
        finally:
            shutil.rmtree(beside, ignore_errors=True)
        return target

    def _write(self, directory: Path) -> None:
        profile = asdict(self.gain_profile)
        profile |= {"spot": self.gain_profile.spot.tolist(), "gain": self.gain_profile.gain.tolist()}
        manifest = {
            "format": FORMAT,
            "versions": {name: _version(name) for name in PACKAGES},
            "scenario": self.scenario.as_dict(),
            "base_directory": str(self.scenario.base_directory),
            "sha256": self.scenario.sha256,
            "seed": self.scenario.seed,
            "expectations": [asdict(o) | {"observed": _finite(o.observed)} for o in self.expectations],
            "engine": self.engine,
            "warnings": self.warnings,
            "gain_profile": profile,
        }
        (directory / MANIFEST).write_text(json.dumps(manifest, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        self.summary.to_parquet(directory / SUMMARY)
        if self.paths is not None:
            self.paths.to_netcdf(directory / PATHS, engine="h5netcdf")


def load_result(directory: str | Path) -> Result:
    """The Result saved in `directory`; where a crash left only DIRECTORY.old, that one."""
    from simhedge.scenario import scenario_from_dict

    place = Path(directory)
    old = place.with_name(f"{place.name}.old")
    if not (place / MANIFEST).exists() and (old / MANIFEST).exists():
        place = old
    try:
        manifest = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(
            "there is no saved run here", file=str(place), remedy="name a directory that `run --out` or save() wrote"
        ) from error
    except (OSError, ValueError) as error:
        raise InputError(f"the manifest cannot be read: {error}", file=str(place / MANIFEST)) from error
    paths = None
    if (place / PATHS).exists():
        import xarray as xr

        with xr.open_dataset(place / PATHS, engine="h5netcdf") as dataset:
            paths = dataset.load()
    profile = manifest["gain_profile"]
    profile |= {"spot": np.array(profile["spot"]), "gain": np.array(profile["gain"])}
    outcomes = [
        ExpectationOutcome(**(o | {"observed": math.nan if o["observed"] is None else o["observed"]}))
        for o in manifest["expectations"]
    ]
    return Result(
        scenario=scenario_from_dict(manifest["scenario"], base_directory=Path(manifest["base_directory"])),
        summary=pd.read_parquet(place / SUMMARY),
        expectations=outcomes,
        engine=manifest["engine"],
        warnings=manifest["warnings"],
        gain_profile=GainProfile(**profile),
        paths=paths,
    )


def check_destination(directory: str | Path) -> None:
    """Raise InputError unless a result can be saved here: absent, empty, or a saved run, and writable."""
    target = Path(directory)
    remedy = "name a new or empty directory, or one that holds a saved run"
    if target.exists() and not target.is_dir():
        raise InputError("this is a file, not a directory", file=str(target), key="--out", remedy=remedy)
    if target.is_dir() and any(target.iterdir()) and not (target / MANIFEST).exists():
        raise InputError(
            "the directory is not empty and holds no saved run", file=str(target), key="--out", remedy=remedy
        )
    existing = next(parent for parent in (target, *target.absolute().parents) if parent.exists())
    container = existing.parent if existing == target else existing
    if not os.access(container, os.W_OK | os.X_OK) or not _accepts_files(container):
        raise InputError(
            f"{container} cannot be written", file=str(target), key="--out", remedy="choose a directory you may write"
        )


def _accepts_files(directory: Path) -> bool:
    """True if a file can be made here (a read-only file system says yes to os.access for root)."""
    probe = directory / f".simhedge-probe-{os.getpid()}"
    try:
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _unwritable(target: Path, error: OSError) -> InputError:
    return InputError(
        f"the result cannot be written: {error.strerror or error}", file=str(target), key="--out",
        remedy="check permissions and free space",
    )  # fmt: skip


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
