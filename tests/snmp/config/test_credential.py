"""SNMP credentials in a config file. Pains: J3."""

import pytest
from pydantic import ValidationError

from collectors.snmp.config.credential import SnmpCredential, access
from collectors.snmp.engine.access import Auth, Community, Priv, User, Version
from dcim.collect import Credential

V3 = {
    "user": "dcim",
    "auth": "sha256",
    "auth_key": "credential:ups-auth",
    "priv": "aes128",
    "priv_key": "env:UPS_PRIV",
}


def test_version_3_is_the_default():
    read = SnmpCredential.model_validate(V3)
    assert (read.version, read.auth, read.priv) == ("3", Auth.SHA256, Priv.AES128)


@pytest.mark.parametrize("version", [1, "1", "2c"])
def test_a_community_may_be_written_with_or_without_quotes(version):
    read = SnmpCredential.model_validate({"version": version, "community": "file:/etc/dcim/community"})
    assert read.version == str(version)


@pytest.mark.parametrize(
    ("version", "found"),
    [(9, "'9'"), ("9", "'9'"), ("v3", "'v3'"), (2.0, "'2.0'"), ("hunter2", ""), (7777, ""), (["9"], "")],
)
def test_a_wrong_version_is_named_unless_it_may_be_a_secret(version, found):
    with pytest.raises(ValidationError) as wrong:
        SnmpCredential.model_validate({"version": version, "community": "env:X"})
    (error,) = wrong.value.errors()
    said = str(error["ctx"]["error"]) if error["type"] == "value_error" else ""
    assert said == (f"expected one of 1, 2c, 3, found {found}" if found else "")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, "version 3 needs 'user'"),
        ({"version": "2c"}, "version 2c needs 'community'"),
        ({"version": "2c", "community": "env:X", "user": "u"}, "knows no user"),
        ({**V3, "community": "env:X"}, "version 3 has no community"),
        ({"user": "u", "auth": "md5"}, "'auth' and 'auth_key' go together"),
        (
            {"user": "u", "auth": "md5", "auth_key": "env:X", "priv": "des"},
            "'priv' and 'priv_key' go together",
        ),
        ({"user": "u", "priv": "des", "priv_key": "env:X"}, "'priv' needs 'auth' too"),
        ({**V3, "version": True}, "version"),
        ({**V3, "auth": "sha3"}, "sha3"),
        ({**V3, "pivot": 1}, "pivot"),
    ],
)
def test_fields_that_do_not_fit_together_are_told(fields, why):
    with pytest.raises(ValidationError, match=why):
        SnmpCredential.model_validate(fields)


def resolved(**fields):
    return Credential("ups", "snmp", fields)


def test_a_resolved_credential_becomes_access():
    assert access(resolved(version="1", community="c")) == Community("c", Version.V1)
    assert access(resolved(version="2c", community="c")) == Community("c", Version.V2C)
    assert access(resolved(user="u")) == User("u")
    keys = {**V3, "auth_key": "long-enough", "priv_key": "also-long-enough", "context": "rack"}
    assert access(resolved(**keys)) == User(
        "dcim", Auth.SHA256, "long-enough", Priv.AES128, "also-long-enough", "rack"
    )


@pytest.mark.parametrize("key", ["auth_key", "priv_key"])
def test_a_short_key_is_refused_without_showing_it(key):
    fields = {**V3, "auth_key": "long-enough", "priv_key": "long-enough", key: "tooshrt"}
    with pytest.raises(ValueError, match=f"{key} is shorter than 8") as caught:
        access(resolved(**fields))
    assert "tooshrt" not in str(caught.value)
