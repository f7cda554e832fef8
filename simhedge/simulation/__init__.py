"""A scenario in, a Result out: the one doorway to the kernels, the resumable session, metrics with standard errors."""

from simhedge.kernels.policies import user_policy
from simhedge.simulation.gain import GainProfile
from simhedge.simulation.result import Result, load_result
from simhedge.simulation.run import run, sample_paths
from simhedge.simulation.session import Session, SessionState

__all__ = ["GainProfile", "Result", "Session", "SessionState", "load_result", "run", "sample_paths", "user_policy"]
