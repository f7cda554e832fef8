"""Every quirk put on a made chain: the harmless ones change nothing that is read, the others are counted or refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simhedge.chains import Chain, read_chain
from simhedge.chains.making.generator import Made, make_chain
from simhedge.chains.making.quirks import QUIRKS, USUAL, chosen_quirks, written
from simhedge.chains.making.recipe import USUAL_RECIPES, Recipe
from simhedge.chains.making.writers import WRITERS
from simhedge.errors import InputError

KEYS = ["expiry_date", "root", "strike", "kind"]
TOLD = ["strike", "open_interest", "implied_vol", "bid", "ask"]
CASES = [(format_name, name) for name, quirk in QUIRKS.items() for format_name in quirk.formats]

# What the report counts, by quirk: dropped, or repaired.
DROPPED = {
    "expired_rows": "expired",
    "adjusted_roots": "adjusted root, other deliverable",
    "duplicate_rows": "listed twice",
}
REPAIRED = {"nan_open_interest": "blank cell read as zero"}
REFUSED = {"date_garbled": ("Date", "--quote-time"), "truncated": (None, "download")}


@pytest.fixture(scope="module")
def chains() -> dict[str, Made]:
    recipes = {name: USUAL_RECIPES[writer.market or "us_options"] for name, writer in WRITERS.items()}
    return {name: make_chain(replace(recipe, expiries=4)) for name, recipe in recipes.items()}


@pytest.fixture(scope="module")
def clean(chains: dict[str, Made], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Chain]:
    folder = tmp_path_factory.mktemp("clean")
    return {name: read_back(chains[name], written(chains[name], name), folder / name) for name in WRITERS}


def read_back(made: Made, content: bytes, path: Path) -> Chain:
    """The chain read; a Yahoo file tells neither spot nor quote time."""
    path.write_bytes(content)
    if path.name.startswith("yahoo"):
        return read_chain(path, spot=made.recipe.spot, quote_time=made.quote_time)
    return read_chain(path)


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    plain = table.assign(root=table["root"].astype("str"), kind=table["kind"].astype("str"))
    return plain.sort_values(KEYS, ignore_index=True)


def same(one: Chain, other: Chain) -> bool:
    """Whether a user sees the same chain: options, what is told of them, spot and moment."""
    if (one.spot, one.quote_time, one.symbol) != (other.spot, other.quote_time, other.symbol):
        return False
    left, right = in_order(one.table), in_order(other.table)
    return left[[*KEYS, *TOLD]].equals(right[[*KEYS, *TOLD]])


@pytest.mark.parametrize(("format_name", "name"), CASES)
def test_a_quirk_is_harmless_or_shown(
    format_name: str, name: str, chains: dict[str, Made], clean: dict[str, Chain], tmp_path: Path
) -> None:
    made, sound = chains[format_name], clean[format_name]
    content = written(made, format_name, [name])
    assert content != written(made, format_name)
    if name in REFUSED:
        with pytest.raises(InputError) as raised:
            read_back(made, content, tmp_path / format_name)
        assert not QUIRKS[name].harmless
        assert raised.value.line is not None
        assert raised.value.remedy
        return
    chain = read_back(made, content, tmp_path / format_name)
    assert same(chain, sound) == QUIRKS[name].harmless
    if name in DROPPED:
        assert chain.report.dropped.keys() == {DROPPED[name]}
        assert chain.report.rows_read == sound.report.rows_read + chain.report.dropped[DROPPED[name]]
    if name in REPAIRED:
        assert chain.report.repaired[REPAIRED[name]] > sound.report.repaired.get(REPAIRED[name], 0)


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_names_line_key_and_remedy(name: str, chains: dict[str, Made], tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        read_back(chains["quotedata"], written(chains["quotedata"], "quotedata", [name]), tmp_path / "chain")
    key, remedy = REFUSED[name]
    assert raised.value.key == key
    assert remedy in str(raised.value.remedy)
    assert raised.value.line == (3 if key == "Date" else 4 + len(chains["quotedata"].options) // 2)


def test_a_garbled_date_does_not_matter_where_the_moment_is_given(chains: dict[str, Made], tmp_path: Path) -> None:
    made = chains["quotedata"]
    (tmp_path / "chain").write_bytes(written(made, "quotedata", ["date_garbled"]))
    assert read_chain(tmp_path / "chain", quote_time=made.quote_time).quote_time == made.quote_time


@pytest.mark.parametrize("name", ["zero_iv", "floored_iv", "unknown_iv", "absurd_itm_iv"])
def test_vols_that_are_no_vols(name: str, chains: dict[str, Made]) -> None:
    quirk = QUIRKS[name].on_made
    assert quirk is not None
    made = chains["quotedata"]
    before, after = made.options, quirk(made).options
    changed = before["implied_vol"] != after["implied_vol"]
    assert 0.0 < changed.mean() < 0.5
    assert before.drop(columns="implied_vol").equals(after.drop(columns="implied_vol"))
    vols = after.loc[changed, "implied_vol"]
    expected = {"zero_iv": (0.0, 0.0), "floored_iv": (0.02, 0.02), "unknown_iv": (1e-5, 1e-5), "absurd_itm_iv": (3, 8)}
    assert vols.between(*expected[name]).all()
    if name in ("floored_iv", "absurd_itm_iv"):
        assert (after.loc[changed, "depth"] > 1.0).all()


def test_rounded_gamma_hides_open_interest(chains: dict[str, Made], tmp_path: Path) -> None:
    made = chains["quotedata"]
    chain = read_back(made, written(made, "quotedata", ["rounded_gamma"]), tmp_path / "chain")
    hidden = (chain.table["gamma"] == 0.0) & (chain.table["open_interest"] > 0.0)
    assert hidden.sum() > 20
    np.testing.assert_allclose(chain.table["gamma"] * 1e4, np.rint(chain.table["gamma"] * 1e4), atol=1e-9)


def test_one_sided_quotes_keep_the_ask(chains: dict[str, Made]) -> None:
    quirk = QUIRKS["one_sided_quotes"].on_made
    assert quirk is not None
    before, after = chains["quotedata"].options, quirk(chains["quotedata"]).options
    changed = before["bid"] != after["bid"]
    assert changed.any()
    assert (after.loc[changed, "bid"] == 0.0).all()
    assert after["ask"].equals(before["ask"])


@pytest.mark.parametrize("format_name", WRITERS)
def test_the_usual_quirks_can_be_read(format_name: str, chains: dict[str, Made], tmp_path: Path) -> None:
    made = chains[format_name]
    chain = read_back(made, written(made, format_name, ["usual"]), tmp_path / format_name)
    chosen = chosen_quirks(["usual"], format_name)
    assert chosen <= set(USUAL)
    assert chain.report.dropped.keys() == ({"expired"} if chosen else set())
    assert (chain.table["implied_vol"] == 0.0).any() == bool(chosen)


def test_quirks_go_together_and_their_order_does_not_matter(chains: dict[str, Made], tmp_path: Path) -> None:
    made = chains["quotedata"]
    names = ["utf16", "crlf", "semicolons", "date_russian", "heading_commas", "shuffled_rows", "expired_rows"]
    content = written(made, "quotedata", names)
    assert content == written(made, "quotedata", names[::-1])
    assert same(
        read_back(made, content, tmp_path / "chain"), read_back(made, written(made, "quotedata"), tmp_path / "c")
    )


@pytest.mark.parametrize(
    ("format_name", "names", "told"),
    [
        ("quotedata", ["nonsense"], "unknown quirk"),
        ("yahoo", ["heading_empty"], "no quirk of the format yahoo"),
        ("quotedata", ["bom", "utf16"], "two encodings"),
        ("quotedata", ["latin1", "date_russian"], "has not all letters"),
    ],
)
def test_quirks_that_cannot_be_put_on(format_name: str, names: list[str], told: str, chains: dict[str, Made]) -> None:
    with pytest.raises(InputError, match=told) as raised:
        written(chains[format_name], format_name, names)
    assert raised.value.key == "quirks"
    assert raised.value.remedy


def test_a_quirk_that_finds_nothing_to_change_says_so() -> None:
    near = make_chain(Recipe(strikes=(4000.0,), expiries=1, oi_profile="uniform"))
    with pytest.raises(InputError, match="finds nothing to change"):
        written(near, "quotedata", ["absurd_itm_iv"])
