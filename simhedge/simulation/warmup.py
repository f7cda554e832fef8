"""Compiling ahead of time, and knowing whether that has still to be done."""

from __future__ import annotations

from simhedge.kernels.compiler import CACHE_DIRECTORY, CACHE_ENABLED
from simhedge.kernels import engine

_SECONDS = [0.0]


def compile_seconds() -> float:
    return _SECONDS[0]
