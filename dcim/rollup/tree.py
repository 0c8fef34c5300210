"""A Merkle tree as RFC 6962 builds it: one root for many leaves, a short proof for each. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeAlias

Digest: TypeAlias = bytes


def leaf(section: bytes) -> Digest:
    """Return the hash of a leaf."""
    return sha256(b"\0" + section).digest()


def _node(left: Digest, right: Digest) -> Digest:
    return sha256(b"\1" + left + right).digest()


def _split(count: int) -> int:
    """Return the largest power of two smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def root(leaves: Sequence[Digest]) -> Digest:
    """Return the root of one or more hashed leaves."""
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return _node(root(leaves[:middle]), root(leaves[middle:]))


def proof(leaves: Sequence[Digest], index: int) -> list[Digest]:
    """Return the hashes that lead from a leaf to the root, the nearest to the leaf first."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if index < middle:
        return [*proof(leaves[:middle], index), root(leaves[middle:])]
    return [*proof(leaves[middle:], index - middle), root(leaves[:middle])]


def root_of(section: bytes, index: int, of: int, path: Sequence[Digest]) -> Digest:
    """Return the root to which a proof leads. Raise ValueError when the proof has the wrong length."""
    node, at, last = leaf(section), index, of - 1
    for other in path:
        if not last:
            msg = "the proof is too long"
            raise ValueError(msg)
        if at % 2 or at == last:
            node = _node(other, node)
            while at and at % 2 == 0:
                at, last = at // 2, last // 2
        else:
            node = _node(node, other)
        at, last = at // 2, last // 2
    if last:
        msg = "the proof is too short"
        raise ValueError(msg)
    return node
