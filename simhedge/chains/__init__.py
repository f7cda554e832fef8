"""Option-chain files in, canonical quotes and the arrays of a Book out."""

from simhedge.chains.chain import Chain
from simhedge.chains.reading import read_chain
from simhedge.chains.report import ChainReport

__all__ = ["Chain", "ChainReport", "read_chain"]
