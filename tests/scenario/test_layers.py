"""Layers: laws of merging, named lists, blocks that change their type, keys that stand for one another."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simhedge.errors import InputError
from simhedge.scenario.layers import merged, with_value
from simhedge.scenario.tree import Node, Source, from_plain, nearest, plain

BASE, OVER = Source("base.yaml", Path("/base")), Source("over.yaml", Path("/over"))

trees = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(
        st.integers(-99, 99), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=8
    ),
)


def merge(base: Any, over: Any) -> Any:
    return plain(merged(from_plain(base, BASE), from_plain(over, OVER)))


@given(trees)
def test_empty_layers_and_equal_layers_change_nothing(tree: dict[str, Any]) -> None:
    assert merge(tree, {}) == tree
    assert merge({}, tree) == tree
    assert merge(tree, tree) == tree


@given(trees, trees)
def test_the_upper_layer_wins_wherever_it_speaks(base: Any, over: Any) -> None:
    def holds(result: Any, layer: Any) -> bool:
        if isinstance(layer, dict):
            return isinstance(result, dict) and all(holds(result[key], layer[key]) for key in layer)
        return bool(result == layer)

    assert holds(merge(base, over), over)


def test_lists_of_named_items_merge_by_name_and_keep_their_order() -> None:
    base = {"dealers": [{"name": "a", "cost": 1, "book": "x"}, {"name": "b", "book": "y"}]}
    over = {"dealers": [{"name": "b", "cost": 2}, {"name": "c"}]}
    expected = [{"name": "a", "cost": 1, "book": "x"}, {"name": "b", "book": "y", "cost": 2}, {"name": "c"}]
    assert merge(base, over) == {"dealers": expected}


def test_other_lists_are_replaced() -> None:
    assert merge({"a": [1, 2, 3]}, {"a": [4]}) == {"a": [4]}
    assert merge({"a": [{"kind": "call"}]}, {"a": [{"kind": "put"}]}) == {"a": [{"kind": "put"}]}


@pytest.mark.parametrize("key", ["type", "kind"])
def test_a_block_of_another_type_replaces_the_old_one(key: str) -> None:
    old, new = {key: "asynchronous", "rounds": 200}, {key: "lagged", "participation": 0.5}
    assert merge({"clearing": old}, {"clearing": new}) == {"clearing": new}
    same = {key: "asynchronous", "participation": 0.5}
    assert merge({"clearing": old}, {"clearing": same}) == {"clearing": old | same}


@pytest.mark.parametrize(
    ("one", "other"), [("count", "copies"), ("adv_shares", "adv_notional"), ("expiry_days", "expiry")]
)
def test_of_keys_that_stand_for_one_another_the_last_written_holds(one: str, other: str) -> None:
    assert merge({one: 1, "x": 0}, {other: 2}) == {"x": 0, other: 2}
    assert merge({other: 1}, {one: 2}) == {one: 2}
    assert plain(with_value(from_plain({one: 1}, BASE), [other], Node(2, OVER))) == {other: 2}


def test_values_keep_their_origin() -> None:
    tree = merged(from_plain({"a": {"b": 1, "c": 2}}, BASE), from_plain({"a": {"c": 3}}, OVER))
    assert nearest(tree, ["a", "b"]).source is BASE
    assert nearest(tree, ["a", "c"]).source is OVER


def test_values_are_set_by_key_name_and_position() -> None:
    tree = from_plain({"dealers": [{"name": "a", "policy": {"band": 1}}], "books": {"m": [{"contracts": 1}]}}, BASE)
    changed = with_value(tree, ["dealers", "a", "policy", "band"], Node(5, OVER))
    changed = with_value(changed, ["books", "m", "0", "contracts"], Node(-1, OVER))
    changed = with_value(changed, ["outputs", "pin", "strike"], Node(90, OVER))
    assert plain(changed) == {
        "dealers": [{"name": "a", "policy": {"band": 5}}],
        "books": {"m": [{"contracts": -1}]},
        "outputs": {"pin": {"strike": 90}},
    }
    assert plain(tree)["dealers"][0]["policy"]["band"] == 1


@pytest.mark.parametrize("label", ["1", "-1", "b", "", "\u00b2", "9" * 5000])
def test_items_that_do_not_exist_are_refused(label: str) -> None:
    with pytest.raises(InputError, match="no item"):
        with_value(from_plain({"list": [{"name": "a"}]}, BASE), ["list", label, "x"], Node(1, OVER))


def test_nothing_lies_below_a_single_value() -> None:
    with pytest.raises(InputError, match=r"a\.b is a single value") as caught:
        with_value(from_plain({"a": {"b": 1}}, BASE), ["a", "b", "c"], Node(1, OVER))
    assert caught.value.key == "a.b.c"
    assert caught.value.file == "over.yaml"
