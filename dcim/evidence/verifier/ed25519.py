"""Ed25519 (RFC 8032): whether a public key made a signature. Only verifying, so nothing here is secret."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import List, Optional, Tuple

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
WINDOWS = 64  # of four bits: every scalar here is below 2**256

Point = Tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T: x = X/Z, y = Y/Z, xy = T/Z."""

Term = Tuple[int, int, int, int]
"""A point made ready to be added many times: Y - X, Y + X, 2 T D, 2 Z."""

Table = List[List[Term]]
NEUTRAL = (0, 1, 1, 0)


def term(point: Point) -> Term:
    """Return a point made ready to be added."""
    x, y, z, t = point
    return y - x, y + x, 2 * t * D % P, 2 * z


def plus(a: Point, b: Term) -> Point:
    """Return the sum of two points."""
    x, y, z, t = a
    m = (y - x) * b[0] % P
    n = (y + x) * b[1] % P
    c = t * b[2] % P
    d = z * b[3] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def decoded(data: bytes) -> Optional[Point]:
    """Return the point that 32 bytes stand for, None for no point of the curve."""
    if len(data) != 32:
        return None
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def encoded(point: Point) -> bytes:
    """Return the 32 bytes that stand for a point."""
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def table_of(point: Point) -> Table:
    """Return the multiples of a point by every digit of 16 at every place: a product is 64 sums then."""
    table = []
    for _ in range(WINDOWS):
        one, total, row = term(point), point, [term(NEUTRAL)]
        for _ in range(15):
            row.append(term(total))
            total = plus(total, one)
        table.append(row)
        point = total
    return table


def times(table: Table, scalar: int) -> Point:
    """Return a scalar times the point of a table."""
    total: Point = NEUTRAL
    for row in table:
        if scalar & 15:
            total = plus(total, row[scalar & 15])
        scalar >>= 4
    return total


@lru_cache(maxsize=16)
def key_table(public: bytes) -> Optional[Table]:
    """Return the table of the negative of a key, None for bytes that are no key."""
    point = decoded(public)
    if point is None:
        return None
    x, y, z, t = point
    return table_of((P - x, y, z, P - t))


@lru_cache(maxsize=1)
def base_table() -> Table:
    """Return the table of the base point."""
    return table_of(decoded((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or NEUTRAL)


class Ed25519:
    """Checks signatures; the tables of a key are made once."""

    def check(self, public: bytes, statement: bytes, signature: bytes) -> bool:
        """Whether the key made the signature of the statement."""
        if len(signature) != 64:
            return False
        scalar = int.from_bytes(signature[32:], "little")
        table = key_table(public)
        if scalar >= ORDER or table is None:
            return False
        digest = hashlib.sha512(signature[:32] + public + statement).digest()
        factor = int.from_bytes(digest, "little") % ORDER
        return encoded(plus(times(base_table(), scalar), term(times(table, factor)))) == signature[:32]
