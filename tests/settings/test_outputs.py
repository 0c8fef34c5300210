"""Mistakes in ``outputs`` and ``metrics``: each with its line, and one hides no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from dcim import plugins
from dcim.settings import survey
from dcim.settings.sizes import size

HEAD = "format: 1\nsite: { id: cas1 }\ndevices: []\n"


def problems(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    path = tmp_path / "dcim.yaml"
    path.write_text(HEAD + text)
    _, found = survey(path, plugins.collectors(), plugins.channel_types(), plugins.output_types())
    return [(problem.line, problem.what) for problem in found]


WRONG = """\
outputs:
  - { name: Influx, type: influxdb, url: "http://h", token: env:T, bucket: b }
  - { name: influx, type: influxdbb }
  - { name: a, type: influxdb, url: "ftp://h", token: env:T, bucket: b }
  - { name: b, type: influxdb, url: "http://h", token: my-secret-token, bucket: b }
  - { name: c, type: influxdb1, url: "http://h", max_age: 1s, max_size: 1 kB, bach: 3 }
  - { name: d, type: remote_write, url: "http://h", user: u }
  - { name: e, type: csv, directory: /x }
  - { name: e, type: ndjson, directory: /x }
  - { name: f, type: mqtt, host: h, topic: "a/#" }
"""


def test_ten_mistakes_are_told_at_once_each_with_its_line_and_no_secret(tmp_path: Path) -> None:
    found = problems(tmp_path, WRONG)
    assert sorted({line for line, _ in found}) == [5, 6, 7, 8, 9, 10, 12, 13]
    text = "\n".join(f"{line}: {what}" for line, what in found)
    assert "my-secret-token" not in text
    for said in (
        "6: no output type 'influxdbb'",
        "12: output 'e' stands twice",
        "unknown key; did you mean 'batch'?",
        "user and password come together",
    ):
        assert said in text, text


def test_an_output_that_is_wrong_hides_not_that_its_name_stands_twice(tmp_path: Path) -> None:
    text = (
        "outputs:\n  - { name: a, type: csvv }\n  - { name: a, type: csv, directory: /x }\n  - { name: a }\n"
    )
    found = problems(tmp_path, text)
    assert [line for line, what in found if what == "output 'a' stands twice"] == [6, 7]


@pytest.mark.parametrize(
    ("directory", "what"),
    [
        ("/proc/nowhere", "no files can be kept in /proc/nowhere"),
        ("export", "the path must begin with /"),
        ("{file}", "is a file, not a folder"),
        ("{file}/below", "is a file, not a folder"),
    ],
)
def test_a_folder_that_can_never_be_one_is_told(tmp_path: Path, directory: str, what: str) -> None:
    (tmp_path / "file").touch()
    where = directory.format(file=tmp_path / "file")
    found = problems(tmp_path, f"outputs:\n  - {{ name: a, type: csv, directory: {where} }}\n")
    assert [line for line, _ in found] == [5]
    assert what in found[0][1]


def test_the_hint_for_access_names_keys_that_outputs_have(tmp_path: Path) -> None:
    text = "outputs:\n  - { name: a, type: influxdb, url: 'http://me:pw-12345@h', token: env:T, bucket: b }\n"
    ((line, what),) = problems(tmp_path, text)
    assert line == 5
    assert "such as token" in what
    assert "pw-12345" not in what


def test_outputs_need_the_history(tmp_path: Path) -> None:
    text = "history: { enabled: false }\noutputs:\n  - { name: a, type: csv, directory: /x }\n"
    assert problems(tmp_path, text) == [(5, "outputs are fed from the history, which is not enabled")]


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("listen: 0.0.0.0:9480", "others than this machine can ask here"),
        ("listen: 127.0.0.1:9480, certificate: dcim.yaml", "certificate and key come together"),
        ("listen: 127.0.0.1:9480, user: prometheus", "user and password come together"),
        ("listen: 127.0.0.1:9480, certificate: no.pem, key: dcim.yaml", "no file 'no.pem'"),
        ("listen: 127.0.0.1", "expected host:port"),
    ],
)
def test_the_port_for_metrics_is_safe_or_told(tmp_path: Path, keys: str, what: str) -> None:
    found = problems(tmp_path, f"metrics: {{ {keys} }}\n")
    assert any(what in text for _, text in found), found


@pytest.mark.parametrize(
    ("written", "bytes_"),
    [
        (5, 5),
        ("5 B", 5),
        ("500 MB", 500_000_000),
        ("4 GiB", 4 << 30),
        ("1.5kB", 1500),
        ("2 KiB", 2048),
        ("1TB", 10**12),
    ],
)
def test_a_size_is_written_as_people_write_it(written: object, bytes_: int) -> None:
    assert size(written) == bytes_


@pytest.mark.parametrize("written", ["", "5", "5 m", "-5 MB", "5 mB", True, None, 1.5])
def test_what_is_no_size_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="expected a size"):
        size(written)
