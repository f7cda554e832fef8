"""What users get wrong, through the command line: place, key, value, remedy and exit code, nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import simhedge
from simhedge.simulation import memory
from simhedge.simulation.result import load_result

Call = Callable[..., Any]
ROOT = Path(__file__).parents[2]

GOOD = """\
schema_version: 1
name: small
seed: 11
paths: 64
clock: {days: 2, steps_per_day: 10}
market:
  spot: 100.0
  adv_shares: 5.0e+6
  fundamental: {type: bachelier, volatility: 20.0}
books:
  monthly:
    - kind: call
      strike: 100.0
      expiry_days: 5
      contracts: 50_000
      implied_vol: 0.20
dealers:
  - {name: street, book: monthly, policy: {type: continuous}}
"""
BOOK = GOOD[GOOD.index("books:") : GOOD.index("dealers:")]
DATED = ("expiry_days: 5", "steps_per_day: 10}")
RECORD = "outputs: {record: {paths: all, every: 1, series: [spot, fundamental, hedge, cash]}}\n"


class Refusal(NamedTuple):
    """A change to the good file, and what the error about it says."""

    old: str
    new: str
    line: int | None
    key: str | None
    value: str | None
    remedy: str


def dated(start: str, expiry: str) -> str:
    """The good file in its calendar form."""
    return GOOD.replace("expiry_days: 5", f"expiry: {expiry}").replace("10}", f"10, start: {start}}}")


BOMB = "".join(
    f"{after}: &{after} [{', '.join([f'*{name}'] * 10)}]\n" for name, after in zip("abcdefg", "bcdefgh", strict=True)
)
REFUSED = {
    "unknown key": Refusal("seed: 11", "sed: 11", 3, "sed", "11", "did you mean seed?"),
    "unknown key below": Refusal(
        "volatility: 20.0", "volatilty: 20.0", 9, "market.fundamental.volatilty", "20.0", "volatility?"
    ),
    "missing block": Refusal("clock: {days: 2, steps_per_day: 10}\n", "", 1, "clock", None, "add it"),
    "missing key": Refusal("      strike: 100.0\n", "", 12, "books.monthly.0.strike", None, "add it"),
    "missing volume": Refusal("  adv_shares: 5.0e+6\n", "", 6, "market.adv_shares", None, "add adv_shares"),
    "duplicate key": Refusal("seed: 11", "seed: 11\nseed: 12", 4, "seed", "12", "keep one"),
    "duplicate key below": Refusal("spot: 100.0", "spot: 100.0\n  spot: 90.0", 8, "market.spot", "90.0", "keep one"),
    "word for a number": Refusal("paths: 64", "paths: many", 4, "paths", "many", "number"),
    "fraction for a whole number": Refusal("paths: 64", "paths: 1.5", 4, "paths", "1.5", "whole number"),
    "list for a block": Refusal("{days: 2, steps_per_day: 10}", "[1, 2]", 5, "clock", "[1, 2]", "{key: value}"),
    "truth for a number": Refusal("paths: 64", "paths: true", 4, "paths", "True", "whole number"),
    "number in quotes": Refusal(
        "adv_shares: 5.0e+6", 'adv_shares: "1e-6"', 8, "market.adv_shares", "1e-6", "without quotes"
    ),
    "no for a word": Refusal("type: continuous", "type: no", 18, "dealers.street.policy.type", "no", "none"),
    "no for false": Refusal("dealers:", "levels: {daily: no}\ndealers:", 17, "levels.daily", "no", "write false"),
    "alias bomb": Refusal("seed: 11", f"a: &a [{'1, ' * 10}]\n" + BOMB, 7, "e.0", "e: &e", "aliases count"),
    "self-reference": Refusal("seed: 11", "seed: &a [*a]", 3, "seed.0", "*a", "write the value out"),
    "deep nesting": Refusal("seed: 11", "seed: " + "[" * 3000 + "]" * 3000, 3, "seed.0.0", "seed: [[", "nesting"),
    "tag": Refusal("paths: 64", "paths: !!python/name:os.system x", 4, "paths", "os.system", "without a tag"),
    "merge key": Refusal("paths: 64", "<<: {paths: 64}", 4, "<<", "<<: {paths: 64}", "extends"),
    "no YAML": Refusal("paths: 64", "paths: [1,", 6, "paths", "market:", "brackets"),
    "no YAML at the end": Refusal(" continuous}}", "", 19, "dealers.0.policy.type", None, "brackets"),
    "tab": Refusal("  spot: 100.0", "\tspot: 100.0", 7, "market", "spot: 100.0", "indentation"),
    "control character": Refusal("small", "sm\x07all", 2, None, "'\\x07'", "control characters"),
    "NaN": Refusal("spot: 100.0", "spot: .nan", 7, "market.spot", "nan", "number"),
    "infinity": Refusal("contracts: 50_000", "contracts: -.inf", 15, "books.monthly.0.contracts", "-inf", "number"),
    "infinity by size": Refusal("spot: 100.0", "spot: 1e400", 7, "market.spot", "inf", "number"),
    "absurd size": Refusal("spot: 100.0", "spot: 1.0e+300", 7, "market.spot", "1e+300", "units"),
    "absurd size in a dealer": Refusal(
        "policy: {type: continuous}", "policy: {type: delta_band, band: 1.0e+30}", 18, "dealers.street.policy.band",
        "1e+30", "units",
    ),
    "NaN as a word": Refusal("spot: 100.0", "spot: nan", 7, "market.spot", "nan", "number"),
    "negative spot": Refusal("spot: 100.0", "spot: -100.0", 7, "market.spot", "-100.0", "Price at the start"),
    "zero spot": Refusal("spot: 100.0", "spot: 0", 7, "market.spot", "0", "Price at the start"),
    "zero volatility": Refusal(
        "volatility: 20.0", "volatility: 0.0", 9, "market.fundamental.volatility", "0.0", "Volatility"
    ),
    "zero implied vol": Refusal(
        "implied_vol: 0.20", "implied_vol: 0", 16, "books.monthly.0.implied_vol", "0", "Volatility"
    ),
    "no books": Refusal(BOOK, "books: {}\n", 10, "books", "{}", "at least one"),
    "empty book": Refusal(BOOK, "books: {monthly: []}\n", 10, "books.monthly", "[]", "at least one"),
    "null book": Refusal(BOOK, "books: {monthly: }\n", 10, "books.monthly", None, "from_chain"),
    "no dealers": Refusal(GOOD[GOOD.index("dealers:") :], "dealers: []\n", 17, "dealers", "[]", "at least one"),
    "book of another name": Refusal("book: monthly", "book: montly", 18, "dealers.street.book", "montly", "monthly?"),
    "expiry before the start": Refusal(
        "expiry_days: 5", "expiry_days: -1", 14, "books.monthly.0.expiry_days", "-1", "Trading days"
    ),
    "expiry at the start": Refusal(
        "expiry_days: 5", "expiry_days: 0", 14, "books.monthly.0.expiry_days", "0", "Trading days"
    ),
    "expiry between steps": Refusal(
        "expiry_days: 5", "expiry_days: 0.123", 14, "books.monthly.0.expiry_days", "0.123", "0.1 days"
    ),
    "date before the start": Refusal(
        GOOD, dated("2024-06-21", "2024-06-20"), 14, "books.monthly.0.expiry", "2024-06-20", "later expiry"
    ),
    "date before the first session": Refusal(
        GOOD, dated("2024-06-22", "2024-06-23"), 14, "books.monthly.0.expiry", "2024-06-23", "later expiry"
    ),
    "date without a start": Refusal(
        "expiry_days: 5", "expiry: 2024-06-21", 14, "books.monthly.0.expiry", "2024-06-21", "add start"
    ),
    "date beyond the calendar": Refusal(
        GOOD, dated("2024-06-21", "2124-06-21"), 14, "books.monthly.0.expiry", "2124-06-21", "year"
    ),
    "start before the calendar": Refusal(
        GOOD, dated("1924-06-20", "2024-06-21"), 5, "clock.start", "1924-06-20", "year"
    ),
    "no such date": Refusal(GOOD, dated("2024-06-31", "2024-07-21"), 5, "clock.start", "2024-06-31", "YYYY-MM-DD"),
    "more than 1e9 paths": Refusal("paths: 64", "paths: 1_000_000_001", 4, "paths", "1000000001", "Paths"),
    "1e9 as a float": Refusal("paths: 64", "paths: 1e9", 4, "paths", "1000000000.0", "write 1000000000"),
    "no paths": Refusal("paths: 64", "paths: 0", 4, "paths", "0", "Paths"),
    "recorded paths": Refusal(
        "dealers:", RECORD.replace("all", "-1") + "dealers:", 17, "outputs.record.paths", "-1", "200"
    ),
    "turnover without volume": Refusal(
        GOOD, GOOD.replace("adv_shares: 5.0e+6", "impact: {type: kyle, kyle_lambda: 1e-6}")
        + "expect: [{metric: hedge_turnover, below: 1}]\n", 19, "expect.0.metric", "hedge_turnover", "add adv_shares",
    ),
}  # fmt: skip


def error_of(outcome: Any, code: int = 2) -> dict[str, Any]:
    """The error of a command that failed with `code`, having printed one document and the same in words."""
    assert outcome.code == code, outcome.err
    assert "Traceback" not in outcome.err
    document = json.loads(outcome.out)
    error: dict[str, Any] = document["error"]
    assert set(error) >= {"file", "line", "key", "value", "remedy"}
    assert outcome.err.startswith("error: ")
    assert error["message"] in outcome.err
    return error


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Writes a scenario file and gives back its name."""

    def write_file(text: str | bytes = GOOD, name: str = "case.yaml") -> str:
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(file)

    return write_file


@pytest.mark.parametrize("command", ["run", "check"])
@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_place_key_value_and_remedy(
    program: Call, write: Callable[..., str], name: str, command: str
) -> None:
    wrong = REFUSED[name]
    assert wrong.old in GOOD
    file = write(GOOD.replace(wrong.old, wrong.new, 1))
    error = error_of(program(command, file, "--json"))
    assert (error["file"], error["line"]) == (file, wrong.line)
    assert error["key"] == wrong.key or ("nesting" in name and len(error["key"]) <= 80)
    assert wrong.value is None or wrong.value in error["value"]
    assert wrong.remedy in error["remedy"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("adv_shares: 5.0e+6", "adv_shares: 5e6"),
        ("adv_shares: 5.0e+6", "impact: {type: kyle, kyle_lambda: 1e-6}"),
        ("name: small", "name: no"),
        ("contracts: 50_000", "contracts: 0"),
        (GOOD, dated("2024-06-19", "2024-06-21")),
        ("paths: 64", "paths: 1"),
    ],
)
def test_what_looks_like_a_trap_and_is_none(program: Call, write: Callable[..., str], old: str, new: str) -> None:
    assert old in GOOD
    outcome = program("check", write(GOOD.replace(old, new)), "--json")
    assert outcome.code == 0, outcome.err
    assert json.loads(outcome.out)["files"][0]["ok"]


# ---------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "empty"),
        (b"# nothing\n", 1, "empty"),
        (b"- a\n- b\n", 1, "mapping"),
        (b"\x7fELF\x00\x01", None, "binary"),
        (b"name: x\nbooks: \xff\xfe\n", 2, "UTF-8"),
        (b"#" * 1_000_001, None, "larger"),
    ],
)
def test_files_that_are_no_scenario(
    program: Call, write: Callable[..., str], content: bytes, line: int | None, words: str
) -> None:
    file = write(content)
    error = error_of(program("run", file, "--json"))
    assert (error["file"], error["line"]) == (file, line)
    assert words in error["message"]
    assert error["remedy"]


def test_a_missing_file_a_directory_and_odd_names(program: Call, write: Callable[..., str], tmp_path: Path) -> None:
    file = write()
    error = error_of(program("run", file.replace("case", "cas"), "--json"))
    assert error["file"] == error["value"] == file.replace("case", "cas")
    assert error["remedy"] == f"did you mean {file}?"
    for name in (str(tmp_path), "a\nb.yaml", "x" * 5000, ""):
        assert error_of(program("run", name, "--json"))["value"] is not None
    extended = write("extends: nowhere.yaml\n", "extends.yaml")
    error = error_of(program("run", extended, "--json"))
    assert (error["file"], error["line"], error["key"], error["value"]) == (extended, 1, "extends", "nowhere.yaml")


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("market.spot=-1", "market.spot", "-1"),
        ("market.spot=.nan", "market.spot", "nan"),
        ("market.spt=1", "market.spt", "1"),
        ("market.spot=[", "market.spot", "["),
        ("market.spot=*a", "market.spot", "*a"),
        ("dealers.nobody.count=2", "dealers.nobody.count", "2"),
        ("market.spot", None, "market.spot"),
        ("=1", None, "=1"),
        ("books.monthly={from_chain: nope.csv}", "books.monthly.from_chain", "nope.csv"),
    ],
)
def test_overrides_are_named_as_the_file(
    program: Call, write: Callable[..., str], setting: str, key: str | None, value: str
) -> None:
    error = error_of(program("run", write(), "--json", "--set", setting))
    assert (error["file"], error["line"], error["key"], error["value"]) == ("--set", None, key, value)
    assert error["remedy"]


# ---------------------------------------------------------------- chains

CHAIN = GOOD.replace(BOOK, "books:\n  monthly:\n    from_chain: chain.csv\n    sign: {calls: 1, puts: -1}\n")
HEADER = (ROOT / "scenarios/data/spx_like_quotedata.csv").read_bytes().split(b"\n")[:5]
QUOTES = [*HEADER[:4], HEADER[4].replace(b"Jun 14", b"Jun 13")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "there is no file"),
        (b"\x7fELF\x00\x01", "binary"),
        (b"\xff\xfe\x80", "broken UTF-16 text"),
        (b"", "empty"),
        (b"{}", "JSON"),
        (b"\n".join(QUOTES[:4]), "no option in the file"),
        (b"\n".join(QUOTES), "expired"),
        (b"\n".join([*QUOTES[:4], QUOTES[4][:60]]), "chain.csv:5: "),
        (b"\n".join([*QUOTES[:4], b"x," * 21]), "chain.csv:5: "),
    ],
)
@pytest.mark.parametrize("command", ["run", "check"])
def test_chains_that_cannot_be_used_name_the_scenario_and_the_chain(
    program: Call, write: Callable[..., str], tmp_path: Path, content: bytes | None, words: str, command: str
) -> None:
    file = write(CHAIN)
    if content is not None:
        write(content, "chain.csv")
    error = error_of(program(command, file, "--json"))
    assert (error["file"], error["line"]) == (file, 12)
    assert (error["key"], error["value"]) == ("books.monthly.from_chain", "chain.csv")
    assert str(tmp_path / "chain.csv") in error["message"]
    assert words in error["message"]
    assert error["remedy"]


def test_a_chain_of_an_impossible_name_or_a_directory(program: Call, write: Callable[..., str]) -> None:
    for name in ('"a\\0b"', "x" * 5000, "."):
        error = error_of(program("run", write(CHAIN.replace("chain.csv", name)), "--json"))
        assert (error["line"], error["key"]) == (12, "books.monthly.from_chain")


def test_signs_that_leave_nothing_of_a_chain(program: Call, write: Callable[..., str]) -> None:
    file = write(CHAIN.replace("chain.csv", str(ROOT / "scenarios/data/spx_like_quotedata.csv")))
    error = error_of(program("check", file, "--json", "--set", "books.monthly.sign={calls: 0, puts: 0}"))
    assert (error["file"], error["key"]) == ("--set", "books.monthly.sign")
    assert "'calls': 0" in error["value"]


def test_a_start_other_than_the_chain_s_own_is_warned_about(program: Call, write: Callable[..., str]) -> None:
    chain = str(ROOT / "scenarios/data/spx_like_quotedata.csv")
    file = write(CHAIN.replace("chain.csv", chain).replace("10}", "10, start: 2024-07-01}"))
    outcome = program("run", file, "--json", "--set", "paths=2")
    assert outcome.code == 0
    warnings = json.loads(outcome.out)["warnings"]
    assert any("not from clock.start" in warning for warning in warnings)
    assert any("far from the chain's own 4012.37" in warning for warning in warnings)


# ---------------------------------------------------------------- memory


@pytest.mark.parametrize("command", ["run", "check"])
def test_records_that_do_not_fit_are_refused_for_resources(
    program: Call, write: Callable[..., str], command: str
) -> None:
    file = write(GOOD.replace("paths: 64", "paths: 900_000_000") + RECORD)
    error = error_of(program(command, file, "--json"), code=3)
    assert (error["file"], error["line"], error["key"], error["value"]) == (file, 19, "outputs.record", "900000000")
    assert "GiB" in error["message"]


@pytest.mark.parametrize("command", ["run", "check"])
def test_exactly_1e9_paths_are_a_matter_of_memory(
    program: Call, write: Callable[..., str], command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write(GOOD.replace("paths: 64", "paths: 1_000_000_000"))
    monkeypatch.setattr(memory, "free_memory", lambda: 10**10)
    error = error_of(program(command, file, "--json"), code=3)
    assert (error["file"], error["line"], error["key"], error["value"]) == (file, 4, "paths", "1000000000")
    monkeypatch.setattr(memory, "free_memory", lambda: 10**13)
    assert program("check", file).code == 0


# ---------------------------------------------------------------- --out


@pytest.mark.parametrize("place", ["/proc/nothing", "/proc/nothing/below", "case.yaml", "case.yaml/below", "x" * 300])
def test_places_that_cannot_be_written_are_refused_before_the_run(
    program: Call, write: Callable[..., str], tmp_path: Path, place: str
) -> None:
    file = write(GOOD.replace("paths: 64", "paths: 100_000_000"))
    out = str(tmp_path / place)
    error = error_of(program("run", file, "--json", "--out", out))
    assert (error["file"], error["key"], error["value"]) == (out, "--out", out)
    assert error["remedy"]
    assert [path.name for path in tmp_path.iterdir()] == ["case.yaml"]


@pytest.mark.parametrize("content", ['{"name": "a web page"}', "[]", "not JSON", '{"versions": ["simhedge"]}'])
def test_somebody_else_s_manifest_is_not_ours(
    program: Call, write: Callable[..., str], tmp_path: Path, content: str
) -> None:
    for folder in ("mine", "run.old"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "manifest.json").write_text(content)
    for place in ("mine", "run"):
        error = error_of(program("run", write(), "--json", "--out", str(tmp_path / place)))
        assert error["key"] == "--out"
    assert (tmp_path / "mine/manifest.json").read_text() == content
    assert (tmp_path / "run.old/manifest.json").read_text() == content


def test_the_present_directory_is_not_replaced(
    program: Call, write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write()
    (tmp_path / "here/below").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here/below")
    for place in (".", "..", "../below", "", "/"):
        assert error_of(program("run", file, "--json", "--out", place))["key"] == "--out"
    assert Path.cwd() == tmp_path / "here/below"
    assert program("run", file, "--quiet", "--no-figures", "--out", "run").code == 0
    assert load_result("run").scenario.name == "small"


def test_a_link_leads_to_where_the_result_is_saved(program: Call, write: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    for _ in range(2):
        assert program("run", write(), "--quiet", "--no-figures", "--out", str(tmp_path / "link")).code == 0
    assert (tmp_path / "link").is_symlink()
    assert load_result(tmp_path / "disk").scenario.name == "small"
    assert {path.name for path in tmp_path.iterdir()} == {"case.yaml", "disk", "link"}


# ---------------------------------------------------------------- kappa <= -1 at the start


@pytest.mark.parametrize("clearing", ["{type: simultaneous}", "{type: asynchronous, rounds: 5}", "{}"])
@pytest.mark.parametrize("command", ["run", "check"])
def test_no_unique_price_at_the_start(program: Call, write: Callable[..., str], clearing: str, command: str) -> None:
    short = GOOD.replace("50_000", "-2_000_000").replace("5.0e+6", f"5.0e+6\n  clearing: {clearing}")
    file = write(short)
    error = error_of(program(command, file, "--json"))
    assert (error["file"], error["line"], error["key"]) == (file, 6, "market")
    assert float(error["value"]) == pytest.approx(-7.136, abs=1e-3)
    assert "-7.14" in error["message"]
    assert "clearing {type: lagged}" in error["remedy"]


def test_no_unique_price_is_a_warning_where_clearing_is_lagged(program: Call, write: Callable[..., str]) -> None:
    file = write(GOOD.replace("50_000", "-2_000_000").replace("5.0e+6", "5.0e+6\n  clearing: {type: lagged}"))
    outcome = program("run", file, "--json")
    assert outcome.code == 0
    assert any("feedback gain at the start is -7.14" in warning for warning in json.loads(outcome.out)["warnings"])


def test_no_unique_price_is_a_warning_where_the_book_is_a_chain(program: Call, write: Callable[..., str]) -> None:
    chain = str(ROOT / "scenarios/data/spx_like_quotedata.csv")
    file = write(CHAIN.replace("chain.csv", chain).replace("  spot: 100.0\n", "").replace("calls: 1", "calls: -1"))
    settings = ["--set", "paths=2", "--set", "market.fundamental={type: gbm, volatility: 0.2}"]
    outcome = program("run", file, "--json", *settings)
    assert outcome.code == 0
    assert any("at or below -1" in warning for warning in json.loads(outcome.out)["warnings"])


def test_a_dealer_who_never_hedges_has_no_gain(program: Call, write: Callable[..., str]) -> None:
    file = write(GOOD.replace("50_000", "-2_000_000").replace("type: continuous", "type: none"))
    assert program("check", file).code == 0


# ---------------------------------------------------------------- ctrl-C


def heed_interrupts() -> None:
    """Undo what a shell does to the jobs it starts in the background: it lets them ignore SIGINT."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def wait_until_busy(pid: int, cpu_seconds: float = 5.0, at_most: float = 60.0) -> None:
    """Wait until a process has used so many seconds of processors: by then it computes, however busy the machine is."""
    stat, ticks = Path(f"/proc/{pid}/stat"), os.sysconf("SC_CLK_TCK")
    if not stat.exists():  # no such file system here
        time.sleep(cpu_seconds)
        return
    end = time.monotonic() + at_most
    while time.monotonic() < end:
        fields = stat.read_text().rpartition(")")[2].split()
        if (int(fields[11]) + int(fields[12])) / ticks >= cpu_seconds:
            return
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["run", "validate", "reproduce"])
def test_an_interrupt_ends_the_command_at_once_and_leaves_nothing(
    name: str, program: Call, write: Callable[..., str], tmp_path: Path
) -> None:
    assert program("run", write()).code == 0  # kernels are compiled before the clock runs
    file = write(GOOD.replace("paths: 64", "paths: 50_000_000"))
    asked = ["reproduce", "pin_full_feedback", "--paths", "50000000"] if name == "reproduce" else [name, file]
    command = [sys.executable, "-m", "simhedge", *asked, "--json", "--out", str(tmp_path / "out")]
    # the simhedge that these tests have imported, whose kernels are compiled
    environment = os.environ | {"PYTHONPATH": str(Path(simhedge.__file__).parents[1])}
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=tmp_path,
        preexec_fn=heed_interrupts,
    ) as child:
        wait_until_busy(child.pid)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)  # the command itself would go on for many minutes
    assert (child.returncode, err) == (130, "error: interrupted\n")
    assert json.loads(out)["error"]["message"] == "interrupted"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["case.yaml"]


def test_an_interrupt_while_saving_leaves_what_was_there(
    program: Call, write: Callable[..., str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "out"
    assert program("run", write(), "--quiet", "--no-figures", "--out", str(place)).code == 0
    before = (place / "manifest.json").read_bytes()

    def interrupted(*arguments: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("simhedge.report.figures.write_figures", interrupted)
    outcome = program("run", write(), "--quiet", "--out", str(place), "--json", "--set", "seed=3")
    assert outcome.code == 130
    assert json.loads(outcome.out)["error"]["message"] == "interrupted"
    assert (place / "manifest.json").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"case.yaml", "out"}
