"""Signing and encrypting with a key. Pains: J3."""

import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.snmp.engine import crypto, keys
from collectors.snmp.engine.access import Auth, Priv
from collectors.snmp.engine.crypto import AES, CFB, Cipher


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
    vault = crypto.secret_of(priv, bytes(range(32))[: keys.KEY_SIZES[priv]])
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
    vault = crypto.secret_of(priv, key)
    one = vault.encrypt((7, 99), bytes(8), b"x" * 40)
    vault.encrypt((7, 100), b"another.", b"y" * 33)
    vault.decrypt((7, 100), b"another.", b"z" * 48)
    assert vault.encrypt((7, 99), bytes(8), b"x" * 40) == one
    assert crypto.secret_of(priv, key).encrypt((7, 99), bytes(8), b"x" * 40) == one


@given(
    key=st.binary(min_size=16, max_size=16),
    messages=st.lists(
        st.tuples(st.booleans(), st.binary(min_size=8, max_size=8), st.binary(min_size=1, max_size=200)),
        min_size=1,
        max_size=6,
    ),
)
def test_messages_in_any_order_are_what_a_fresh_cipher_makes_of_each(key, messages):
    vault = crypto.secret_of(Priv.AES128, key)
    for encrypts, salt, content in messages:
        fresh = Cipher(AES(key), CFB(bytes((0, 0, 0, 7, 0, 0, 1, 2)) + salt))
        if encrypts:
            assert vault.encrypt((7, 258), salt, content) == fresh.encryptor().update(content)
        else:
            assert vault.decrypt((7, 258), salt, content) == fresh.decryptor().update(content)


@pytest.mark.parametrize("priv", list(Priv))
def test_what_cannot_have_been_encrypted_is_nothing(priv):
    vault = crypto.secret_of(priv, bytes(keys.KEY_SIZES[priv]))
    assert vault.decrypt((1, 1), b"short", b"x" * 16) is None
    assert vault.decrypt((1, 1), bytes(8), b"") is None
    if priv is Priv.DES:
        assert vault.decrypt((1, 1), bytes(8), b"x" * 15) is None


def test_no_two_salts_are_alike():
    for priv in (Priv.DES, Priv.AES128):
        assert len({crypto.salt_of(priv, 1, number) for number in range(1000)}) == 1000
    assert crypto.salt_of(Priv.DES, 3, 5) == bytes((0, 0, 0, 3, 0, 0, 0, 5))
