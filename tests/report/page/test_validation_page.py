"""The page of a validation: its sentences, every number, its figures, and its studies."""

from __future__ import annotations

import pandas as pd
import pytest
from report_pages import METHOD, Outline, by_hand, html_of, validation_page

from simhedge.report.page.validation_charts import validation_charts
from simhedge.report.page.validation_content import validation_content
from simhedge.validation.words import regime_sentence, sentences


@pytest.fixture(scope="module")
def text() -> str:
    return Outline(validation_page()).text


def test_sentences_lead(text: str) -> None:
    validation = by_hand()
    shown = [sentence for sentence in sentences(validation) if sentence.level != "zero gamma 97.25"]
    for sentence in shown:
        assert sentence.told in text
        assert sentence.verdict in text
    assert f"Regimes: {regime_sentence(validation)}." in text
    assert "Of 3 levels, 3 differ from the twin, and 2 from placebo levels." in text


def test_every_table_of_the_terminal_is_there(text: str) -> None:
    for caption in ("Tests of zero gamma 97.5", "Tests of put wall 94", "Levels that only other definitions find",
                    "Regressions of the literature", "Stylised facts", "Levels by definition"):  # fmt: skip
        assert caption in text
    assert "hold_rate, % 71.0 ± 2.0 52.0 ± 2.0 19.0 ± 2.0" in text


def test_method_says_what_counts(text: str) -> None:
    for words in ("near", "not beyond", "prices nearby", "delta method"):
        assert words in text


def test_the_command_repeats_the_studies() -> None:
    content = validation_content(by_hand(), {})
    assert content.again.commands.splitlines()[0] == "simhedge validate walls_that_hold --out again"
    assert content.again.python.endswith("result = sh.validate(scenario)")


def test_a_validation_without_levels_still_has_a_page() -> None:
    validation = by_hand()
    nothing = validation.levels[validation.levels["track"] < 0]
    bare = by_hand(
        levels=nothing,
        tests=validation.tests.iloc[:0],
        placebos=pd.DataFrame(),
        distances=validation.distances.iloc[:0],
        regressions=validation.regressions.assign(estimate=float("nan")),
        method=METHOD,
    )
    assert validation_charts(bare) == ()
    page = Outline(html_of(bare))
    assert "there is nothing to test" in page.text
    assert not page.of("script")
