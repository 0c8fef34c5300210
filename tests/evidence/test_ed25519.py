"""The verifier's own Ed25519 against RFC 8032 and against the library that signs."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.evidence.keyfile import check
from dcim.evidence.verifier.ed25519 import ORDER, Ed25519, P

VECTORS = [  # RFC 8032, 7.1: tests 1, 2, 3
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip
ENGINE = Ed25519()


@pytest.mark.parametrize(("key", "said", "signature"), VECTORS)
def test_the_vectors_of_the_standard(key, said, signature):
    public, statement, made = map(bytes.fromhex, (key, said, signature))
    assert ENGINE.check(public, statement, made)
    assert not ENGINE.check(public, statement + b"\0", made)
    scalar = int.from_bytes(made[32:], "little") + ORDER
    assert not ENGINE.check(public, statement, made[:32] + scalar.to_bytes(32, "little"))  # the same, twice
    assert not ENGINE.check(public, statement, made[:-1])
    assert not ENGINE.check((P + 1).to_bytes(32, "little"), statement, made)
    assert not ENGINE.check(b"\x02" + bytes(31), statement, made)


PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key().public_bytes_raw()


@settings(max_examples=25, deadline=None)
@given(said=st.binary(max_size=200), at=st.integers(0, 511))
def test_both_implementations_say_the_same_of_what_is_right_and_of_any_bit_that_is_not(said, at):
    made = bytearray(PRIVATE.sign(said))
    assert ENGINE.check(PUBLIC, said, bytes(made))
    made[at // 8] ^= 1 << at % 8
    assert not ENGINE.check(PUBLIC, said, bytes(made))
    assert not check(PUBLIC.hex(), said, bytes(made).hex())
