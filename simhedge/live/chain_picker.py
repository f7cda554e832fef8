"""What a reader opens a chain file with: the file, and fields for what it does not say, shown once they are needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.layouts import row
from bokeh.models.widgets.inputs import FileInput, NumericInput, TextInput

from simhedge.live.theme import dress
from simhedge.live.upload import Upload, asked_by
from simhedge.live.upload_guard import PICKER
from simhedge.snapshots import Overrides

if TYPE_CHECKING:
    from collections.abc import Callable

    from simhedge.errors import SimhedgeError


class ChainPicker:
    """Notes that a file has arrived, or that more is known of it; `take` hands it over, between two beats."""

    def __init__(self, too_large: Callable[[str], None]) -> None:
        self.arrived = False
        self._too_large = too_large
        self.file = FileInput(title="Open a chain file", accept=".csv,.json,.txt,.parquet", name=PICKER, width=260)
        self.spot = NumericInput(title="Spot ($)", value=None, mode="float", width=90, visible=False)
        self.quote_time = TextInput(
            title="Quote time (New York)", placeholder="2022-12-12 10:30", width=140, visible=False
        )
        self.root = TextInput(title="Root", width=80, visible=False)
        self.fields: dict[str, NumericInput | TextInput] = {
            "spot": self.spot,
            "quote_time": self.quote_time,
            "root": self.root,
        }
        dress([self.file, *self.fields.values()])
        self.layout = row(self.file, *self.fields.values())
        for name in ("value", "filename"):  # an empty file has a name alone
            self.file.on_change(name, lambda _attribute, _old, _new: self._note_file())
        self.file.on_change("tags", lambda _attribute, _old, new: self._note_too_large(new))
        for field in self.fields.values():
            field.on_change("value", lambda _attribute, _old, _new: self._note())

    def _note_file(self) -> None:
        """Content has come, and its name comes with it; what was known of another file is not true of this one."""
        self.spot.value, self.quote_time.value, self.root.value = None, "", ""
        self._note()

    def _note(self) -> None:
        self.arrived = True

    def _note_too_large(self, names: list[str]) -> None:
        if names:
            self._too_large(str(names[0]))
            self.file.tags = []  # so that the same name is told again

    def take(self) -> Upload | None:
        """What has arrived since the last time, if anything has."""
        if not self.arrived or not self.file.filename:  # no name: the choice was taken back
            self.arrived = False
            return None
        self.arrived = False
        known = Overrides(self.spot.value, self.quote_time.value.strip() or None, self.root.value.strip() or None)
        return Upload(str(self.file.filename), str(self.file.value), known)

    def ask(self, error: SimhedgeError | None) -> None:
        """Show the fields that would help against an error, and those in which something stands."""
        asked = [] if error is None else asked_by(error)
        for name, field in self.fields.items():
            field.visible = name in asked or bool(field.value)

    def forget(self) -> None:
        """Forget the file, so that the same one can be opened again."""
        self._note_file()
        self.ask(None)
        self.file.clear()  # which the browser does; until it says so the file is still there
        self.arrived = False
