"""Secrets by reference: a file says where a secret stands, never what it is.

env:NAME           a variable of the environment
file:/path         a file
credential:NAME    a file in systemd's $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=)

A secret is one line of text. What an editor or a copy added to it would make a key that no device takes.
"""

from __future__ import annotations

import re
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dcim.model import DcimError

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler
    from pydantic_core import CoreSchema

MAX_BYTES: Final = 64 * 1024
_LEAST: Final = 4
_DIRECTORY: Final = "CREDENTIALS_DIRECTORY"
_BOM: Final = "\ufeff"
_USUAL: Final = re.compile(r"[A-Z_][A-Z0-9_]*")
"""How variables are called; what looks otherwise may be a secret that somebody pasted behind ``env:``."""

_HOW: Final = "secrets only by reference: env:NAME, file:/path or credential:NAME"


class Source(StrEnum):
    """Where a secret is kept."""

    ENV = "env"
    FILE = "file"
    CREDENTIAL = "credential"


_NAMES: Final[dict[Source, tuple[re.Pattern[str], str]]] = {
    Source.ENV: (re.compile(r"[A-Za-z_][A-Za-z0-9_]*"), "env: takes the name of a variable"),
    Source.FILE: (
        re.compile(r"/[^\0]+"),
        "file: takes a path from the root, such as file:/etc/dcim/secrets/community",
    ),
    Source.CREDENTIAL: (re.compile(r"(?!\.)[A-Za-z0-9_.@-]+"), "credential: takes the name of a credential"),
}


class Unresolved(DcimError):
    """A reference leads to no secret. The text says why and never shows a secret."""


@dataclass(frozen=True, slots=True)
class SecretRef:
    """Where a secret stands. In a file it is text like ``env:UPS_KEY``; a bare secret is refused unshown."""

    source: Source
    name: str

    def __str__(self) -> str:
        """Read as it was written."""
        return f"{self.source}:{self.name}"

    @classmethod
    def parse(cls, text: object) -> SecretRef:
        """Read a reference; raise ValueError, without the text in it, for anything else."""
        if isinstance(text, cls):
            return text
        scheme, colon, name = text.partition(":") if isinstance(text, str) else ("", "", "")
        if not colon or scheme not in set(Source):
            raise ValueError(_HOW)
        form, expected = _NAMES[Source(scheme)]
        if not form.fullmatch(name):
            raise ValueError(expected)
        return cls(Source(scheme), name)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let a pydantic model hold a reference."""
        from pydantic_core import core_schema  # who resolves a secret reads no configuration

        del source, handler
        return core_schema.no_info_plain_validator_function(
            cls.parse, serialization=core_schema.plain_serializer_function_ser_schema(str)
        )


def resolve(ref: SecretRef, environ: Mapping[str, str]) -> str:
    """Return the secret without one line end after it.

    Raise Unresolved if it is missing, unreadable or blank, has several lines or a byte order mark in front.
    """
    secret = _from_environ(ref, environ) if ref.source is Source.ENV else _from_file(ref, _path(ref, environ))
    secret = secret.removesuffix("\n").removesuffix("\r")
    if why := _unusable(secret):
        msg = f"{ref} {why}"
        raise Unresolved(msg)
    return secret


def _unusable(secret: str) -> str:
    """Say why a text cannot be meant as a secret, or nothing."""
    if not secret:
        return "is empty"
    if secret.startswith(_BOM):
        return "begins with a byte order mark: save it as UTF-8 without one"
    if not secret.strip():
        return "is blank"
    return "has more than one line" if secret.splitlines() != [secret] else ""


def _from_environ(ref: SecretRef, environ: Mapping[str, str]) -> str:
    if ref.name not in environ:
        msg = "env: no such variable in the environment; its name is not shown, it may be the secret itself"
        if _USUAL.fullmatch(ref.name):
            msg = f"{ref}: no such variable in the environment"
        raise Unresolved(msg)
    return environ[ref.name]


def _path(ref: SecretRef, environ: Mapping[str, str]) -> Path:
    if ref.source is Source.FILE:
        return Path(ref.name)
    if not environ.get(_DIRECTORY):
        msg = f"{ref}: ${_DIRECTORY} is not set; start under systemd with LoadCredential={ref.name}:..."
        raise Unresolved(msg)
    return Path(environ[_DIRECTORY]) / ref.name


def _from_file(ref: SecretRef, path: Path) -> str:
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            msg = f"{ref}: {'a folder' if stat.S_ISDIR(mode) else 'something else'}, not a regular file"
            raise Unresolved(msg)
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "not a path"
        msg = f"{ref}: cannot be read: {reason}"
        raise Unresolved(msg) from exc
    if len(raw) > MAX_BYTES:
        msg = f"{ref}: larger than {MAX_BYTES // 1024} KiB"
        raise Unresolved(msg)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        msg = f"{ref}: not UTF-8"
        raise Unresolved(msg) from None


class Hidden:
    """Takes secrets out of texts that people see; those of fewer than four characters stand everywhere."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted({one for one in secrets if len(one) >= _LEAST}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        """Return the text without any of them."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text
