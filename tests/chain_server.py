"""A local HTTP server that answers as the test says: whole, cut short, wrong, slow, or with an error."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class ChainServer:
    """`answer` is what the next requests get; `asked` keeps the headers of those that came."""

    address: str
    answer: Answer
    asked: list[Message] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)


def whole(content: bytes, status: int = 200, **headers: str) -> Answer:
    """The content with its true length; `headers` with _ for -."""
    return cut(content, len(content), status, **headers)


def cut(content: bytes, promised: int | None, status: int = 200, **headers: str) -> Answer:
    """The content, another length promised (None: none)."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        if promised is not None:
            handler.send_header("Content-Length", str(promised))
        handler.end_headers()
        handler.wfile.write(content)

    return answer


def raw(content: bytes) -> Answer:
    """Bytes that need not be HTTP."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(content)

    return answer


def conditional(content: bytes, etag: str) -> Answer:
    """304 where the request knows the etag, else the content."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == etag:
            handler.send_response(304)
            handler.end_headers()
        else:
            whole(content, ETag=etag)(handler)

    return answer


def dripping(server: ChainServer, start: bytes) -> Answer:
    """`start`, then a byte every 20 ms without an end, until the test or the client is done."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(start)
        while not server.released.wait(0.02):
            handler.wfile.write(b"1")
            handler.wfile.flush()

    return answer


@contextmanager
def chain_server() -> Iterator[ChainServer]:
    """A server on a free port of this machine, until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            serving.asked.append(self.headers)
            try:
                serving.answer(self)
            except OSError:
                self.close_connection = True  # the client has hung up

        def log_message(self, format: str, *args: object) -> None:
            """Nothing on standard error."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        serving = ChainServer(f"http://127.0.0.1:{server.server_address[1]}/chain.csv", whole(b""))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield serving
        finally:
            serving.released.set()
            server.shutdown()
            thread.join()
