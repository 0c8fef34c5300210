"""The facts: each in canonical form, each continuing the one before, to the end that others kept."""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import islice
from typing import Iterator, List, NamedTuple, Optional

from dcim.evidence.verifier.files import Files, Unreadable
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.strict import NotStrict, Texts

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
QUICK = re.compile(NUMBER + rb',"kind":' + QUOTED + rb',"subject":' + QUOTED)
AT_ONCE = 512  # lines


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


class Chain:
    """Reads the facts once, in order, in little memory."""

    def __init__(self, files: Files, report: Report, kept: list[Kept]) -> None:
        self._files = files
        self._report = report
        self._texts = Texts()
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

    def read(self) -> Iterator[Fact]:
        """Yield every fact that can be read; note what is wrong."""
        try:
            lines = self._files.lines(FACTS)
            for some in iter(lambda: list(islice(lines, AT_ONCE)), []):
                yield from self._quick(some) or self._slow(some)
        except Unreadable as error:
            self._report.add(str(error), file=FACTS)
        if not self.facts:
            self._report.add("empty")
        for one in self._kept:
            if one.sequence > self.top:
                self._report.add("kept_cut", sequence=one.sequence, end=self.top)

    def _slow(self, lines: List[bytes]) -> Iterator[Fact]:
        """Yield the facts of lines of which one or more may be wrong, and name what is."""
        for line in lines:
            self.lines += 1
            fact = self._fact(line)
            if fact is not None:
                yield fact

    def _quick(self, lines: List[bytes]) -> List[Fact]:
        """Return the facts of lines that are all as they should be; none where any may not be.

        What is looked at is what ``_fact`` looks at, of many lines at one go.
        """
        last = self._last
        if last is None or self._broken or self.top != last.sequence:
            return []
        facts = []
        fresh: List[bytes] = []
        try:
            for fact in self._in_step(lines, last):
                facts.append(fact)
                if not self._texts.known(fact.body):
                    fresh.append(fact.body)
            if len(facts) != len(lines) or (fresh and not self._texts.bodies(fresh)):
                return []
        except NotStrict:
            return []
        self._last = last = facts[-1]
        self._digest = last.hash.encode()
        self.top, self.head = last.sequence, last.hash
        self.facts += len(facts)
        self.lines += len(facts)
        return facts

    def _in_step(self, lines: List[bytes], last: Fact) -> Iterator[Fact]:
        """Yield facts, their bodies unread, as long as each continues the one before in the same epoch."""
        match, name, kept = QUICK.match, self._texts.name, self._kept_at
        digest, epoch = last.hash, last.epoch
        begins = self._owner.replace(b"%", b"%%") + b'%d,"sequence":%%d,"at":' % epoch
        for sequence, line in enumerate(lines, last.sequence + 1):
            start = begins % sequence
            found = match(line, len(start))
            if found is None or not line.startswith(start) or line[-2:] != b"}\n" or sequence in kept:
                return
            link = (',"previous":"%s","body":' % digest).encode()
            if not line.startswith(link, found.end()):
                return
            at, kind, subject = found.groups()
            digest = sha256(line[:-1]).hexdigest()
            body = line[found.end() + len(link) : -2]
            yield Fact(sequence, int(at), epoch, name(kind), name(subject), body, digest)

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
            self._texts.body(body)
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
