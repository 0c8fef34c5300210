"""What an auditor kept is taken back as it was printed, mailed or copied from a page. Pains: K1, K2."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dcim.cli.auditing.ledger import ledger
from dcim.evidence.verifier.keys import given_keys
from dcim.evidence.verifier.main import main
from dcim.ledger import Head

from .conftest import Bundle


def run(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(ledger, [str(argument) for argument in arguments])
    return done.exit_code, done.output


def test_the_output_of_key_show_is_the_key_that_verify_takes(bundle: Bundle, tmp_path: Path) -> None:
    """The commands of docs/ledger.md, one after the other."""
    code, printed = run("key", "show", "--state", bundle.state)
    assert (code, printed.split()[1]) == (0, "key")
    kept = tmp_path / "cas1.pub"
    kept.write_text(printed)
    said: list[str] = []
    for key in (str(kept), printed, bundle.key):
        assert main([str(bundle.folder), "--key", key], said.append) == 0
    _, told = run("verify", "--state", bundle.state, "--key", kept)
    assert "signed heads" in told
    assert "no kept head or key" not in told


def test_the_id_of_a_key_as_an_export_prints_it_vouches_as_the_key_does(bundle: Bundle) -> None:
    name = sha256(bytes.fromhex(bundle.key)).hexdigest()
    other = sha256(bytes.fromhex("ab" * 32)).hexdigest()
    assert main([str(bundle.folder), "--key", name], lambda _: None) == 0
    assert main([str(bundle.folder), "--key", other], lambda _: None) == 1
    _, told = run("verify", "--state", bundle.state, "--key", name)
    assert "nobody vouched" not in told
    assert "no kept head or key" not in told
    code, told = run("verify", "--state", bundle.state, "--key", other)
    assert code == 1
    assert "nobody vouched" in told


def test_keys_of_several_lines_are_all_taken_and_a_line_changed_by_hand_is_refused(bundle: Bundle) -> None:
    _, printed = run("key", "show", "--state", bundle.state)
    other = "ab" * 32
    assert given_keys(f"{printed}{other}\n", lambda _: b"") == [bundle.key, other]
    changed = printed.replace(bundle.key, other)
    with pytest.raises(ValueError, match="key id"):
        given_keys(changed, lambda _: b"")
    assert main([str(bundle.folder), "--key", changed], lambda _: None) == 64


def test_a_head_copied_from_a_page_is_the_head(bundle: Bundle) -> None:
    head = str(bundle.head)
    front, digest = head[:-64], head[-64:]
    copied = f"{front}\n{digest[:40]}\u200b{digest[40:50]}\n{digest[50:]}\n"
    assert main([str(bundle.folder), "--head", copied], lambda _: None) == 0
    assert Head.parse(copied) == bundle.head
    assert main([str(bundle.folder), "--head", f"{head}0"], lambda _: None) == 64
