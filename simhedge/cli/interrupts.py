"""Ctrl-C ends a command wherever it falls, also where it would get lost.

Python raises KeyboardInterrupt in whatever runs at that moment. In a callback (a finalizer, the compiler's own) it is
printed and forgotten; in an import or in the compiler it may come out as another error. What was asked is therefore
kept here, and long work looks it up at every step of its progress.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import Any

_state = {"asked": False}


@contextmanager
def heeded_interrupts() -> Iterator[None]:
    """While this lasts, an interrupt is remembered and raised; no change where interrupts are ignored or another's."""
    told, sys.unraisablehook = sys.unraisablehook, _tell_no_interrupt
    ours = current_thread() is main_thread() and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if ours:
        signal.signal(signal.SIGINT, _remember_and_raise)
    try:
        yield
    finally:
        _state["asked"] = False
        sys.unraisablehook = told
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)


def interrupt_asked() -> bool:
    """Whether an interrupt has come since the command began."""
    return _state["asked"]


def raise_if_asked() -> None:
    """Raise the interrupt that came before and was lost."""
    if _state["asked"]:
        raise KeyboardInterrupt


def ignore_interrupts() -> None:
    """From here to the end of `heeded_interrupts`: the command ends already."""
    if signal.getsignal(signal.SIGINT) is _remember_and_raise:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _tell_no_interrupt(lost: Any) -> None:
    """Python's words about an exception that it forgets, save for an interrupt, which we remember."""
    if not issubclass(lost.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(lost)


def _remember_and_raise(number: int, frame: Any) -> None:
    _state["asked"] = True
    raise KeyboardInterrupt
