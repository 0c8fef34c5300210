"""Keys: the vectors of RFC 3414, and pysnmp for the rest. Pains: J3."""

import pytest
from pysnmp.entity import config
from pysnmp.proto.rfc1902 import OctetString

from collectors.snmp.engine import keys
from collectors.snmp.engine.access import Auth, Priv, User

ENGINE = bytes.fromhex("000000000000000000000002")
PASSWORD = b"maplesyrup"

SERVICES = {
    Auth.MD5: config.USM_AUTH_HMAC96_MD5,
    Auth.SHA1: config.USM_AUTH_HMAC96_SHA,
    Auth.SHA224: config.USM_AUTH_HMAC128_SHA224,
    Auth.SHA256: config.USM_AUTH_HMAC192_SHA256,
    Auth.SHA384: config.USM_AUTH_HMAC256_SHA384,
    Auth.SHA512: config.USM_AUTH_HMAC384_SHA512,
}
CIPHERS = {
    Priv.DES: config.USM_PRIV_CBC56_DES,
    Priv.AES128: config.USM_PRIV_CFB128_AES,
    Priv.AES192: config.USM_PRIV_CFB192_AES,
    Priv.AES256: config.USM_PRIV_CFB256_AES,
    Priv.AES192_BLUMENTHAL: config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    Priv.AES256_BLUMENTHAL: config.USM_PRIV_CFB256_AES_BLUMENTHAL,
}


@pytest.mark.parametrize(
    ("auth", "master", "local"),
    [
        (Auth.MD5, "9faf3283884e92834ebc9847d8edd963", "526f5eed9fcce26f8964c2930787d82b"),
        (Auth.SHA1, "9fb5cc0381497b3793528939ff788d5d79145211", "6695febc9288e36282235fc7151f128497b38f3f"),
    ],
)
def test_the_vectors_of_rfc_3414_a_3(auth, master, local):
    key = keys.master_key(auth, PASSWORD)
    assert key.hex() == master
    assert keys.localise(auth, key, ENGINE).hex() == local


@pytest.mark.parametrize("auth", list(Auth))
def test_every_hash_gives_the_keys_that_pysnmp_computes(auth):
    service = config.AUTH_SERVICES[SERVICES[auth]]
    master = keys.master_key(auth, PASSWORD)
    assert master == bytes(service.hash_passphrase(PASSWORD))
    assert keys.localise(auth, master, ENGINE) == bytes(
        service.localize_key(OctetString(master), OctetString(ENGINE))
    )


@pytest.mark.parametrize("priv", list(Priv))
@pytest.mark.parametrize("auth", [Auth.MD5, Auth.SHA1, Auth.SHA512])
def test_every_cipher_gets_the_key_that_pysnmp_computes(auth, priv):
    service = config.PRIV_SERVICES[CIPHERS[priv]]
    master = keys.master_key(auth, PASSWORD)
    wanted = bytes(service.localize_key(SERVICES[auth], OctetString(master), OctetString(ENGINE)))
    extended = keys.extend(auth, priv, keys.localise(auth, master, ENGINE), ENGINE)
    assert extended[: keys.KEY_SIZES[priv]] == wanted[: keys.KEY_SIZES[priv]]
    assert len(extended) == keys.KEY_SIZES[priv]


def test_a_password_is_hashed_once_for_all_devices():
    cache = keys.KeyCache()
    user = User("u", Auth.SHA256, "authpassword", Priv.AES128, "privpassword")
    one, other = cache.pair(user, b"one-engine"), cache.pair(user, b"other-engine")
    assert one != other
    assert len(cache._masters) == 2


def test_a_user_without_secrets_has_no_keys():
    cache = keys.KeyCache()
    assert cache.pair(User("u"), ENGINE) == (b"", b"")
    assert cache.pair(User("u", Auth.MD5, "maplesyrup"), ENGINE) == (
        bytes.fromhex("526f5eed9fcce26f8964c2930787d82b"),
        b"",
    )


def test_an_empty_password_is_a_value_error():
    with pytest.raises(ValueError, match="without a character"):
        keys.master_key(Auth.SHA1, b"")


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"auth": Auth.SHA1}, "a key is missing"),
        ({"auth": Auth.SHA1, "auth_key": "x" * 8, "priv": Priv.DES}, "a key is missing"),
        ({"priv": Priv.DES, "priv_key": "x" * 8}, "no encryption without authentication"),
    ],
)
def test_a_user_that_no_message_can_be_made_for_is_refused(fields, why):
    with pytest.raises(ValueError, match=why):
        User("u", **fields)


def test_secrets_are_never_printed():
    assert "s3cret" not in repr(User("u", Auth.SHA1, "s3cret-s3cret", Priv.DES, "s3cret-s3cret"))
