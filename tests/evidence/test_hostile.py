"""A bundle is what a stranger gave: whatever it holds, the verifier says so, and neither stops nor hangs."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from dcim.evidence import verifier
from dcim.evidence.verifier.main import Options, main, verify
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.strict import NotStrict, read
from dcim.evidence.verifier.words import REASONS
from dcim.ledger import canonical

from .conftest import remanifest, words


def rewritten(folder, number, change):
    """Change a line of the facts, and the manifest with it."""
    lines = (folder / "facts.ndjson").read_bytes().splitlines(keepends=True)
    lines[number] = change(lines[number])
    (folder / "facts.ndjson").write_bytes(b"".join(lines))
    remanifest(folder)


def test_reasons_are_said_in_the_language_of_whoever_asks():
    """Pains: G5."""
    for word, (english, french) in REASONS.items():
        assert Report("en").say("unreadable", line=3, why=word).endswith(f"({english})")
        assert Report("fr").say("unreadable", line=3, why=word).endswith(f"({french})")
    parts = [path.read_text(encoding="utf-8") for path in Path(verifier.__file__).parent.glob("*.py")]
    said = {word for text in parts for word in re.findall(r'NotStrict\("([^"%]+)"\)', text)}
    assert said <= REASONS.keys(), "every reason has its words"
    assert len(said) > 8


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":NaN}',
        b'{"a":1e999}',
        b'{"a":1,"a":2}',
        b'{"b":1,"a":2}',
        b'{"a": 1}',
        b'{"a":9007199254740993}',
        b'{"a":' + b"9" * 200_000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"a":"\xff"}',
        b'{"a":"\\u0041"}',
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a":' + b"[" * 40 + b"]" * 40 + b"}",
        b"{}}{",
        b"[]",
        b"{",
        b'{"a":1}}\n{"b":2}',
    ],
    ids=range(16),
)
def test_a_body_that_is_not_canonical_is_one_finding_more(bundle, broken, body):
    folder = broken()
    rewritten(folder, 150, lambda line: line[: line.index(b'"body":') + 7] + body + b"}\n")
    assert "unreadable" in words(bundle.check(folder))


def test_a_line_without_end_is_not_read_to_its_end(bundle, broken):
    folder = broken()
    rewritten(folder, 150, lambda line: b"x" * (5 << 20))
    assert "line_long" in words(bundle.check(folder))


@pytest.mark.parametrize("name", ["facts.ndjson", "heads.ndjson", "keys.json", "claims", "MANIFEST.json"])
def test_links_and_devices_are_not_followed(bundle, broken, name):
    folder = broken()
    (folder / name).rename(folder.parent / "elsewhere")
    (folder / name).symlink_to(folder.parent / "elsewhere")
    found = bundle.check(folder)
    assert found.code == 1
    assert words(found) & {"file_kind", "manifest"}
    (folder / name).unlink()
    os.mkfifo(folder / name)
    assert bundle.check(folder).code == 1


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "claims/../../x", "a\x00b", "", "a" * 5000, ".."]
)
def test_a_manifest_that_leads_elsewhere_is_not_followed(bundle, broken, name):
    folder = broken()
    path = folder / "MANIFEST.json"
    said = json.loads(path.read_text())
    said["files"][name] = {"bytes": 1, "sha256": "0" * 64}
    path.write_text(json.dumps(said, sort_keys=True, separators=(",", ":")) + "\n")
    found = bundle.check(folder)
    assert (found.code, "file_name" in words(found)) == (1, True)
    assert all(one.isprintable() for _, text in found.report.findings for one in text)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "NaN", '{"files":[]}', '{"files":{}}', "\xff", '{"files":{"facts.ndjson":7}}'],
)
def test_a_manifest_that_is_none_is_said(tmp_path, text):
    (tmp_path / "MANIFEST.json").write_text(text + "\n", encoding="latin-1")
    assert verify(str(tmp_path)).code == 1


def test_a_folder_that_is_none_is_said(tmp_path):
    assert verify(str(tmp_path / "none")).code == 1
    (tmp_path / "file").write_text("")
    assert verify(str(tmp_path / "file")).code == 1


def test_what_a_bundle_says_cannot_write_on_a_terminal(bundle, broken):
    folder = broken()
    rewritten(folder, 10, lambda line: line.replace(b'"site":"cas1"', '"site":"\x1b[2J\u202e"'.encode(), 1))
    found = bundle.check(folder)
    assert found.code == 1
    assert all(one.isprintable() for _, text in found.report.findings for one in text)


@pytest.mark.parametrize("line", [b"{}\n", b"[]\n", b"\xff\n", b'{"site":1}\n', b"", b"x" * 3_000_000])
def test_heads_that_are_none_are_named_and_the_others_still_count(bundle, broken, line):
    folder = broken()
    path = folder / "heads.ndjson"
    path.write_bytes(line + path.read_bytes())
    remanifest(folder)
    found = verify(str(folder), Options(keys=[bundle.key]))
    assert found.code == (1 if line else 2)  # 2: the manifest was made anew


@pytest.mark.parametrize(
    "given",
    [
        ["--key", "nothing"],
        ["--key", "00"],
        ["--head", "a b c"],
        ["--head", "{"],
        ["--lang", "xx"],
        ["--what"],
    ],
)
def test_a_wrong_call_is_not_mistaken_for_a_verdict(bundle, given, capsys):
    try:
        code = main([str(bundle.folder), *given], lambda _text: None)
    except SystemExit as end:
        code = end.code
    assert code == 64


def test_a_private_key_is_no_public_one(bundle):
    said = []
    assert main([str(bundle.folder), "--key", str(bundle.state / "ledger.key")], said.append) == 64
    assert "private" in said[0]


@pytest.mark.parametrize(
    "value", [{"a": [1, 2.5, None, True, "é\n"], "b": {"c": -0.0}}, {"x": 1 / 7, "n": 2**53 - 1}, {}]
)
def test_what_the_ledger_writes_is_read(value):
    assert read(canonical(value)) == value
    with pytest.raises(NotStrict):
        read(canonical(value) + " ")


def test_one_is_said_as_one_and_more_as_more() -> None:
    english, french = Report("en"), Report("fr")
    assert english.say("wrong", count=1) == "SOMETHING IS WRONG: 1 finding"
    assert english.say("wrong", count=2) == "SOMETHING IS WRONG: 2 findings"
    assert french.say("claim_other", count=1, kind="thermal").startswith("1 rapport de genre thermal a ")
    assert french.say("claim_other", count=3, kind="thermal").startswith("3 rapports de genre thermal ont ")
