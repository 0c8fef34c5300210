"""Keys and signed heads: which key signed from where on, and whether what it signed still stands."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import tempfile
from typing import Any, Callable, Iterable, Iterator, NamedTuple, Optional

from dcim.evidence.verifier.chain import Chain, Fact
from dcim.evidence.verifier.ed25519 import Ed25519
from dcim.evidence.verifier.files import Files, Unreadable
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.stamps import Heads
from dcim.evidence.verifier.strict import NotStrict, read

HEADS = "heads.ndjson"
FIELDS = ("site", "chain", "epoch", "sequence", "hash", "at", "why", "key", "signature")
NUMBERS = frozenset(("epoch", "sequence", "at"))
HEX = frozenset("0123456789abcdef")
NO_KEY = "-"
MOST_KEYS = 1000
MOST_SIGNATURES = 100  # checked when nobody asks for all: the last of each key covers the others
PREFIX = bytes.fromhex("302a300506032b6570032100")  # of an Ed25519 public key in DER (RFC 8410)


class Signed(NamedTuple):
    """A head and who signed it."""

    site: str
    chain: str
    epoch: int
    sequence: int
    hash: str
    at: int
    why: str
    key: str
    signature: str

    def statement(self) -> bytes:
        """Return the line that is signed."""
        return ("dcim-head-1 %s %s %d %d %s %d %s" % self[:7]).encode("utf-8", "replace")


def is_hex(text: Any, digits: int) -> bool:
    """Whether a value is so many hex digits in lower case."""
    return isinstance(text, str) and len(text) == digits and HEX.issuperset(text)


def key_id(public: str) -> str:
    """Return the id of a public key (hex)."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()


class OpenSsl:
    """Checks signatures by ``openssl`` instead of by our own arithmetic: some milliseconds each."""

    def check(self, public: bytes, statement: bytes, signature: bytes) -> bool:
        """Whether the key made the signature of the statement. Raises ``OSError`` where there is none."""
        with tempfile.TemporaryDirectory() as folder:
            names = [os.path.join(folder, name) for name in ("key", "said", "signature")]
            for name, data in zip(names, (PREFIX + public, statement, signature)):
                with open(name, "wb") as file:
                    file.write(data)
            asked = ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-rawin"]
            asked += ["-inkey", names[0], "-in", names[1], "-sigfile", names[2]]
            done = subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
            return done.returncode == 0


class Keys:
    """Holds the signed heads beside the chain, and the keys that signed them against each other.

    ``trusted``: keys that somebody kept, each as public key or as its id, 64 hex digits both: nobody finds a
    key whose id they are beside the one that is meant.
    """

    def __init__(
        self, files: Files, report: Report, trusted: list[str], openssl: bool, every: bool, found: Heads
    ) -> None:
        self._files = files
        self._report = report
        self._trusted = {key_id(public) for public in trusted} | set(trusted)
        self._engine = OpenSsl() if openssl else Ed25519()
        self._publics: dict[str, str] = {}
        self._places: list[dict[str, Any]] = []
        self._links: list[tuple[str, str]] = []
        self._right: dict[str, int] = {}
        self._key = NO_KEY
        self._found = found
        self._unsure: Optional[Signed] = None  # agrees with its fact, signature not looked at yet
        self._heads = self._read()
        self._next = next(self._heads, None)
        self._stride = 1 if every else 1 + self._count() // MOST_SIGNATURES
        self.kinds = frozenset(("key_created", "key_rotated"))
        self.heads = 0
        self.checked = 0
        self.first = 0

    @property
    def due(self) -> float:
        """Return the sequence of the next head that is to be held against its fact."""
        return float("inf") if self._next is None else self._next.sequence

    @property
    def given(self) -> bool:
        """Whether somebody gave a key that he kept."""
        return bool(self._trusted)

    def covered(self, kept: list[int]) -> int:
        """Return the fact up to which heads vouch: kept ones, and those signed by a key that is vouched for.

        With nothing kept no key is: then those that are right in themselves count.
        """
        reached = self.reached(kept) if self._trusted or kept else set(self._right)
        return max([*kept, *(self._right[key] for key in reached & set(self._right))], default=0)

    def check(self, public: str, statement: bytes, signature: Any) -> bool:
        """Whether a public key (hex) made a signature (hex)."""
        if not is_hex(public, 64) or not is_hex(signature, 128):
            return False
        return self._engine.check(bytes.fromhex(public), statement, bytes.fromhex(signature))

    def take(self, fact: Fact, chain: Chain) -> None:
        """Check a fact as a key, and the heads that end at it."""
        if fact.kind in self.kinds:
            self._take_key(fact, chain)
        while self._next is not None and self._next.sequence <= fact.sequence:
            self._take_head(self._next, fact, chain)
            self._next = next(self._heads, None)

    def finish(self, chain: Chain) -> None:
        """Check what only the whole shows."""
        self._settle()
        while self._next is not None:
            self.heads += 1
            self._report.add("head_cut", sequence=self._next.sequence, end=chain.top)
            self._next = next(self._heads, None)
        if self._files.document("keys.json") != {"keys": self._places}:
            self._report.add("keys_file")
        if self._trusted:
            for key in sorted(set(self._right) - self.reached()):
                self._report.add("key_nobody", sequence=self._right[key], key=key[:16])
            if not self._right:
                self._report.add("key_none")

    def reached(self, kept: Iterable[int] = ()) -> set[str]:
        """Return the keys that are vouched for: given, or signed together with one that is.

        Where none was given, a head that was kept vouches for the keys of the facts up to it.
        """
        reached = set(self._trusted)
        if not reached:
            last = max(kept, default=0)
            reached = {str(one["key"]) for one in self._places if one["sequence"] <= last}
        for pair in self._links + self._links[::-1]:
            if reached.intersection(pair):
                reached.update(pair)
        return reached

    def public(self, key: str) -> str:
        """Return the public key (hex) of an id, empty for one that no fact names."""
        return self._publics.get(key, "")

    def _count(self) -> int:
        try:
            return sum(1 for _ in self._files.lines(HEADS))
        except Unreadable:
            return 0

    def _read(self) -> Iterator[Signed]:
        """Yield the heads of the file, in order; note what is none."""
        number, before = 0, 0
        try:
            for line in self._files.lines(HEADS):
                number += 1
                try:
                    signed = signed_head(line)
                    if signed.sequence <= before:
                        raise NotStrict("order")
                except NotStrict as error:
                    self._report.add("head_unreadable", line=number, why=str(error))
                    continue
                before = signed.sequence
                yield signed
        except Unreadable as error:
            self._report.add(str(error), file=HEADS)

    def _take_key(self, fact: Fact, chain: Chain) -> None:
        said = json.loads(fact.body)
        public, before = said.get("public"), said.get("before")
        if len(self._publics) >= MOST_KEYS:
            self._report.add("key_many", most=MOST_KEYS)
            return
        if not is_hex(public, 64) or key_id(public) != fact.subject:
            self._report.add("key_fact", sequence=fact.sequence)
            return
        if before != self._key:
            self._report.add("key_follows", sequence=fact.sequence)
        line = "dcim-key-1 %s %s %s %s" % (chain.site, chain.name, before, public)
        statement = line.encode("utf-8", "replace")
        self._settle()
        if not self.check(public, statement, said.get("signature")):
            self._report.add("key_self", sequence=fact.sequence)
        if fact.kind == "key_rotated":
            if self.check(self._publics.get(str(before), ""), statement, said.get("signature_before")):
                self._links.append((str(before), fact.subject))
            else:
                self._report.add("key_before", sequence=fact.sequence)
        self._publics[fact.subject] = public
        self._places.append({"key": fact.subject, "public": public, "sequence": fact.sequence})
        self._key = fact.subject

    def _take_head(self, signed: Signed, fact: Fact, chain: Chain) -> None:
        self.heads += 1
        sequence = signed.sequence
        if sequence < fact.sequence:
            self._report.add("head_missing", sequence=sequence)
        elif signed[:5] != (chain.site, chain.name, fact.epoch, sequence, fact.hash):
            self._report.add("head_rewritten", sequence=sequence)
        elif signed.key != self._key:
            self._report.add("head_key", sequence=sequence, key=signed.key[:16])
        else:
            if signed.at != fact.at:
                self._report.add("head_at", sequence=sequence, said=signed.at, found=fact.at)
            self._found.take(sequence, signed.statement(), fact.at, signed.why)
            self._unsure = signed
            if self.heads % self._stride == 0:
                self._check_head(signed)

    def _settle(self) -> None:
        """Check the last head of a key whatever the stride says: it covers all before."""
        if self._unsure is not None:
            self._check_head(self._unsure)

    def _check_head(self, signed: Signed) -> None:
        self._unsure = None
        self.checked += 1
        if not self.check(self._publics[signed.key], signed.statement(), signed.signature):
            self._report.add("head_signature", sequence=signed.sequence)
            return
        self._right[signed.key] = signed.sequence
        self.first = self.first or signed.sequence


def signed_head(line: bytes) -> Signed:
    """Return the signed head of a line. Raises ``NotStrict``."""
    try:
        said = read(line.decode()[:-1], ordered=False)
    except UnicodeDecodeError:
        raise NotStrict("UTF-8") from None
    if not line.endswith(b"\n") or not isinstance(said, dict) or tuple(said) != FIELDS:
        raise NotStrict("keys")
    if any(type(one) is not (int if name in NUMBERS else str) for name, one in said.items()):
        raise NotStrict("types")
    if not (is_hex(said["key"], 64) and is_hex(said["signature"], 128) and is_hex(said["hash"], 64)):
        raise NotStrict("hex")
    return Signed(**said)


def printed_keys(text: str) -> list[str]:
    """Return the public keys (hex) of a text of nothing else: one a line, bare or as ``key show`` prints.

    The id that a line states must be that of its key, else ``ValueError``. No key is found in other texts.
    """
    found = []
    for line in text.replace("\u200b", "").lower().splitlines():
        words = line.split()
        if not words:
            continue
        if not is_hex(words[0], 64) or (len(words) > 1 and words[1] != "key"):
            return []
        if len(words) > 1 and words[2:3] != [key_id(words[0])]:
            raise ValueError("key id")
        found.append(words[0])
    return found


def given_keys(text: str, opened: Callable[[str], bytes]) -> list[str]:
    """Return the public keys (hex) that somebody gave: hex, as printed, or a file. Raises ``ValueError``."""
    printed = printed_keys(text)
    if printed:
        return printed
    data = opened(text.strip()).strip()
    printed = printed_keys(data.decode("utf-8", "replace"))
    return printed or [_encoded(data)]


def _encoded(data: bytes) -> str:
    """Return the public key (hex) of a file in PEM or DER. Raises ``ValueError``."""
    if b"PRIVATE" in data:
        raise ValueError("private!")
    if data.startswith(b"-----BEGIN PUBLIC KEY-----"):
        import base64

        data = base64.b64decode(b"".join(data.split(b"\n")[1:-1]))
    if len(data) == 44 and data.startswith(PREFIX):
        return data[12:].hex()
    raise ValueError("hex, PEM, DER")
