"""What a validation says, a sentence a level: how often it held, in the twin, elsewhere, and whether that differs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from simhedge.rounding import MISSING, plain, plain_at, with_error
from simhedge.validation.levels_under_test import (
    HELD,
    LEAPT,
    PINNED,
    SWITCHED,
    LevelUnderTest,
    daily,
    levels_under_test,
    numbers_of,
    placebo_values,
    spoken,
    unfound,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from simhedge.validation.result import Validation

SURE = 0.05  # p-value up to which a difference counts as seen
FEWEST_PLACEBOS = 19  # below which no placebo p-value can be as small as SURE: the least is 1 / (1 + draws)
_ONCE = {HELD: "held", LEAPT: "leapt"}
ROUND_OFF = 1e-7  # standard errors below which are of rounding: all paths say the same
_EVENTS = {HELD: "touches", LEAPT: "touches", SWITCHED: "steps", PINNED: "paths"}


class Sentence(NamedTuple):
    """One level: "`level`: `told`; `verdict`". `named` says which definitions find it, under which names."""

    level: str
    told: str
    verdict: str
    named: str

    def __str__(self) -> str:
        return f"{self.level}: {self.told}" + (f"; {self.verdict}" if self.verdict else "")


def sentences(validation: Validation) -> list[Sentence]:
    """A sentence for each distinct level, those of our own definitions first, and for each name that nobody finds."""
    found = [level_sentence(validation, level) for level in levels_under_test(validation)]
    return found + absent_sentences(validation)


def level_sentence(validation: Validation, level: LevelUnderTest) -> Sentence:
    """What the level is said to do, hedged beside twin and placebo levels, and the verdict in words."""
    statistic = level.main_statistic
    if statistic == SWITCHED:
        told, testable = _switch(level)
    elif statistic == PINNED:
        told, testable = _pin(validation, level)
    else:
        told, testable = _touch(validation, level)
    verdict = _verdict(validation, level, statistic) if testable else ""
    return Sentence(level.title, told, verdict, named_by(validation, level))


def absent_sentences(validation: Validation) -> list[Sentence]:
    """A sentence for each name under which some or all definitions find no level."""
    present = set(validation.levels.loc[validation.levels["track"] >= 0, "name"])
    told = []
    for name, definitions in unfound(validation).items():
        if name in present:
            told.append(Sentence(spoken(name), f"none by {', '.join(definitions)}", "", ""))
        else:
            every = "none" if len(definitions) == 1 else f"none by any of {len(definitions)} definitions"
            told.append(Sentence(spoken(name), every, "", ""))
    return told


def regime_sentence(validation: Validation) -> str:
    """Volatility where dealers are short gamma against where they are long, by the true gamma at each step."""
    found = {name: math.nan if value is None else float(value) for name, value in validation.regimes.items()}
    short, long = found["vol_below_zero_gamma"], found["vol_above_zero_gamma"]
    if not (math.isfinite(short) or math.isfinite(long)):
        return "dealers' gamma is zero at every step: there are no two regimes"
    if not (math.isfinite(short) and math.isfinite(long)):
        side, other, volatility = ("short", "long", short) if math.isfinite(short) else ("long", "short", long)
        place = "below" if side == "short" else "above"
        told = f"dealers are never {other} gamma; where {side}, volatility is "
        errors = found[f"vol_{place}_zero_gamma_se"], found[f"twin_{place}_se"]
        return f"{told}{percent(volatility, errors[0])}, twin {percent(found[f'twin_{place}'], errors[1])}"
    told = (
        f"volatility is {percent(short, found['vol_below_zero_gamma_se'])} where dealers are short gamma against "
        f"{percent(long, found['vol_above_zero_gamma_se'])} where long: "
        f"ratio {with_error(found['ratio'], found['ratio_se'])}, "
        f"twin {with_error(found['twin_ratio'], found['twin_ratio_se'])}"
    )
    if not math.isfinite(found["predicted_ratio"]):
        return told + "; no prediction, since clearing is not simultaneous"
    return f"{told}, predicted {with_error(found['predicted_ratio'], found['predicted_ratio_se'])}"


def named_by(validation: Validation, level: LevelUnderTest) -> str:
    """Who finds the level: "by simhedge, floe", "call wall by all 8 definitions; put wall by simhedge"."""
    parts = []
    for name in level.names:
        own = [definition for called, definition in level.members if called == name]
        every = int((validation.levels["name"] == name).sum())
        told = f"by all {every} definitions" if len(own) == every > 2 else f"by {', '.join(own)}"
        parts.append(told if len(level.names) == 1 else f"{spoken(name)} {told}")
    return "; ".join(parts)


def percent(share: float, standard_error: float) -> str:
    """A share in percent, with no more digits than its standard error allows: "71%", "3.13%"."""
    if not math.isfinite(share):
        return plain(share)
    points = 100.0 * standard_error
    if not math.isfinite(points) or standard_error < ROUND_OFF:
        return f"{plain(100.0 * share, 3)}%"
    decimals = 0 if points >= 0.5 else 1 if points >= 0.05 else 2
    return f"{plain_at(100.0 * share, decimals)}%"


def span(low: float, high: float, unit: str = "") -> str:
    """A range with the digits that its width gives reason for: "51–56%", "−0.01 to 0.03"."""
    width = high - low
    decimals = min(6, max(0, -math.floor(math.log10(width)))) if width > 0.0 else 3
    first, last = (plain_at(value, decimals) for value in (low, high))
    if first == last:
        return last + unit
    return f"{first} to {last}{unit}" if low < 0.0 else f"{first}–{last}{unit}"


def difference(row: Mapping[str, float], scale: float) -> str:
    """Hedged less twin with its standard error, times `scale`; 0 where both worlds are the same but for rounding."""
    if row["difference"] == 0.0 and row["difference_se"] < ROUND_OFF:
        return "0"
    return measured(row["difference"], row["difference_se"], scale)


def measured(value: float, standard_error: float, scale: float = 1.0) -> str:
    """A number with its standard error, times `scale`; an error of rounding alone is 0."""
    return with_error(scale * value, 0.0 if standard_error < ROUND_OFF else scale * standard_error)


def bracketed(low: float, high: float) -> str:
    """ "[low, high]" with two digits of their distance; a dash where there is no interval."""
    if not (math.isfinite(low) and math.isfinite(high)):
        return MISSING
    if low == high:
        return f"[{plain(low, 3)}]"
    decimals = min(6, max(0, 1 - math.floor(math.log10(high - low))))
    return f"[{plain_at(low, decimals)}, {plain_at(high, decimals)}]"


def p_value(p: float) -> str:
    """A p-value: "<0.001", "0.034", a dash where there is none."""
    if not math.isfinite(p):
        return plain(p)
    return "<0.001" if p < 0.001 else f"{p:.3f}" if p < 0.0995 else f"{p:.2f}"


def p_words(p: float) -> str:
    """ "p = 0.034", "p < 0.001"."""
    return f"p {p_value(p).replace('<', '< ')}" if p < 0.001 else f"p = {p_value(p)}"


def _switch(level: LevelUnderTest) -> tuple[str, bool]:
    """Volatility below and above a zero gamma, and their ratio."""
    above, below, ratio = (numbers_of(level, name) for name in ("vol_above", "vol_below", SWITCHED))
    if not math.isfinite(ratio["hedged"]):
        one_side = [
            f"volatility {side} it is {percent(row['hedged'], row['hedged_se'])}, "
            f"twin {percent(row['twin'], row['twin_se'])}"
            for side, row in (("above", above), ("below", below))
            if math.isfinite(row["hedged"])
        ]
        never = [side for side, row in (("above", above), ("below", below)) if not math.isfinite(row["hedged"])]
        return ", ".join([f"no step starts {' or '.join(never)} it", *one_side]), False
    told = (
        f"below it {percent(below['hedged'], below['hedged_se'])} against "
        f"{percent(above['hedged'], above['hedged_se'])} above: "
        f"ratio {with_error(ratio['hedged'], ratio['hedged_se'])}, twin {with_error(ratio['twin'], ratio['twin_se'])}"
    )
    if math.isfinite(ratio["placebo_hedged_low"]):
        told += f", placebo {span(ratio['placebo_hedged_low'], ratio['placebo_hedged_high'])}"
    return f"{told}; difference {difference(ratio, 1.0)}", True


def _pin(validation: Validation, level: LevelUnderTest) -> tuple[str, bool]:
    """A level that the price starts at: nothing to touch, so pins are told."""
    ending = "at the close" if daily(validation) else "at expiry"
    return (
        f"the price starts at it, so nothing can touch it; {_rates(numbers_of(level, PINNED), 'pinned ' + ending)}",
        True,
    )


def _touch(validation: Validation, level: LevelUnderTest) -> tuple[str, bool]:
    """A level away from the start: how often it held, or at a tipping level the price leapt, of those that touch it."""
    touched, found = numbers_of(level, "touch_rate"), numbers_of(level, level.main_statistic)
    whole = "days" if daily(validation) else "paths"
    if found["events_hedged"] == 0 and found["events_twin"] == 0:
        return f"none of {touched['events_hedged']:,.0f} {whole} touches it, nor in the twin", False
    told = _rates(found, f"{_ONCE[level.main_statistic]} on", "of touches")
    rates = percent(touched["hedged"], touched["hedged_se"]), percent(touched["twin"], touched["twin_se"])
    return f"{told}; touched on {rates[0]} of {whole}, twin {rates[1]}", True


def _rates(row: Mapping[str, float], before: str, after: str = "") -> str:
    """ "held on 71% of touches, twin 52%, placebo 51–56%; difference 19 ± 2 points"."""
    if math.isfinite(row["hedged"]):
        parts = [f"{before} {percent(row['hedged'], row['hedged_se'])} {after}".rstrip()]
    else:
        parts = [f"{before.removesuffix(' on')}: never touched"]
    parts.append(f"twin {percent(row['twin'], row['twin_se'])}" if math.isfinite(row["twin"]) else "twin never touched")
    if math.isfinite(row["placebo_hedged_low"]):
        parts.append(f"placebo {span(100 * row['placebo_hedged_low'], 100 * row['placebo_hedged_high'], '%')}")
    told = ", ".join(parts)
    if not math.isfinite(row["difference"]):
        return told
    return f"{told}; difference {difference(row, 100.0)} points"


def _verdict(validation: Validation, level: LevelUnderTest, statistic: str) -> str:
    """More or less than the twin, or no difference seen; like placebo levels or unlike them."""
    row = numbers_of(level, statistic)
    if not math.isfinite(row["p_adjusted"]):
        counts = f"{row['events_hedged']:,.0f}, twin {row['events_twin']:,.0f}"
        return f"too few {_EVENTS[statistic]} to test ({counts})"
    p = f"Holm {p_words(row['p_adjusted'])}"
    if row["p_adjusted"] > SURE:
        against_twin = f"no difference from the twin seen ({p})"
    else:
        against_twin = f"{'more' if row['difference'] > 0.0 else 'less'} than the twin ({p})"
    return f"{against_twin}, {_against_placebos(validation, level, statistic, row['placebo_p_value'])}"


def _against_placebos(validation: Validation, level: LevelUnderTest, statistic: str, p: float) -> str:
    draws = placebo_values(validation, level, statistic).size
    if draws == 0 or not math.isfinite(p):
        return "no placebo levels to compare with"
    if draws < FEWEST_PLACEBOS:
        return f"{draws} placebo levels are too few to compare with"
    return f"{'unlike' if p <= SURE else 'like'} placebo levels ({p_words(p)})"
