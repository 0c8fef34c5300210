"""Whatever is changed in a bundle of 300 facts is found, and named for what it is.

Each mutation is made twice: left as it is, where already the manifest shows it; and with a manifest made anew, as
whoever changed something would do it. 10,000 of them in ``make campaign``. Pains: K1, K2, K3, K4, K5.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dcim.ledger.chain import Head
from dcim.ledger.signed import head_statement, key_id, key_statement, manifest_statement

from .conftest import FACTS, Bundle, remanifest, words

HERE = 40
CAMPAIGN = 10_000

Lines = list[bytes]


def any_byte(random_: random.Random, lines: Lines) -> set[str]:
    """Change one byte of a fact."""
    number = random_.randrange(len(lines))
    line = bytearray(lines[number])
    at = random_.randrange(len(line))
    line[at] ^= random_.randrange(1, 256)
    lines[number] = bytes(line)
    return {"unreadable", "unlinked", "head_rewritten", "kept_rewritten", "missing", "foreign", "epoch", "repeated", "reordered", "kept_cut"}  # fmt: skip


def drop_first(random_: random.Random, lines: Lines) -> set[str]:
    del lines[: random_.randrange(1, 40)]
    return {"missing"}


def drop_middle(random_: random.Random, lines: Lines) -> set[str]:
    at = random_.randrange(1, len(lines) - 20)
    del lines[at : at + random_.randrange(1, 19)]
    return {"missing"}


def drop_last(random_: random.Random, lines: Lines) -> set[str]:
    del lines[-random_.randrange(1, 40) :]
    return {"kept_cut"}


def swap(random_: random.Random, lines: Lines) -> set[str]:
    one, other = random_.sample(range(len(lines)), 2)
    lines[one], lines[other] = lines[other], lines[one]
    return {"missing", "reordered"}


def duplicate(random_: random.Random, lines: Lines) -> set[str]:
    at = random_.randrange(len(lines))
    lines.insert(random_.choice([at, random_.randrange(len(lines))]), lines[at])
    return {"repeated", "reordered", "missing"}


def rechain(random_: random.Random, lines: Lines) -> set[str]:
    """Change a fact, and compute every hash after it anew."""
    at = random_.randrange(len(lines))
    lines[at] = re.sub(rb'"at":(\d+)', lambda found: b'"at":%d' % (int(found[1]) + 1), lines[at], count=1)
    chained(lines)
    return {"kept_rewritten", "head_rewritten"}


def cut_and_rechain(random_: random.Random, lines: Lines) -> set[str]:
    """Take facts out, and number and chain the rest as if they had never been."""
    at = random_.randrange(len(lines) - 1)
    del lines[at : at + random_.randrange(1, 5)]
    for number, line in enumerate(lines, 1):
        lines[number - 1] = re.sub(rb'"sequence":\d+', b'"sequence":%d' % number, line, count=1)
    chained(lines)
    return {"kept_cut"}


def chained(lines: Lines) -> None:
    previous = "0" * 64
    for number, line in enumerate(lines):
        lines[number] = re.sub(
            rb'"previous":"[0-9a-f]{64}"', f'"previous":"{previous}"'.encode(), line, count=1
        )
        previous = sha256(lines[number]).hexdigest()


MUTATIONS: list[Callable[[random.Random, Lines], set[str]]] = [
    any_byte, any_byte, any_byte, drop_first, drop_middle, drop_last, swap, duplicate, rechain, cut_and_rechain,
]  # fmt: skip


def missed(bundle: Bundle, folder: Path, number: int) -> str:
    """Make one mutation, every other with a manifest that knows of it; say how it was missed, if it was."""
    random_ = random.Random(number)
    original = (bundle.folder / "facts.ndjson").read_bytes()
    lines = original.splitlines()
    mutation = MUTATIONS[number % len(MUTATIONS)]
    expected = mutation(random_, lines)
    data = b"".join(line + b"\n" for line in lines)
    assert data != original
    (folder / "facts.ndjson").write_bytes(data)
    if number % 2:
        shutil.copy(bundle.folder / "MANIFEST.json", folder)
        shutil.copy(bundle.folder / "MANIFEST.sig.json", folder)
        expected = {*expected, "file_changed"}
    else:
        remanifest(folder)
    result = bundle.check(folder)
    found = words(result)
    right = result.code == 1 and found & expected and ("file_changed" in found) is bool(number % 2)
    said = [text for _, text in result.report.findings]
    return (
        "" if right else f"{number} {mutation.__name__}: exit {result.code}, {found} for {expected}: {said}"
    )


def test_what_is_changed_is_found_and_named(bundle, broken):
    folder = broken()
    assert [said for number in range(HERE) if (said := missed(bundle, folder, number))] == []


@pytest.mark.campaign
@pytest.mark.skipif("DCIM_CAMPAIGN" not in os.environ, reason="runs long; see make campaign")
def test_of_ten_thousand_mutations_each_is_found_and_named(bundle, broken):
    folder = broken()
    assert [said for number in range(CAMPAIGN) if (said := missed(bundle, folder, number))] == []


def test_a_byte_of_any_other_file_is_found(bundle, broken):
    folder = broken()
    for number, path in enumerate(sorted(one for one in folder.rglob("*") if one.is_file())):
        data = path.read_bytes()
        for at in (0, len(data) // 3, len(data) - 1):
            changed = bytearray(data)
            changed[at] ^= 1 + number
            path.write_bytes(changed)
            result = bundle.check(folder)
            assert result.code == 1, (path.name, at)
            assert result.report.findings, (path.name, at)
        path.write_bytes(data)
    assert bundle.check(folder).code == 0


def test_a_file_that_is_gone_or_was_put_there_is_found(bundle, broken):
    folder = broken()
    (folder / "claims" / "more.json").write_text("{}")
    assert words(bundle.check(folder)) == {"file_extra"}
    (folder / "claims" / "more.json").unlink()
    for name in ("facts.ndjson", "heads.ndjson", "keys.json", "README.txt"):
        data = (folder / name).read_bytes()
        (folder / name).unlink()
        assert "file_missing" in words(bundle.check(folder)), name
        (folder / name).write_bytes(data)


def test_a_folder_that_nobody_named_is_found_even_when_it_is_empty(bundle, broken):
    folder = broken()
    (folder / "claims" / "more").mkdir()
    result = bundle.check(folder)
    assert (result.code, result.report.findings) == (1, [("file_extra", "claims/more: there, not named in MANIFEST.json")])  # fmt: skip


def test_the_claim_of_a_report_that_was_issued_cannot_be_taken_out(bundle, broken):
    """Without a word, with a manifest that is made anew, or with one that says that it was left out. Pains: G6."""
    folder = broken()
    [claim] = (folder / "claims").iterdir()
    shutil.rmtree(folder / "claims")
    remanifest(folder)
    result = bundle.check(folder)
    assert (result.code, words(result)) == (1, {"claim_absent"})
    assert (
        f"uptime site was issued, its claim {claim.stem} is not in this bundle"
        in result.report.findings[0][1]
    )
    remanifest(folder, left_out=[claim.stem])
    result = bundle.check(folder)
    assert (result.code, result.report.findings) == (2, [])
    assert "1 report was issued whose claim the export left out, as MANIFEST.json says" in result.report.notes
    assert not any("HOLDS" in one for one in result.report.notes)


def test_a_bundle_whose_manifest_lost_its_signature_does_not_hold(bundle, broken):
    folder = broken()
    (folder / "MANIFEST.sig.json").unlink()
    result = bundle.check(folder)
    assert (result.code, words(result)) == (1, {"manifest_unsigned"})


def test_whoever_computes_all_of_it_anew_with_a_key_of_his_own_is_found_by_the_key_alone(bundle, broken):
    """Every fact, hash, head, signature and the manifest are made anew; in itself such a bundle is perfect."""
    folder = broken()
    thief = Ed25519PrivateKey.generate()
    public = thief.public_key().public_bytes_raw().hex()
    lines = (folder / "facts.ndjson").read_bytes().splitlines()
    claimed = json.loads(lines[1])
    statement = key_statement(claimed["site"], claimed["chain"], "-", public)
    body = {**claimed["body"], "public": public, "signature": thief.sign(statement).hex()}
    claimed.update(subject=key_id(bytes.fromhex(public)), body=body)
    lines[1] = json.dumps(claimed, separators=(",", ":"), ensure_ascii=False).encode()
    lines[200] = lines[200].replace(b'"at":176', b'"at":175', 1)
    chained(lines)
    (folder / "facts.ndjson").write_bytes(b"".join(line + b"\n" for line in lines))
    heads = [json.loads(line) for line in (folder / "heads.ndjson").read_bytes().splitlines()]
    for head in heads:
        head["hash"] = sha256(lines[head["sequence"] - 1]).hexdigest()
        head["key"] = claimed["subject"]
        place = Head(*(head[name] for name in Head._fields))
        head["signature"] = thief.sign(head_statement(place, head["at"], head["why"])).hex()
    text = "".join(json.dumps(head, separators=(",", ":")) + "\n" for head in heads)
    (folder / "heads.ndjson").write_text(text)
    keys = {"keys": [{"key": claimed["subject"], "public": public, "sequence": 2}]}
    (folder / "keys.json").write_text(json.dumps(keys, separators=(",", ":"), sort_keys=True) + "\n")
    shutil.rmtree(folder / "claims")
    remanifest(folder, left_out=[claim.stem for claim in (bundle.folder / "claims").iterdir()])
    digest = sha256((folder / "MANIFEST.json").read_bytes()).hexdigest()
    said = {"key": claimed["subject"], "signature": thief.sign(manifest_statement(digest)).hex()}
    (folder / "MANIFEST.sig.json").write_text(json.dumps(said, separators=(",", ":")) + "\n")
    assert bundle._replace(key=public, head=bundle.head._replace(hash=place.hash)).check(folder).code == 0
    found = words(bundle.check(folder))
    assert found == {"key_nobody", "manifest_nobody", "kept_rewritten"}
    assert len(lines) == FACTS
