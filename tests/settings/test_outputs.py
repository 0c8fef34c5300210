"""Mistakes in ``outputs`` and ``metrics``: each with its line, and one hides no other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dcim import plugins
from dcim.settings import survey
from dcim.settings.values.sizes import size

HEAD = "format: 1\nsite: { id: cas1 }\ndevices: []\n"


def places(tmp_path: Path, text: str) -> list[tuple[int, int, str]]:
    path = tmp_path / "dcim.yaml"
    path.write_text(HEAD + text)
    _, found = survey(path, plugins.collectors(), plugins.channel_types(), plugins.output_types())
    return [(problem.line, problem.column, problem.what) for problem in found]


def problems(tmp_path: Path, text: str) -> list[tuple[int, str]]:
    return [(line, what) for line, _, what in places(tmp_path, text)]


WRONG = """\
outputs:
  - { name: Influx, type: influxdb, url: "http://h", token: env:T, bucket: b }
  - { name: influx, type: influxdbb }
  - { name: a, type: influxdb, url: "ftp://h", token: env:T, bucket: b }
  - { name: b, type: influxdb, url: "http://h", token: my-secret-token, bucket: b }
  - { name: c, type: influxdb1, url: "http://h", max_age: 1s, max_size: 1 kB, bach: 3 }
  - { name: d, type: remote_write, url: "http://h/api/v1/write", user: u }
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


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ('remote_write, url: "http://h:9090"', "expected the whole address such as"),
        ('remote_write, url: "http://h:9090/"', "found one without a path"),
        ('influxdb1, url: "http://h:8086/write"', "expected the address without /write, found it with that"),
        ('influxdb1, url: "http://h:8086?db=x"', "expected the address of the server, found one with ? or #"),
        ('influxdb, token: env:T, bucket: b, url: "http://h/api/v2/write/"', "expected the address without"),
        ("csv, directory: /x, max_age: 0s", "expected at least 60 s, found '0s'"),
        ("csv, directory: /x, max_size: 1 kB", "expected at least 1048576 bytes, found '1 kB'"),
        ("csv, directory: /x, batch: 0", "expected at least 1, found a number"),
        ("mqtt, host: h, topic: a/#", "expected a topic such as site/power: no + or # in it"),
        ("sparkplug, host: h, group: a/b", "expected at most 100 characters, none of them / + or #"),
        ("mqtt, host: h, tls: true, ca_file: no.pem", "the path must begin with /"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_meant_is_told_with_its_place_and_what_was_expected(
    tmp_path: Path, output: str, what: str
) -> None:
    written = f"  - {{ name: a, type: {output} }}"
    ((line, column, told),) = places(tmp_path, f"outputs:\n{written}\n")
    assert (line, column) == (5, written.rindex(": ") + 3)
    assert what in told
    assert "^" not in told


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("missing.pem", "No such file or directory"),
        (".", "not a regular file"),
        ("pipe", "not a regular file"),
        ("dcim.yaml", "expected certificates (PEM) in"),
    ],
)
@pytest.mark.parametrize(
    "section",
    [
        "outputs:\n  - {{ name: a, type: influxdb1, url: 'https://h', ca_file: {} }}\n",
        "outputs:\n  - {{ name: a, type: mqtt, host: h, tls: true, ca_file: {} }}\n",
        "notify:\n  channels: [{{ name: a, type: webhook, url: 'https://h', ca_file: {} }}]\n",
    ],
)
def test_a_file_of_certificates_that_is_none_is_told(
    tmp_path: Path, section: str, part: str, what: str
) -> None:
    os.mkfifo(tmp_path / "pipe")
    text = section.format(tmp_path / part)
    ((line, column, told),) = places(tmp_path, text)
    assert (line, column) == (5, text.splitlines()[1].index(str(tmp_path)) + 1)
    assert what in told
    assert str(tmp_path / part) in told


def test_a_path_that_can_be_none_is_told(tmp_path: Path) -> None:
    text = "outputs:\n  - { name: a, type: influxdb1, url: 'https://h', ca_file: \"/a\\0b\" }\n"
    assert [line for line, _ in problems(tmp_path, text)] == [5]


def test_a_file_with_a_certificate_is_taken(tmp_path: Path) -> None:
    from certifi import where

    text = f"outputs:\n  - {{ name: a, type: influxdb1, url: 'https://h/vm', ca_file: {where()} }}\n"
    assert problems(tmp_path, text) == []


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
