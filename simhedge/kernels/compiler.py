"""The house decorator: every kernel is compiled by `kernel`, so that options and disk cache are the same everywhere.

No fastmath flag is set: a compiler free to fuse or reorder would do so differently in the vector body of a loop and in
its scalar remainder, and a path's last bits would depend on its place in a block. Where fused multiply-add pays, a
kernel asks for it (`elementary.fused_multiply_add`). Results are then the same in every lane and for every loop length.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numba
import platformdirs

F = TypeVar("F", bound=Callable[..., Any])


def source_hash(directory: Path) -> str:
    """Hash over the names and texts of all modules in a directory, and the numba version.

    numba itself watches only the file of the outermost function: a change in a function it calls would go unseen.
    """
    digest = hashlib.sha256(numba.__version__.encode())
    for source in sorted(directory.glob("*.py")):
        digest.update(source.name.encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def cache_directory() -> Path:
    """Where compiled kernels are kept; a change of any kernel source or of numba moves to a fresh directory."""
    root = os.environ.get("SIMHEDGE_CACHE_DIR")
    base = Path(root) if root else Path(platformdirs.user_cache_dir("simhedge"))
    return base / source_hash(Path(__file__).parent)


def _writable(directory: Path) -> bool:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        probe = directory / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True


def _cache_enabled(directory: Path) -> bool:
    """Whether kernels go to the disk cache; a place that cannot be written is warned about, once, at import."""
    config: Any = numba.config
    if config.DISABLE_JIT:
        return False
    if _writable(directory):
        return True
    warnings.warn(
        f"compiled kernels cannot be cached in {directory}: every start compiles anew "
        "(set SIMHEDGE_CACHE_DIR to a writable directory)",
        RuntimeWarning,
        stacklevel=3,
    )
    return False


CACHE_DIRECTORY = cache_directory()
CACHE_ENABLED = _cache_enabled(CACHE_DIRECTORY)


def kernel(inline: bool = False, inner: bool = False) -> Callable[[F], F]:
    """Decorator that compiles a function in nopython mode, division as in numpy.

    `inline` is for building blocks, scalar ones and loops over lanes, which LLVM is told to inline always and which are
    not cached, since they are part of the compiled functions that call them. `inner` is for larger parts that only
    kernels call: not cached for the same reason, and without the wrapper that a call from Python needs.
    """
    options: dict[str, Any] = {"error_model": "numpy", "nogil": True}
    if inline:
        options["forceinline"] = True
    elif inner:
        options["no_cpython_wrapper"] = True
        options["no_cfunc_wrapper"] = True
    else:
        options["cache"] = CACHE_ENABLED

    def compile_lazily(function: F) -> F:
        with _cache_directory_set():
            return numba.njit(**options)(function)

    return compile_lazily


def callback(signature: Any, cached: bool = False) -> Callable[[Callable[..., Any]], Any]:
    """Decorator that compiles a function to one that kernels can be handed as an argument; `cached` for our own."""

    def compile_now(function: Callable[..., Any]) -> Any:
        with _cache_directory_set():
            return numba.cfunc(signature, cache=cached and CACHE_ENABLED)(function)

    return compile_now


@contextmanager
def _cache_directory_set() -> Iterator[None]:
    """numba's cache directory is ours while a function is decorated, and the user's again afterwards."""
    config: Any = numba.config
    previous = config.CACHE_DIR
    config.CACHE_DIR = str(CACHE_DIRECTORY)
    try:
        yield
    finally:
        config.CACHE_DIR = previous
