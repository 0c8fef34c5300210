"""Secrets are resolved on request, all at once, and never shown. Pains: J1, J2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dcim.model import ConfigError
from dcim.settings import DatabaseShape, Secrets, resolve_secrets

TEXT = """\
format: 1
site: { id: cas1 }
credentials:
  public: { protocol: snmp, version: "2c", community: env:COMMUNITY }
  gate: { protocol: modbus, token: env:TOKEN, inner: { token: env:TOKEN }, more: [env:TOKEN], by: { x: env:TOKEN } }
  v3: { protocol: snmp, user: noc, auth_key: credential:key }
notify:
  channels:
    - name: hook
      type: webhook
      url: file:%s/url
      headers: { X-Token: env:TOKEN }
      more: [env:TOKEN]
      inner: { token: env:INNER }
"""
SECRETS = ("s3cret-community", "s3cret-key", "s3cret-url", "s3cret-token", "s3cret-inner")


def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "creds").mkdir()
    (tmp_path / "creds" / "key").write_text("s3cret-key\n")
    (tmp_path / "url").write_text("s3cret-url")
    return {
        "COMMUNITY": "s3cret-community",
        "TOKEN": "s3cret-token",
        "INNER": "s3cret-inner",
        "CREDENTIALS_DIRECTORY": str(tmp_path / "creds"),
    }


def test_the_database_is_a_reference_that_must_lead_somewhere(config: Any) -> None:
    read, problems = config("format: 1\nsite: {id: cas1}\ndatabase: {url: env:LEDGER}\n")
    assert problems == []
    assert isinstance(read.database.fields, DatabaseShape)
    assert (str(read.database.fields.url), read.database.fields.schema_name) == ("env:LEDGER", "dcim")
    with pytest.raises(ConfigError, match=r":3:17: database\.url: env:LEDGER: no such variable"):
        resolve_secrets(read, {})
    for wrong in ("{url: postgresql://a:b@c/d}", "{schema: dcim}", "{url: env:X, schema: Rabat}", "env:X"):
        read, problems = config(f"format: 1\nsite: {{id: cas1}}\ndatabase: {wrong}\n")
        assert read.database is None
        assert len(problems) == 1
        assert "a:b" not in str(problems[0])


def test_credentials_come_with_plain_secrets_and_channels_find_theirs(config: Any, tmp_path: Path) -> None:
    read, problems = config(TEXT % tmp_path)
    assert problems == []
    secrets = resolve_secrets(read, environ(tmp_path))
    public = secrets.credentials["public"]
    assert (public.name, public.protocol) == ("public", "snmp")
    assert public.fields == {
        "version": "2c",
        "community": "s3cret-community",
        "user": "",
        "auth": None,
        "auth_key": None,
    }
    assert secrets.credentials["v3"].fields["auth_key"] == "s3cret-key"
    assert secrets.credentials["gate"].fields == {
        "token": "s3cret-token",
        "inner": {"token": "s3cret-token"},
        "more": ("s3cret-token",),
        "by": {"x": "s3cret-token"},
    }
    hook = read.channels[0].fields
    assert secrets.values[hook.url] == "s3cret-url"
    assert secrets.values[hook.headers["X-Token"]] == "s3cret-token"
    assert secrets.values[hook.inner.token] == "s3cret-inner"


def test_every_reference_that_leads_nowhere_is_reported_with_its_place(config: Any, tmp_path: Path) -> None:
    read, _ = config(TEXT % "/nonexistent")
    with pytest.raises(ConfigError) as caught:
        resolve_secrets(read, {"TOKEN": ""})
    assert [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        "dcim.yaml:4:55: credentials.public.community: env:COMMUNITY: no such variable in the environment",
        "dcim.yaml:5:36: credentials.gate.token: env:TOKEN is empty",
        "dcim.yaml:5:54: credentials.gate.inner: env:TOKEN is empty",
        "dcim.yaml:5:82: credentials.gate.more: env:TOKEN is empty",
        "dcim.yaml:5:99: credentials.gate.by: env:TOKEN is empty",
        "dcim.yaml:6:46: credentials.v3.auth_key: credential:key: $CREDENTIALS_DIRECTORY is not set; start under systemd with LoadCredential=key:...",
        "dcim.yaml:11:12: notify.channels[0].url: file:/nonexistent/url: cannot be read: No such file or directory",
        "dcim.yaml:12:16: notify.channels[0].headers: env:TOKEN is empty",
        "dcim.yaml:13:13: notify.channels[0].more: env:TOKEN is empty",
        "dcim.yaml:14:14: notify.channels[0].inner: env:INNER: no such variable in the environment",
    ]  # fmt: skip


def test_no_secret_is_in_any_text_of_ours(config: Any, tmp_path: Path) -> None:
    read, _ = config(TEXT % tmp_path)
    secrets = resolve_secrets(read, environ(tmp_path))
    texts = [
        repr(read),
        str(read),
        repr(secrets),
        str(secrets),
        repr(secrets.credentials),
        repr(read.channels),
    ]
    assert isinstance(secrets, Secrets)
    assert not [secret for secret in SECRETS for text in texts if secret in text]


BARE = """\
format: 1
site: { id: cas1 }
credentials:
  a: { protocol: snmp, community: hunter2-a }
  b: { protocol: snmp, comunity: hunter2-b }
  c: hunter2-c
  d: { protocol: snmp, auth_key: [hunter2-d] }
  e: { protocol: snmp, auth_key: { hunter2-e: 1 } }
  f: [hunter2-f]
  g: { protocol: snmp, auth_key: "env:hunter2 g" }
  h: { protocol: snmp, auth: hunter2, version: hunter2, user: 7777 }
notify: { channels: [ { name: a, type: webhook, url: hunter2-h, headers: { X: hunter2-i }, more: hunter2-j, inner: hunter2-k } ] }
"""


def test_a_secret_written_into_the_file_is_refused_and_never_echoed(config: Any) -> None:
    read, problems = config(BARE)
    assert len(problems) >= 10
    assert not [problem for problem in problems if "hunter2" in problem.replace("{ hunter2", "")]
    assert not [problem for problem in problems if "7777" in problem]
    assert "hunter2" not in repr(read)


def test_a_hidden_value_still_gets_its_nearest_word(config: Any) -> None:
    _, problems = config(
        "format: 1\nsite: {id: a}\ncredentials: {c: {protocol: snmp, auth: sha265, user: 7}}\n"
    )
    assert problems == [
        "dcim.yaml:3:41: credentials.c.auth: expected one of md5, sha256, found text; did you mean 'sha256'?",
        "dcim.yaml:3:55: credentials.c.user: expected text, found a number",
    ]


PEOPLE = """\
format: 1
site: { id: cas1 }
notify:
  people:
    amina: { name: Amina B., token: env:AMINA }
    karim: { name: Karim K., token: env:KARIM }
"""


@pytest.mark.parametrize(
    ("karim", "said"),
    [
        (
            "k" * 19,
            "dcim.yaml:6:37: notify.people.karim.token: env:KARIM: a token of fewer than 20 characters",
        ),
        ("a" * 20, "dcim.yaml:6:37: notify.people.karim.token: env:KARIM: 'amina' has the same token"),
        (None, "dcim.yaml:6:37: notify.people.karim.token: env:KARIM: no such variable"),
    ],
)
def test_a_token_that_tells_nobody_apart_is_refused(config: Any, karim: str | None, said: str) -> None:
    read, problems = config(PEOPLE)
    assert problems == []
    environ = {"AMINA": "a" * 20, **({"KARIM": karim} if karim else {})}
    with pytest.raises(ConfigError) as wrong:
        resolve_secrets(read, environ)
    assert said in str(wrong.value)
    assert "k" * 19 not in str(wrong.value)


def test_the_tokens_of_people_are_resolved_like_any_secret(config: Any) -> None:
    read, _ = config(PEOPLE)
    secrets = resolve_secrets(read, {"AMINA": "a" * 20, "KARIM": "k" * 20})
    assert [secrets.values[part.fields.token] for part in read.people] == ["a" * 20, "k" * 20]
