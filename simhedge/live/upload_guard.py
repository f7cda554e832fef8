"""A guard in the browser: of a file that is too large to be sent, the server is told the name instead.

Bokeh sends a chosen file as one message, however large, and a message beyond the server's limit ends the connection and
with it the tab. So somebody must look at the size before Bokeh reads the file, and only the browser can. The `change`
event that Bokeh waits for does not leave the shadow root of the widget; `input` does, and comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.events import DocumentReady
from bokeh.models import CustomJS

if TYPE_CHECKING:
    from bokeh.document import Document

LARGEST_UPLOAD = 32 * 1024 * 1024  # bytes
PICKER = "chain-file"  # name of the widget that is told, in its tags
_GUARD = f"""
document.addEventListener("input", event => {{
  const chosen = event.composedPath()[0], file = chosen.files?.[0]
  if (file && file.size > {LARGEST_UPLOAD}) {{
    chosen.value = ""
    Bokeh.documents[0].get_model_by_name("{PICKER}").tags = [file.name]
  }}
}}, true)"""


def guard_uploads(document: Document) -> None:
    """Keep files beyond LARGEST_UPLOAD from being read by the browser of a document."""
    document.js_on_event(DocumentReady, CustomJS(code=_GUARD))
