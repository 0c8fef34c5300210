"""The benchmarks run, so that they cannot rot; how fast anything is, is not tested here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.alone import Alone
from bench.load import SHARED, addresses
from bench.measure import Spread, interleaved
from bench.path import numbers
from bench.report import Table

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.timeout(1800)
@pytest.mark.skipif(not (SHARED / "agent.c").exists(), reason="no ../shared/bench beside the checkout")
@pytest.mark.long
def test_a_short_run_of_engines_and_of_the_whole_path_writes_its_tables(tmp_path):
    written = tmp_path / "benchmarks.md"
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--write", written],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    text = written.read_text()
    assert "make bench ARGS='--quick" in text
    assert re.search(r"^\| ours \| [0-9.]+", text, re.MULTILINE)
    for version in ("v2c", "v3 authPriv SHA-256/AES-128"):
        if version.startswith("v3") and "apt install libssl-dev" in text:
            continue
        assert re.search(rf"^\| {version}, 5 devices \| ([0-9.]+) \| ([0-9.]+) \|", text, re.MULTILINE)
    assert re.search(r"^\| 3 devices, again \| [0-9.]+ \| [0-9.]+ \| [0-9.]+", text, re.MULTILINE)
    assert re.search(r"^\| our collector[^|]* \| [0-9,]+ \|", text, re.MULTILINE)
    assert re.search(r"^\| facts a second \| [0-9,]+ \| [0-9,]+ \| [0-9,]+ \| 5,000 \|", text, re.MULTILINE)
    assert re.search(r"^\| text \| 9[0-9]+ \| 0.1 MB \| [0-9.]+ \|", text, re.MULTILINE)


def test_the_published_tables_name_the_command_that_makes_them():
    text = (ROOT / "docs" / "benchmarks.md").read_text()
    assert "make bench" in text
    for title in (
        "Engines alone, v2c",
        "Engines alone, v3",
        "Whole path: one `dcim run`",
        "Whole path over v3",
        "Modbus",
        "Start",
        "History",
        "What rules cost",
        "A storm of alerts",
        "Facts a second",
        "What if",
        "Outputs",
    ):
        assert f"## {title}" in text


def test_repeats_take_turns_so_that_a_noisy_minute_hits_all():
    order = []

    def measure(name):
        order.append(name)
        return float(len(order))

    found = interleaved(["a", "b"], 3, measure)
    assert order == ["a", "b", "a", "b", "a", "b"]
    assert found == {"a": Spread((1.0, 3.0, 5.0)), "b": Spread((2.0, 4.0, 6.0))}
    assert str(found["a"]) == "3 (1 to 5)"


def test_a_part_that_cannot_be_measured_says_why():
    assert "Skipped: no C compiler." in str(Table("Engines alone", (), (), skipped="no C compiler"))


def test_devices_of_the_load_have_addresses_of_their_own():
    assert len(set(addresses(5000))) == 5000
    assert all(address.startswith("127.22.") for address in addresses(10, 22))


def test_only_the_daemons_own_numbers_are_read_from_an_exposition():
    text = (
        'dcim_polls_total 3.0\ndcim_pdu_power_watts{asset="a"} 5\ndcim_poll_failures_total{reason="x"} 1.0\n'
    )
    assert numbers(text) == {"dcim_polls_total": 3.0, 'dcim_poll_failures_total{reason="x"}': 1.0}


def test_what_a_program_prints_is_a_table_of_its_own_or_a_row_a_figure():
    one = Alone("Storms", "storm", aims={"durable_s": "5"}, note="Of one cause.")
    objects = '{"storm": "one", "durable_s": 1234.5}\n{"storm": "apart", "durable_s": 2, "asked": 7}\n'
    table = one.table(objects, "python -m bench.storm")
    assert table.columns == ("", "one", "apart", "aim")
    assert table.rows == (("durable s", "1,234.5", "2", "5"), ("asked", "", "7", ""))
    assert table.notes == ("`python -m bench.storm`", "Of one cause.")
    table = Alone("T", "t").table("12 readings\n\n| a | b |\n|---|---|\n| 1 | x y |\n", "c")
    assert (table.columns, table.rows, table.notes) == (("a", "b"), (("1", "x y"),), ("`c`", "12 readings"))
