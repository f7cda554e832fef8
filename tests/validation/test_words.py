"""What a validation says in sentences: the numbers of its tests, and verdicts that go no further than these."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from validation_by_hand import (
    LEVELS,
    NAN,
    make_placebos,
    make_regimes,
    make_validation,
    nothing,
    statistic_row,
    wall_rows,
    zero_gamma_rows,
)

from simhedge.validation.levels_under_test import LevelUnderTest, levels_under_test
from simhedge.validation.words import (
    Sentence,
    bracketed,
    difference,
    level_sentence,
    measured,
    p_value,
    p_words,
    percent,
    regime_sentence,
    sentences,
    span,
)


def told(validation: Any) -> dict[str, Sentence]:
    return {sentence.level: sentence for sentence in sentences(validation)}


def of_wall(hold: dict[str, float], **changes: Any) -> Sentence:
    return told(make_validation({2: wall_rows(hold)}, **changes))["put wall 94"]


def test_the_sentence_of_a_wall_is_the_one_that_was_promised() -> None:
    sentence = told(make_validation())["put wall 94"]
    assert str(sentence) == (
        "put wall 94: held on 71% of touches, twin 52%, placebo 51–56%; difference 19.0 ± 2.0 points; "
        "touched on 70% of paths, twin 65%; more than the twin (Holm p < 0.001), unlike placebo levels (p = 0.010)"
    )


def test_the_sentence_of_zero_gamma_is_that_of_volatilities() -> None:
    sentence = told(make_validation())["zero gamma 97.5"]
    assert sentence.told == (
        "below it 23.4% against 18.4% above: ratio 1.2720 ± 0.0010, twin 1.0010 ± 0.0010, placebo 1.271–1.274; "
        "difference 0.2710 ± 0.0010"
    ).replace("23.4%", "23.40%").replace("18.4%", "18.40%")
    assert sentence.verdict == "more than the twin (Holm p < 0.001), like placebo levels (p = 0.60)"


def test_regimes_are_told_with_twin_and_prediction() -> None:
    assert regime_sentence(make_validation()) == (
        "volatility is 23.40% where dealers are short gamma against 18.40% where long: "
        "ratio 1.2720 ± 0.0010, twin 1.0010 ± 0.0010, predicted 1.2720 ± 0.0010"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"predicted_ratio": None}, "no prediction, since clearing is not simultaneous"),
        (
            {"vol_below_zero_gamma": None},
            "dealers are never short gamma; where long, volatility is 18.40%, twin 20.00%",
        ),
        ({"vol_above_zero_gamma": None}, "dealers are never long gamma; where short, volatility is 23.40%"),
        ({"vol_above_zero_gamma": None, "vol_below_zero_gamma": None}, "there are no two regimes"),
    ],
)
def test_regimes_that_do_not_exist_are_not_compared(changes: dict[str, Any], words: str) -> None:
    assert words in regime_sentence(make_validation(regimes=make_regimes(**changes)))


def test_levels_that_agree_are_told_once_with_all_who_name_them() -> None:
    found = told(make_validation())
    assert list(found) == [
        "zero gamma 97.5",
        "call wall and largest gamma strike 104",
        "put wall 94",
        "zero gamma 97.25",
        "tipping level",
    ]
    named = found["call wall and largest gamma strike 104"].named
    assert named == "call wall by all 3 definitions; largest gamma strike by simhedge"
    assert found["zero gamma 97.5"].named == "by simhedge, simhedge.first"
    assert found["zero gamma 97.25"].named == "by gflows"


def test_levels_that_nobody_or_not_everybody_finds_are_told_as_such() -> None:
    assert str(told(make_validation())["tipping level"]) == "tipping level: none by any of 2 definitions"
    rows = [*LEVELS[:-2], ("put_wall", "floe", NAN, -1), ("tipping_level", "simhedge.above", NAN, -1)]
    levels = pd.DataFrame(rows, columns=["name", "definition", "value", "track"])
    found = told(make_validation(levels=levels))
    assert str(found["put wall"]) == "put wall: none by floe"
    assert found["tipping level"].told == "none"


def test_a_difference_is_seen_only_where_the_corrected_p_value_is_small() -> None:
    assert of_wall(statistic_row(0.71, 0.52, p_adjusted=0.05)).verdict.startswith("more than the twin (Holm p = 0.050)")
    assert of_wall(statistic_row(0.52, 0.71, p_adjusted=0.05)).verdict.startswith("less than the twin")
    unseen = of_wall(statistic_row(0.71, 0.52, p_value=0.001, p_adjusted=0.051)).verdict
    assert unseen.startswith("no difference from the twin seen (Holm p = 0.051)")


def test_placebo_levels_are_compared_with_only_where_enough_are_drawn() -> None:
    assert "unlike placebo levels (p = 0.050)" in of_wall(statistic_row(0.7, 0.5, placebo_p_value=0.05)).verdict
    assert ", like placebo levels (p = 0.060)" in of_wall(statistic_row(0.7, 0.5, placebo_p_value=0.06)).verdict
    few = make_validation()
    few.placebos = make_placebos(few.tests, 18)
    assert "18 placebo levels are too few to compare with" in told(few)["put wall 94"].verdict
    few.placebos = make_placebos(few.tests, 0)
    assert "no placebo levels to compare with" in told(few)["put wall 94"].verdict


def test_with_few_touches_nothing_is_claimed() -> None:
    hold = statistic_row(0.8, 0.57, 0.13, p_value=NAN, p_adjusted=NAN, events_hedged=10.0, events_twin=21.0)
    sentence = of_wall(hold)
    assert sentence.told.startswith("held on 80% of touches, twin 57%")
    assert sentence.verdict == "too few touches to test (10, twin 21)"


def test_a_level_touched_in_one_world_only_says_so() -> None:
    hold = statistic_row(NAN, 0.5, p_adjusted=NAN, events_hedged=0.0, events_twin=30.0) | {"difference": NAN}
    sentence = of_wall(hold)
    assert sentence.told.startswith("held: never touched, twin 50%, placebo")
    assert "difference" not in sentence.told
    assert of_wall(hold | {"hedged": 0.5, "twin": NAN, "events_hedged": 30.0, "events_twin": 0.0}).told.startswith(
        "held on 50% of touches, twin never touched"
    )


def test_a_level_that_nothing_touches_is_not_judged() -> None:
    sentence = of_wall(nothing())
    assert str(sentence) == "put wall 94: none of 1,000 paths touches it, nor in the twin"


def test_a_level_at_the_start_is_told_by_its_pins() -> None:
    rows = wall_rows(nothing()) | {"touch_rate": nothing()}
    sentence = told(make_validation({2: rows}))["put wall 94"]
    assert sentence.told.startswith(
        "the price starts at it, so nothing can touch it; pinned at expiry 39%, twin 3%, placebo 51–56%; "
        "difference 35.6 ± 1.0 points"
    )
    assert sentence.verdict.startswith("more than the twin")


def test_a_zero_gamma_with_one_side_only_has_no_ratio() -> None:
    rows = zero_gamma_rows(nothing(events_hedged=100.0)) | {"vol_above": nothing()}
    sentence = told(make_validation({0: rows}))["zero gamma 97.5"]
    assert str(sentence) == "zero gamma 97.5: no step starts above it, volatility below it is 23.40%, twin 20.00%"


def test_tipping_levels_are_told_by_leaps() -> None:
    rows = {1: wall_rows() | {"squeeze_rate": statistic_row(0.4, 0.01)}}
    levels = pd.DataFrame(
        [("tipping_level", "simhedge.above", 106.8, 1)], columns=["name", "definition", "value", "track"]
    )
    (sentence,) = sentences(make_validation(rows, levels=levels))
    assert str(sentence).startswith("tipping level 106.8: leapt on 40% of touches, twin 1%")


def test_daily_levels_say_so_and_count_days() -> None:
    scenario = SimpleNamespace(levels=SimpleNamespace(daily=True))
    found = told(make_validation(scenario=scenario))
    assert "touched on 70% of days" in found["daily put wall, 94 at first"].told


def test_equal_worlds_differ_by_zero_and_not_by_round_off() -> None:
    row = statistic_row(0.5, 0.5, difference_se=5.9e-10, p_adjusted=1.0, placebo_p_value=1.0)
    sentence = of_wall(row)
    assert "difference 0 points" in sentence.told
    assert sentence.verdict.startswith("no difference from the twin seen (Holm p = 1.00), like placebo levels")
    assert difference(statistic_row(0.5, 0.4, 0.01), 100.0) == "10.0 ± 1.0"
    assert measured(1.0, 3e-15, 100.0) == "100.0 ± 0"
    assert percent(1.0, 3e-15) == "100%"


def test_the_level_sentence_is_that_of_the_level_handed_over() -> None:
    validation = make_validation()
    level = levels_under_test(validation)[2]
    assert isinstance(level, LevelUnderTest)
    assert level_sentence(validation, level) == told(validation)["put wall 94"]


@pytest.mark.parametrize(
    ("share", "error", "text"),
    [
        (0.7123, 0.02, "71%"),
        (0.7123, 0.004, "71.2%"),
        (0.71234, 0.0001, "71.23%"),
        (0.5, 0.0, "50.0%"),
        (NAN, 0.1, "–"),
        (0.0, 0.0, "0%"),
    ],
)
def test_percentages_have_the_digits_of_their_error(share: float, error: float, text: str) -> None:
    assert percent(share, error) == text


@pytest.mark.parametrize(
    ("low", "high", "text"),
    [(51.2, 56.4, "51–56%"), (1.2636, 1.2652, "1.264–1.265%"), (-0.013, 0.03, "−0.01 to 0.03%"), (5.0, 5.0, "5.000%")],
)
def test_ranges_have_the_digits_of_their_width(low: float, high: float, text: str) -> None:
    assert span(low, high, "%") == text


def test_intervals_have_two_digits_of_their_width() -> None:
    assert bracketed(-1.6123, 3.0987) == "[−1.6, 3.1]"
    assert bracketed(0.2630, 0.2647) == "[0.2630, 0.2647]"
    assert bracketed(-48.2, 5.4) == "[−48, 5]"
    assert bracketed(0.0, 0.0) == "[0]"
    assert bracketed(NAN, 1.0) == "–"


def test_p_values() -> None:
    assert [p_value(p) for p in (0.0, 0.0009, 0.0347, 0.0994, 0.0996, 0.5, 1.0, NAN)] == [
        "<0.001", "<0.001", "0.035", "0.099", "0.10", "0.50", "1.00", "–",
    ]  # fmt: skip
    assert (p_words(1e-9), p_words(0.5)) == ("p < 0.001", "p = 0.50")


@given(st.floats(-10.0, 10.0), st.floats(0.0, 10.0))
def test_a_range_holds_its_ends_to_the_digits_shown(low: float, width: float) -> None:
    text = span(low, low + width).replace("−", "-")
    ends = text.split(" to ") if " to " in text else text.rsplit("–", 1)
    tolerance = max(width, 1e-3)
    assert abs(float(ends[0]) - low) <= tolerance
    assert abs(float(ends[-1]) - (low + width)) <= tolerance
