"""Files: extends, its circles and errors, missing files, shipped scenarios."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simhedge.errors import InputError
from simhedge.scenario import load_scenario, scenario_from_dict, shipped, shipped_scenarios

Write = Callable[..., Path]


def test_a_file_gives_what_its_values_give(write: Write, minimal_text: str, minimal: dict[str, object]) -> None:
    file = write(minimal_text)
    scenario = load_scenario(file)
    assert scenario == scenario_from_dict(minimal)
    assert scenario.base_directory == file.parent
    assert load_scenario(str(file), {"paths": 7}).paths == 7


def test_negative_gamma_is_positive_gamma_with_one_sign_changed(write: Write, minimal_text: str) -> None:
    write(minimal_text, "positive.yaml")
    child = write("extends: positive.yaml\nbooks:\n  quadratic:\n    - {kind: constant_gamma, gamma: 1.0e3}\n")
    positive, negative = load_scenario(child.parent / "positive.yaml"), load_scenario(child)
    assert negative == positive.with_overrides({"books.quadratic.0.gamma": 1e3})


def test_layers_of_extends_and_their_directories(write: Write, minimal_text: str, tmp_path: Path) -> None:
    write(minimal_text + "seed: 1\npaths: 1\n", "base/small.yaml")
    write("extends: small.yaml\nseed: 2\nbooks: {street: {from_chain: a.csv}}\n", "base/middle.yaml")
    top = write("extends: base/middle.yaml\ndealers:\n  - {name: street, copies: 4, book: street}\n", "top.yaml")
    scenario = load_scenario(top)
    assert (scenario.seed, scenario.paths, scenario.dealers[0].copies) == (2, 1, 4)
    assert [dealer.name for dealer in scenario.dealers] == ["street", "fund"]
    assert scenario.dealers[0].policy.type == "delta_band"
    assert scenario.chain_path("street") == tmp_path / "base" / "a.csv"
    assert scenario.base_directory == tmp_path


def test_errors_name_the_file_of_the_chain(
    write: Write, minimal_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(minimal_text.replace("100.0", "-100.0"), "base/small.yaml")
    write("# a comment\nextends: base/small.yaml\npaths: 5\n", "top.yaml")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        load_scenario("top.yaml")
    assert (caught.value.file, caught.value.line, caught.value.key) == ("base/small.yaml", 5, "market.spot")
    with pytest.raises(InputError) as caught:
        load_scenario("top.yaml", {"market.spot": 100, "paths": 0})
    assert (caught.value.file, caught.value.line, caught.value.key) == ("--set", None, "paths")
    write("extends: base/small.yaml\nmarket: {spot: 100}\npaths: 0\n", "top.yaml")
    with pytest.raises(InputError) as caught:
        load_scenario("top.yaml")
    assert (caught.value.file, caught.value.line, caught.value.key) == ("top.yaml", 3, "paths")


def test_a_changed_type_replaces_the_block(write: Write, minimal_text: str) -> None:
    write(minimal_text, "base.yaml")
    scenario = load_scenario(write("extends: base.yaml\nmarket: {clearing: {type: lagged}}\n"))
    assert scenario.as_dict()["market"]["clearing"] == {"type": "lagged", "participation": 1.0}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("extends: base.yml\n", 1, "no such file"),
        ("a: 1\nextends: ''\n", 2, "name of a scenario file"),
        ("extends: 5\n", 1, "name of a scenario file"),
        ("extends: [base.yaml]\n", 1, "name of a scenario file"),
        ("extends: small.yaml\n", 1, "in a circle"),
        ("extends: ../small.yaml/small.yaml\n", 1, "no such file"),
        (f"extends: {'x' * 5000}\n", 1, "no such file"),
    ],
)
def test_what_cannot_be_extended(write: Write, text: str, line: int, words: str) -> None:
    write("name: base\n", "base.yaml")
    file = write(text)
    with pytest.raises(InputError, match=words) as caught:
        load_scenario(file)
    assert (caught.value.file, caught.value.line, caught.value.key) == (str(file), line, "extends")
    assert caught.value.remedy


def test_a_missing_parent_is_suggested(write: Write) -> None:
    write("name: base\n", "positive_gamma.yaml")
    with pytest.raises(InputError, match=r"did you mean .*positive_gamma\.yaml"):
        load_scenario(write("extends: positiv_gamma.yaml\n"))


def test_a_directory_cannot_be_extended(write: Write, tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    with pytest.raises(InputError, match="directory") as caught:
        load_scenario(write("extends: parts\n"))
    assert caught.value.file == str(tmp_path / "parts")


def test_long_circles_and_long_chains_end(write: Write, minimal_text: str) -> None:
    for number in range(4):
        write(f"extends: f{(number + 1) % 3}.yaml\n", f"f{number}.yaml")
    with pytest.raises(InputError, match="circle") as caught:
        load_scenario(write("extends: f0.yaml\n"))
    assert str(caught.value.file).endswith("f2.yaml")
    write(minimal_text, "g0.yaml")
    files = [write(f"extends: g{number - 1}.yaml\nseed: {number}\n", f"g{number}.yaml") for number in range(1, 13)]
    assert load_scenario(files[9]).seed == 10
    with pytest.raises(InputError, match="more than 10 files"):
        load_scenario(files[10])


def test_missing_files_are_suggested(write: Write, minimal_text: str) -> None:
    file = write(minimal_text, "expiry_pin.yaml")
    with pytest.raises(InputError, match="no such file") as caught:
        load_scenario(file.parent / "expiry_pn.yaml")
    assert caught.value.remedy == f"did you mean {file}?"
    with pytest.raises(InputError, match="no such file"):
        load_scenario(file.parent / "nowhere" / "x.yaml")
    with pytest.raises(InputError, match="no such file"):
        load_scenario("y" * 5000)
    with pytest.raises(InputError, match="directory"):
        load_scenario(file.parent)
    for name in ("", "a\0b"):
        with pytest.raises(InputError, match="not the name of a file"):
            load_scenario(name)


def test_shipped_scenarios_load_by_name(
    write: Write, minimal_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(minimal_text, "installed/_scenarios/gamma_squeeze.yaml")
    monkeypatch.setattr(shipped, "_PACKAGE", tmp_path / "installed")
    (tmp_path / "work" / "gamma_squeeze").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "work")
    assert list(shipped_scenarios()) == ["gamma_squeeze"]
    for name in ("gamma_squeeze", "gamma_squeeze.yaml", "scenarios/gamma_squeeze.yaml"):
        assert load_scenario(name).name == "small"
    for name in ("other/gamma_squeeze.yaml", "gamma_squeeze.txt", "gamma_squeze"):
        with pytest.raises(InputError, match="no such file") as caught:
            load_scenario(name)
        assert caught.value.file == name
    assert caught.value.remedy == "did you mean the shipped scenario gamma_squeeze?"
    Path("gamma_squeeze.yaml").write_text(minimal_text.replace("small", "own"), encoding="utf-8")
    assert load_scenario("gamma_squeeze.yaml").name == "own"


def test_shipped_scenarios_lie_beside_a_checkout_or_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "simhedge"
    monkeypatch.setattr(shipped, "_PACKAGE", package)
    assert shipped.shipped_directory() is None
    assert shipped_scenarios() == {}
    (tmp_path / "scenarios").mkdir()
    assert shipped.shipped_directory() is None  # a stranger's directory beside an installed package
    (tmp_path / "pyproject.toml").touch()
    assert shipped.shipped_directory() == tmp_path / "scenarios"
    (package / "_scenarios").mkdir(parents=True)
    assert shipped.shipped_directory() == package / "_scenarios"
