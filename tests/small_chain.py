"""A chain of ten options as Cboe's quotedata text, made line by line, and small moves of it."""

from __future__ import annotations

HEADER = (
    "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,Strike,"
    "Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
)
STRIKES = (90.0, 95.0, 100.0, 105.0, 110.0)
CALL_INTEREST = (5, 10, 20, 60, 30)
PUT_INTEREST = (25, 50, 20, 10, 5)


def small_chain(
    spot: float = 100.0, time: str = "10:30 AM", root: str = "SPXW", puts: float = 1.0, day: str = "December 12"
) -> bytes:
    """The text: call wall 105, put wall 95; `puts` multiplies the open interest of the puts."""
    lines = [
        "",
        f"Example Index,Last: {spot},Change: 0.5",
        f'"Date: {day}, 2022 at {time} EST",Bid: 99,Ask: 101',
        HEADER,
    ]
    for strike, calls, interest in zip(STRIKES, CALL_INTEREST, PUT_INTEREST, strict=True):
        coded = f"{round(strike * 1000):08d}"
        lines.append(
            f"Fri Dec 16 2022,{root}221216C{coded},1,0,1.9,2.1,5,0.2,0.5,0.04,{calls},{strike:.2f},"
            f"{root}221216P{coded},1,0,1.9,2.1,5,0.2,-0.5,0.04,{round(interest * puts)}"
        )
    return ("\r\n".join(lines) + "\r\n").encode()
