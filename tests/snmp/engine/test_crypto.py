"""Signing and encrypting with a key. Pains: J3."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.engine import crypto, keys
from collectors.snmp.engine.access import Auth, Priv


@pytest.mark.parametrize("auth", list(Auth))
@given(key=st.binary(max_size=200), messages=st.lists(st.binary(max_size=1500), min_size=2, max_size=3))
def test_a_signature_is_the_truncated_hmac_however_often_the_key_was_used(auth, key, messages):
    signer = crypto.Signer(auth, key)
    for message in messages:
        signature = signer.sign(message)
        assert len(signature) == signer.size == crypto.MAC_SIZES[auth]
        assert hmac.digest(key, message, auth.value).startswith(signature)


@pytest.mark.parametrize("priv", list(Priv))
@pytest.mark.parametrize("size", [1, 8, 17, 1400])
def test_what_was_encrypted_is_decrypted(priv, size):
    vault = crypto.Secret(priv, bytes(range(32))[: keys.KEY_SIZES[priv]])
    salt = crypto.salt_of(priv, 7, 0x1122334455667788)
    secret = vault.encrypt((7, 99), salt, b"x" * size)
    assert len(secret) >= size
    assert secret[:size] != b"x" * size
    plain = vault.decrypt((7, 99), salt, secret)
    assert plain is not None
    assert plain[:size] == b"x" * size


@pytest.mark.parametrize("priv", list(Priv))
def test_no_message_depends_on_the_one_before_it(priv):
    key = bytes(range(32))[: keys.KEY_SIZES[priv]]
    vault = crypto.Secret(priv, key)
    one = vault.encrypt((7, 99), bytes(8), b"x" * 40)
    vault.encrypt((7, 100), b"another.", b"y" * 33)
    vault.decrypt((7, 100), b"another.", b"z" * 48)
    assert vault.encrypt((7, 99), bytes(8), b"x" * 40) == one
    assert crypto.Secret(priv, key).encrypt((7, 99), bytes(8), b"x" * 40) == one


@pytest.mark.parametrize("priv", list(Priv))
def test_what_cannot_have_been_encrypted_is_nothing(priv):
    vault = crypto.Secret(priv, bytes(keys.KEY_SIZES[priv]))
    assert vault.decrypt((1, 1), b"short", b"x" * 16) is None
    assert vault.decrypt((1, 1), bytes(8), b"") is None
    if priv is Priv.DES:
        assert vault.decrypt((1, 1), bytes(8), b"x" * 15) is None


def test_no_two_salts_are_alike():
    for priv in (Priv.DES, Priv.AES128):
        assert len({crypto.salt_of(priv, 1, number) for number in range(1000)}) == 1000
    assert crypto.salt_of(Priv.DES, 3, 5) == bytes((0, 0, 0, 3, 0, 0, 0, 5))
