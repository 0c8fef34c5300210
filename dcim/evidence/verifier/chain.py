"""The facts: each in canonical form, each continuing the one before, to the end that others kept."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Callable, Container, Generator, Iterator, NamedTuple, Optional

from dcim.evidence.verifier.files import Files, Unreadable
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.shapes import KIND, Shapes
from dcim.evidence.verifier.strict import NotStrict, Texts, read_body

FACTS = "facts.ndjson"
GENESIS = b"0" * 64
QUOTED = rb'("[^"\\]*(?:\\.[^"\\]*)*")'
NUMBER = rb"(0|-?[1-9][0-9]{0,15})"
OWNER = re.compile(rb'\{"schema":1,"site":' + QUOTED + rb',"chain":' + QUOTED + rb',"epoch":')
NAMES = re.compile(
    NUMBER
    + rb',"sequence":'
    + NUMBER
    + rb',"at":'
    + NUMBER
    + rb',"kind":'
    + QUOTED
    + rb',"subject":'
    + QUOTED
)
PREVIOUS = b',"previous":"'  # nowhere before: inside a text a quotation mark has a backslash before it
HASH = re.compile(rb"[0-9a-f]{64}")
BODY = b'","body":'
Due = Callable[[], float]


class Fact(NamedTuple):
    """One line that could be read: ``at`` is microseconds, ``body`` canonical JSON in UTF-8."""

    sequence: int
    at: int
    epoch: int
    kind: str
    subject: str
    body: bytes
    hash: str


class Kept(NamedTuple):
    """A head that somebody kept elsewhere."""

    site: str
    chain: str
    epoch: int
    sequence: int
    hash: str


class Every:
    """Holds whatever is asked for."""

    def __contains__(self, one: object) -> bool:
        """Return that it does."""
        return True


EVERY = Every()


def never() -> float:
    """Return a sequence that no fact has."""
    return float("inf")


class Chain:
    """Reads the facts once, in order, in little memory."""

    def __init__(self, files: Files, report: Report, kept: list[Kept]) -> None:
        self._files = files
        self._report = report
        self._texts = Texts()
        self._shapes = Shapes()
        self._kept = kept
        self._kept_at = {one.sequence for one in kept}
        self._owner = b""
        self._last: Optional[Fact] = None
        self._digest = b""
        self._broken = False  # the line before could not be read
        self.site = ""
        self.name = ""
        self.top = 0
        self.head = ""
        self.epoch = 0
        self.facts = 0
        self.lines = 0

    def read(
        self, wanted: Container[str] = EVERY, heads: Container[int] = (), due: Due = never
    ) -> Iterator[Fact]:
        """Yield every fact that can be read and is asked for; note what is wrong with any.

        Asked for are those of the kinds ``wanted``, of the sequences in ``heads``, and what comes when the
        sequence that ``due`` returns is reached. (One that is read alone is yielded, whoever asks.)
        """
        try:
            lines = self._files.lines(FACTS)
            line = next(lines, None)
            while line is not None:
                self.lines += 1
                fact = self._fact(line)
                if fact is not None:
                    yield fact
                if fact is None or self.top != fact.sequence:
                    line = next(lines, None)
                else:
                    line = yield from self._in_step(lines, fact, wanted, heads, due)
        except Unreadable as error:
            self._report.add(str(error), file=FACTS)
        if not self.facts:
            self._report.add("empty")
        for one in self._kept:
            if one.sequence > self.top:
                self._report.add("kept_cut", sequence=one.sequence, end=self.top)

    def _in_step(
        self, lines: Iterator[bytes], last: Fact, wanted: Container[str], heads: Container[int], due: Due
    ) -> Generator[Fact, None, Optional[bytes]]:
        """Take lines as long as each is of a known shape and continues the one before in the same epoch.

        What is looked at is what ``_fact`` looks at. Return the first line that is not taken.
        """
        quick, match, kept = self._shapes.quick, self._shapes.match, self._kept_at
        sequence = first = last.sequence
        digest, limit = last.hash.encode(), due()
        passed: set[bytes] = set()  # kinds that are not wanted
        begins = self._owner.replace(b"%", b"%%") + b'%d,"sequence":%%d,"at":' % last.epoch
        left: Optional[bytes] = None
        for line in lines:
            start = begins % (sequence + 1)
            at = len(start)
            kind = line[at + 16 : line.find(b'"', at + 25)]
            matcher = quick.get(kind)
            if matcher is None or not line.startswith(start) or sequence + 1 in kept:
                left = line
                break
            found = matcher(line, at) or match(kind, line, at)
            if found is None or found[3] != digest:
                left = line
                break
            sequence += 1
            digest = sha256(line[:-1]).hexdigest().encode()
            if kind not in passed or sequence >= limit or sequence in heads:
                name = kind[len(KIND) :].decode()
                if name not in wanted:
                    passed.add(kind)
                    if sequence < limit and sequence not in heads:
                        continue
                self._arrive(sequence - first, sequence, digest)
                first = sequence
                texts = name, self._texts.name(found[2])
                body = line[found.end(3) + len(BODY) : -2]
                self._last = Fact(sequence, int(found[1]), last.epoch, *texts, body, self.head)
                yield self._last
                limit = due()
        self._arrive(sequence - first, sequence, digest)
        self._last = last._replace(sequence=sequence, hash=self.head)
        return left

    def _arrive(self, count: int, sequence: int, digest: bytes) -> None:
        """Note that so many more facts were read, up to this one."""
        self.facts += count
        self.lines += count
        self.top, self.head, self._digest = sequence, digest.decode(), digest

    def _fact(self, line: bytes) -> Optional[Fact]:
        owner = self._owner if line.startswith(self._owner) and self._owner else self._owned(line)
        names, _, rest = line[len(owner) : -2].partition(PREVIOUS)
        found = NAMES.fullmatch(names)
        previous, body = rest[:64], rest[73:]
        if not owner or found is None or rest[64:73] != BODY or line[-2:] != b"}\n":
            self._unreadable("form")
            return None
        epoch, sequence, at, kind, subject = found.groups()
        try:
            self._shapes.learn(KIND + kind[1:-1], read_body(body))
            texts = self._texts.name(kind), self._texts.name(subject)
        except NotStrict as error:
            self._unreadable(str(error))
            return None
        if previous != self._digest and not HASH.fullmatch(previous):
            self._unreadable("previous")
            return None
        digest = sha256(line[:-1]).hexdigest()
        fact = Fact(int(sequence), int(at), int(epoch), *texts, body, digest)
        last = self._last
        if (
            last is None
            or fact.sequence != last.sequence + 1
            or previous != self._digest
            or fact.epoch < last.epoch
            or fact.sequence in self._kept_at
        ):
            self._place(fact, previous)
        self._digest = digest.encode()
        self.facts += 1
        self._last, self._broken = fact, False
        if fact.sequence > self.top:
            self.top = fact.sequence
            self.head, self.epoch = digest, fact.epoch
        return fact

    def _unreadable(self, why: str) -> None:
        self._report.add("unreadable", line=self.lines, why=why)
        self._broken = True

    def _owned(self, line: bytes) -> bytes:
        """Return the beginning of a line that says whose it is, empty for none; the first names the chain."""
        found = OWNER.match(line)
        if found is None:
            return b""
        try:
            site, chain = (self._texts.name(one) for one in found.groups())
        except NotStrict:
            return b""
        if not self._owner:
            self._owner, self.site, self.name = found.group(), site, chain
        elif (site, chain) != (self.site, self.name):
            said = "%s %s" % (self.site, self.name)
            self._report.add("foreign", line=self.lines, found="%s %s" % (site, chain), said=said)
        return found.group()

    def _place(self, fact: Fact, previous: bytes) -> None:
        last = self._last
        if last is None:
            if fact.sequence != 1 and not self._broken:
                self._report.add("missing", first=1, last=fact.sequence - 1)
            elif fact.sequence == 1 and previous != GENESIS:
                self._report.add("first")
        elif fact.sequence != last.sequence + 1:
            if not (self._broken and fact.sequence == last.sequence + 2):
                self._out_of_step(fact, last)
        else:
            self._step(fact, last, previous)
        if fact.sequence in self._kept_at:
            self._against_kept(fact)

    def _step(self, fact: Fact, last: Fact, previous: bytes) -> None:
        if previous.decode() != last.hash:
            self._report.add("unlinked", sequence=fact.sequence, last=last.sequence)
        if fact.epoch < last.epoch:
            self._report.add("epoch", sequence=fact.sequence, found=fact.epoch, last=last.epoch)

    def _against_kept(self, fact: Fact) -> None:
        here = Kept(self.site, self.name, fact.epoch, fact.sequence, fact.hash)
        if any(one != here for one in self._kept if one.sequence == fact.sequence):
            self._report.add("kept_rewritten", sequence=fact.sequence)

    def _out_of_step(self, fact: Fact, last: Fact) -> None:
        if fact.sequence == last.sequence:
            self._report.add("repeated", sequence=fact.sequence)
        elif fact.sequence <= self.top:
            self._report.add("reordered", sequence=fact.sequence, last=last.sequence)
        elif self.top != last.sequence and fact.sequence == self.top + 1:
            return  # back in step behind a fact that was moved: said already
        else:
            self._report.add("missing", first=self.top + 1, last=fact.sequence - 1)
