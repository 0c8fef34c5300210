"""The fields of an SNMP credential in a config file, and how they become ``Access``."""

from __future__ import annotations

from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from collectors.snmp.engine.access import Access, Auth, Community, Priv, User, Version
from dcim.collect import Credential
from dcim.secret import SecretRef

_MIN_KEY = 8  # RFC 3414 11.2
_VERSIONS: Final = ("1", "2c", "3")
_SHOWN: Final = 3
"""Characters of a wrong version that are shown: ``9`` or ``v2c``. What is longer may be a secret."""


class SnmpCredential(BaseModel):
    """One named credential beside ``protocol: snmp``. Version 3 with auth and priv is what to use (J3)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: Literal["1", "2c", "3"] = "3"
    community: SecretRef | None = None
    user: str | None = None
    auth: Auth | None = None
    auth_key: SecretRef | None = None
    priv: Priv | None = None
    priv_key: SecretRef | None = None
    context: str = ""

    @field_validator("version", mode="before")
    @classmethod
    def _number_as_text(cls, version: object) -> object:
        if isinstance(version, bool) or not isinstance(version, int | float | str):
            return version
        text = str(version)
        if text not in _VERSIONS and len(text) <= _SHOWN:
            msg = f"expected one of {', '.join(_VERSIONS)}, found {text!r}"
            raise ValueError(msg)
        return text

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        problem = self._v3_problem() if self.version == "3" else self._community_problem()
        if problem:
            raise ValueError(problem)
        return self

    def _community_problem(self) -> str | None:
        if self.community is None:
            return f"version {self.version} needs 'community'"
        if self.user or self.auth or self.auth_key or self.priv or self.priv_key or self.context:
            return f"version {self.version} knows no user, keys or context; expected 'community' alone"
        return None

    def _v3_problem(self) -> str | None:
        if not self.user:
            return "version 3 needs 'user'"
        if self.community is not None:
            return "version 3 has no community; expected 'user', 'auth', 'auth_key', 'priv', 'priv_key'"
        if (self.auth is None) != (self.auth_key is None):
            return "'auth' and 'auth_key' go together"
        if (self.priv is None) != (self.priv_key is None):
            return "'priv' and 'priv_key' go together"
        if self.priv is not None and self.auth is None:
            return "'priv' needs 'auth' too: SNMP has no encryption without authentication"
        return None


def access(credential: Credential) -> Access:
    """Return how to ask with a resolved credential. ValueError if a key is too short."""
    fields: dict[str, Any] = dict(credential.fields)
    version = str(fields.get("version", "3"))
    if version != "3":
        return Community(str(fields["community"]), Version.V1 if version == "1" else Version.V2C)
    for name in ("auth_key", "priv_key"):
        if fields.get(name) is not None and len(str(fields[name])) < _MIN_KEY:
            msg = f"credential {credential.name}: {name} is shorter than {_MIN_KEY} characters"
            raise ValueError(msg)
    return User(
        name=str(fields["user"]),
        auth=Auth(fields["auth"]) if fields.get("auth") else None,
        auth_key=str(fields.get("auth_key") or ""),
        priv=Priv(fields["priv"]) if fields.get("priv") else None,
        priv_key=str(fields.get("priv_key") or ""),
        context=str(fields.get("context") or ""),
    )
