"""Keys of random streams: one per seed and name, so that adding an agent leaves every other agent's draws alone."""

from __future__ import annotations

import hashlib


def stream_key(seed: int, name: str) -> tuple[int, int]:
    """Two 32-bit words that key the Philox stream of `name` (such as "fundamental") under a seed."""
    digest = hashlib.blake2b(f"{seed}/{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest[:4], "little"), int.from_bytes(digest[4:], "little")
