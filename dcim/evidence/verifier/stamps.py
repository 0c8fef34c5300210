"""Time stamps that facts keep of signed heads: are they of these heads, of when, and who signed them?"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import tempfile
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

from dcim.evidence.verifier.chain import Fact
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.tokens import read_token, shown

STAMPED = "head_stamped"
MOST_STAMPS = 100  # whose signatures are checked when nobody asks for all
MICROSECONDS = 1_000_000


class Stamp(NamedTuple):
    """One time stamp that is of its head."""

    fact: int
    head: int
    time: int
    digest: str
    token: str
    url: str


class Heads:
    """What was signed of each head that a time stamp may be of: its SHA-256 and when, by the fact."""

    def __init__(self) -> None:
        self._said: Dict[int, Tuple[bytes, int]] = {}

    def take(self, sequence: int, statement: bytes, at: int, why: str) -> None:
        """Keep a head that agrees with its fact; those of mere heartbeats are never stamped."""
        if why != "heartbeat":
            self._said[sequence] = hashlib.sha256(statement).digest(), at

    def find(self, sequence: int) -> Tuple[str, int]:
        """Return the SHA-256 (hex) of what was signed at a fact and when; an empty one for no head."""
        digest, at = self._said.get(sequence, (b"", 0))
        return digest.hex(), at


class Stamps:
    """Takes the facts that keep time stamps. ``authorities``: a file of certificates (PEM) to check with."""

    def __init__(self, report: Report, heads: Heads, authorities: str = "", every: bool = False) -> None:
        self.kinds = frozenset((STAMPED,))
        self.count = 0
        self._report = report
        self._heads = heads
        self._authorities = authorities
        self._every = every
        self._first: Optional[Stamp] = None
        self._last: Optional[Stamp] = None
        self._late = 0
        self._kept: List[Stamp] = []
        self._stride = 1

    def take(self, fact: Fact) -> None:
        """Hold a time stamp against the head that it says it is of."""
        if fact.kind != STAMPED:
            return
        try:
            said = json.loads(fact.body)
            token = read_token(base64.b64decode(str(said["token"]), validate=True))
            head = said["sequence"]
            if type(head) is not int:
                raise ValueError("sequence")
        except (ValueError, KeyError, TypeError, OverflowError) as error:
            self._report.add("stamp_form", sequence=fact.sequence, why=str(error))
            return
        digest, at = self._heads.find(head)
        if not digest or token.digest != digest or said.get("time") != token.at:
            self._report.add("stamp_other", sequence=fact.sequence, head=head)
            return
        stamp = Stamp(fact.sequence, head, token.at, digest, str(said["token"]), str(said.get("url")))
        self._late = max(self._late, abs(token.at - at))
        self._first, self._last = self._first or stamp, stamp
        if self._authorities and self.count % self._stride == 0:
            self._keep(stamp)
        self.count += 1

    def finish(self) -> None:
        """Say what the time stamps show, and check who signed them where certificates were given."""
        if self._first is None or self._last is None:
            if self._authorities:
                self._report.add("stamps_none")
            return
        first, last = self._first, self._last
        times = {"first_time": shown(first.time), "last_time": shown(last.time)}
        late = -(-self._late // MICROSECONDS)
        places = {"first": first.head, "last": last.head, "count": self.count, "late": late}
        self._report.note("stamps", url=last.url, **places, **times)
        if self._authorities:
            self._check(last)

    def limits(self) -> None:
        """Say what was not checked."""
        if self.count and not self._authorities:
            self._report.note("cannot_stamps")

    def _keep(self, stamp: Stamp) -> None:
        """Keep some of them, spread over all, so that ten years of tokens need not lie in memory."""
        self._kept.append(stamp)
        if len(self._kept) > MOST_STAMPS and not self._every:
            self._kept = self._kept[::2]
            self._stride *= 2

    def _check(self, last: Stamp) -> None:
        asked = self._kept if self._kept[-1] is last else [*self._kept, last]
        for stamp in asked:
            if not signed_by(self._authorities, stamp):
                self._report.add("stamp_signature", sequence=stamp.fact, time=shown(stamp.time))
        self._report.note("stamps_checked", checked=len(asked))


def signed_by(authorities: str, stamp: Stamp) -> bool:
    """Whether an authority whose certificates are in a file signed a token; they held when it was made."""
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "token")
        with open(name, "wb") as file:
            file.write(base64.b64decode(stamp.token))
        asked = ["openssl", "ts", "-verify", "-digest", stamp.digest, "-in", name, "-token_in"]
        asked += ["-CAfile", authorities, "-untrusted", authorities]
        asked += ["-attime", str(stamp.time // MICROSECONDS)]
        done = subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
        return done.returncode == 0


def usable(authorities: str, opened: Callable[[str], bytes]) -> None:
    """Raise ``ValueError`` or ``OSError`` where time stamps cannot be checked with a file of certificates."""
    if b"-----BEGIN CERTIFICATE-----" not in opened(authorities):
        raise ValueError("PEM")
    subprocess.run(["openssl", "version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60)
