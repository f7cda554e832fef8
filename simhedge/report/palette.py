"""The colours of all figures, printed and interactive, safe for colour-blind readers.

They are those of Okabe & Ito (2008), "Color Universal Design". Hedged and twin keep theirs in every figure.
"""

HEDGED = "#0072B2"
TWIN = "#E69F00"
WARNING = "#D55E00"
INK = "#222222"
MUTED = "#767676"

# Calls and puts in every figure of levels; positive exposures are shaded as calls are, negative ones as puts are.
CALLS = "#56B4E9"
PUTS = "#D55E00"
ZERO_GAMMA = "#009E73"
TIPPING = "#CC79A7"  # tipping levels, and the gain of -1 that makes them; lines only, too light for text
POSITIVE_TO_DARK = (CALLS, HEDGED, "#003A5D")
NEGATIVE_TO_DARK = ("#F2A56B", PUTS, "#6B2E00")
