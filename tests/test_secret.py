"""References to secrets. Pains: J1, J2."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from dcim.secret import MAX_BYTES, SecretRef, Source, Unresolved, resolve


class Holder(BaseModel):
    key: SecretRef


@pytest.mark.parametrize(
    "text", ["env:UPS_KEY", "file:/etc/dcim/key", "credential:ups-auth", "credential:a.b@c"]
)
def test_a_reference_is_kept_as_written(text: str) -> None:
    ref = SecretRef.parse(text)
    assert str(ref) == text
    assert SecretRef.parse(ref) is ref
    assert Holder.model_validate({"key": text}).model_dump() == {"key": text}


@pytest.mark.parametrize(
    "text",
    [
        "public", "", "hunter2", 42, None, ["env:A"], "ENV:A", "env:", "env:A B", "env:1A", "file:", "file:relative",
        "file:/a\0b", "credential:", "credential:../x", "credential:.x", "credential:a/b", "http://x", "vault:x",
    ],
)  # fmt: skip
def test_anything_else_is_refused_and_not_shown(text: object) -> None:
    with pytest.raises(ValueError, match=r"^(secrets only by reference|env:|file:|credential:)") as caught:
        SecretRef.parse(text)
    assert "hunter2" not in str(caught.value)


def ref(text: str) -> SecretRef:
    return SecretRef.parse(text)


def test_a_secret_comes_from_the_environment() -> None:
    assert resolve(ref("env:K"), {"K": "s3cret"}) == "s3cret"


@pytest.mark.parametrize(
    ("content", "secret"),
    [(b"s3cret", "s3cret"), (b"s3cret\n", "s3cret"), (b"s3cret\r\n", "s3cret"), (b" s3 cret \n", " s3 cret "), ("clé".encode(), "clé")],
)  # fmt: skip
def test_a_secret_comes_from_a_file_without_its_line_end(tmp_path: Path, content: bytes, secret: str) -> None:
    (tmp_path / "k").write_bytes(content)
    assert resolve(ref(f"file:{tmp_path}/k"), {}) == secret
    assert resolve(ref("credential:k"), {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == secret


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n", b"\xff\xfe", b"s3cret" * MAX_BYTES])
def test_an_empty_or_unreadable_file_is_no_secret(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "k").write_bytes(content)
    with pytest.raises(Unresolved, match=r"^file:.*(is empty|not UTF-8|larger than 64 KiB)$") as caught:
        resolve(ref(f"file:{tmp_path}/k"), {})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("\ufeffs3cret\n", "begins with a byte order mark: save it as UTF-8 without one"),
        ("\ufeff", "begins with a byte order mark: save it as UTF-8 without one"),
        ("s3cret\nother\n", "has more than one line"),
        ("s3cret\n\n", "has more than one line"),
        ("\ns3cret", "has more than one line"),
        ("s3cret\rother", "has more than one line"),
        ("s3cret\u2028other", "has more than one line"),
        (" \t \n", "is blank"),
        ("\n\n", "is blank"),
    ],
)
def test_what_no_device_would_take_as_a_key_is_refused_unshown(
    tmp_path: Path, content: str, why: str
) -> None:
    (tmp_path / "k").write_bytes(content.encode())
    for reference, environ in ((f"file:{tmp_path}/k", {}), ("env:K", {"K": content})):
        with pytest.raises(Unresolved, match=f"^{reference} {why}$") as caught:
            resolve(ref(reference), environ)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("pasted", ["hunter2", "Xs9fKe7dq", "public"])
def test_a_secret_pasted_behind_env_is_not_shown(pasted: str) -> None:
    with pytest.raises(
        Unresolved, match="no such variable in the environment; its name is not shown"
    ) as caught:
        resolve(ref(f"env:{pasted}"), {})
    assert pasted not in str(caught.value)
    assert resolve(ref(f"env:{pasted}"), {pasted: "k"}) == "k"


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path, what in (
        (tmp_path / "fifo", "something else"),
        (tmp_path, "a folder"),
        (Path("/dev/zero"), "something else"),
    ):
        with pytest.raises(Unresolved, match=f"{what}, not a regular file"):
            resolve(ref(f"file:{path}"), {})


@pytest.mark.parametrize(
    ("text", "environ", "why"),
    [
        ("env:K", {}, "env:K: no such variable in the environment"),
        ("env:K", {"K": ""}, "env:K is empty"),
        ("file:/nonexistent/k", {}, "file:/nonexistent/k: cannot be read: No such file or directory"),
        ("credential:k", {}, r"credential:k: \$CREDENTIALS_DIRECTORY is not set"),
        ("credential:k", {"CREDENTIALS_DIRECTORY": "/nonexistent"}, "credential:k: cannot be read"),
        ("credential:k", {"CREDENTIALS_DIRECTORY": "a\0b"}, "credential:k: cannot be read: not a path"),
    ],
)
def test_an_unresolved_reference_says_why(text: str, environ: dict[str, str], why: str) -> None:
    with pytest.raises(Unresolved, match=why):
        resolve(ref(text), environ)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_only_the_three_sources_are_references(text: str) -> None:
    try:
        parsed = SecretRef.parse(text)
    except ValueError:
        return
    assert parsed.source in set(Source)
    assert str(parsed) == text
