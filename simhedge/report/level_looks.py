"""How each level looks on prices, the same in printed figures, on the page of a report and on the live page."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from simhedge.report.palette import CALLS, PUTS, TIPPING, ZERO_GAMMA

Form = Literal["solid", "dashed", "dotted"]  # as CSS names them, for keys

DASHES: dict[Form, tuple[int, ...]] = {"solid": (), "dashed": (5, 5), "dotted": (2, 3)}


class LevelLook(NamedTuple):
    """Its words, its colour, its form; `offset` is where its dashes begin."""

    words: str
    colour: str
    form: Form
    offset: int = 0

    def printed(self) -> dict[str, Any]:
        """Keywords for a line of matplotlib."""
        return {"color": self.colour, "linestyle": (self.offset, DASHES[self.form]) if DASHES[self.form] else "solid"}

    def drawn(self) -> dict[str, Any]:
        """Properties of a line of Bokeh."""
        dashes = list(DASHES[self.form])
        return {"line_color": self.colour, "line_dash": dashes, "line_dash_offset": self.offset}


LEVEL_LOOKS = {
    "zero_gamma": LevelLook("zero gamma", ZERO_GAMMA, "solid"),
    "call_wall": LevelLook("call wall", CALLS, "dashed"),
    "put_wall": LevelLook("put wall", PUTS, "dashed", offset=5),  # between the dashes of a call wall at its strike
    "tipping_level": LevelLook("tipping level", TIPPING, "dotted"),
}
