"""What ``verify.py`` does: read the bundle once, say what is wrong, what holds, and what nobody can prove."""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any, Callable, Iterator, List, NamedTuple, NoReturn, Optional, Tuple

from dcim.evidence.verifier.chain import Chain, Kept
from dcim.evidence.verifier.claims import Claims
from dcim.evidence.verifier.energy import Energy
from dcim.evidence.verifier.files import SIGNATURE, Files
from dcim.evidence.verifier.issued import IssuedReports
from dcim.evidence.verifier.keys import Keys, given_keys, is_hex
from dcim.evidence.verifier.replays import Replays
from dcim.evidence.verifier.report import Report
from dcim.evidence.verifier.rollups import Rollups
from dcim.evidence.verifier.stamps import Heads, Stamps, usable
from dcim.evidence.verifier.supplies import Drawings

HOLDS, WRONG_EXIT, UNCHECKED, USAGE = 0, 1, 2, 64


class Result:
    """What became of a verification: ``code`` is the exit status."""

    def __init__(self, code: int, report: Report) -> None:
        self.code = code
        self.report = report


class Options:
    """What somebody kept elsewhere, and how thorough to be."""

    def __init__(
        self,
        keys: Optional[List[str]] = None,
        kept: Optional[List[Kept]] = None,
        language: str = "en",
        every: bool = False,
        openssl: bool = False,
        authorities: str = "",
    ) -> None:
        self.keys = keys or []
        self.kept = kept or []
        self.language = language
        self.every = every
        self.openssl = openssl
        self.authorities = authorities


def verify(folder: str, options: Optional[Options] = None) -> Result:
    """Check a bundle, whatever it holds."""
    options = options or Options()
    report = Report(options.language)
    files = Files(folder, report)
    if not files.begin():
        return Result(WRONG_EXIT, report)
    energy = Energy(report, Drawings(files, report))
    claims = Claims(_claims(files), report, energy)
    rollups = Rollups(files, report, energy)
    chain = Chain(files, report, options.kept)
    heads = Heads()
    keys = Keys(files, report, options.keys, options.openssl, options.every, heads)
    stamps = Stamps(report, heads, options.authorities, options.every)
    issued = IssuedReports(files, report)
    replays = Replays()
    wanted = keys.kinds | claims.kinds | rollups.kinds | energy.kinds | issued.kinds | stamps.kinds
    wanted |= replays.kinds
    for fact in chain.read(wanted, claims.heads, lambda: keys.due):
        if fact.kind in wanted or fact.sequence >= keys.due or fact.sequence in claims.heads:
            replays.take(fact)
            keys.take(fact, chain)
            claims.take(fact, chain.site)
            rollups.take(fact)
            energy.take(fact)
            issued.take(fact)
            stamps.take(fact)
    if (shown := replays.shown()) is not None:
        report.note("replayed_with" if shown["rules"] else "replayed", **shown)
    keys.finish(chain)
    _check_end(files, chain, report)
    signer = _signer(files, keys, report, [one.sequence for one in options.kept])
    rollups.finish()
    energy.finish()
    claims.finish(chain.site, chain.name, replays.said)
    issued.finish()
    files.finish()
    claimed = Claimed(len(claims.claims) + energy.claims, issued.rests, replays.said is not None)
    stamps.finish()
    result = _concluded(report, chain, keys, claimed, options, signer)
    energy.limits()
    claims.limits()
    stamps.limits()
    return result


def _claims(files: Files) -> Iterator[Tuple[str, str, Any]]:
    for name in files.in_folder("claims"):
        yield name, str(files.names[name].get("sha256")), files.document(name)


def _check_end(files: Files, chain: Chain, report: Report) -> None:
    said = files.manifest.get("head")
    found = {"site": chain.site, "chain": chain.name, "sequence": chain.top, "hash": chain.head}
    if not isinstance(said, dict) or any(said.get(name) != one for name, one in found.items()):
        report.add(
            "manifest_end", found=chain.top, said=said.get("sequence") if isinstance(said, dict) else 0
        )


class Claimed(NamedTuple):
    """How many claims were computed again, and the last fact that issued a report whose claim is here.

    ``replayed``: all of it is of a replay, of which no site can say that it is its own.
    """

    computed: int
    issued: int
    replayed: bool = False


class Signer(NamedTuple):
    """Who signed the manifest: a key's id, empty when nobody did; and whether that key is vouched for."""

    key: str = ""
    vouched: bool = False


def _signer(files: Files, keys: Keys, report: Report, kept: List[int]) -> Signer:
    """Return who signed the manifest; a key beside those that were given is a finding."""
    if not os.path.lexists(os.path.join(files.root, SIGNATURE)):
        if files.manifest.get("signed") is not False:
            report.add("manifest_unsigned")
        return Signer()
    said = files.document(SIGNATURE)
    key = str(said.get("key")) if isinstance(said, dict) else ""
    statement = ("dcim-manifest-1 " + files.digest).encode()
    if not isinstance(said, dict) or not keys.check(keys.public(key), statement, said.get("signature")):
        report.add("manifest_signature")
        return Signer()
    vouched = key in keys.reached(kept)
    if keys.given and not vouched:
        report.add("manifest_nobody", key=key[:16])
    return Signer(key, vouched)


def _concluded(
    report: Report, chain: Chain, keys: Keys, claims: Claimed, options: Options, signer: Signer
) -> Result:
    """Say what came of it."""
    counts = {"facts": chain.facts, "heads": keys.heads, "checked": keys.checked}
    report.note("done_facts", claims=claims.computed, **counts)
    head = "%s %s %d %d %s" % (chain.site, chain.name, chain.epoch, chain.top, chain.head)
    report.note("head_is", head=head)
    kept = [one.sequence for one in options.kept if one.sequence <= chain.top]
    covered = keys.covered(kept)
    if report.count:
        code = WRONG_EXIT
        report.note("wrong", count=report.count)
    else:
        word = "holds"
        if not signer.key:
            word = "unsigned"
        elif not keys.given and not kept:
            word = "unchecked"
        elif not signer.vouched:
            word = "unvouched_signer"
        elif claims.issued > covered:
            word = "unvouched_claims"
        elif claims.replayed:
            word = "of_a_replay"
        code = HOLDS if word == "holds" else UNCHECKED
        report.note(word, key=signer.key[:16], covered=covered, last=claims.issued)
    report.note("cannot")
    report.note("cannot_sensors")
    report.note("cannot_holder")
    _limits(report, chain, keys, kept, covered, signer)
    return Result(code, report)


def _limits(report: Report, chain: Chain, keys: Keys, kept: List[int], covered: int, signer: Signer) -> None:
    first = min([keys.first or chain.top, *kept])
    if first > 1:
        report.note("cannot_before", first=first)
    if covered < chain.top:
        report.note("cannot_after", first=covered + 1, last=chain.top)
    report.note("cannot_end", last=chain.top)
    if keys.heads > keys.checked:
        report.note("cannot_all", unchecked=keys.heads - keys.checked)
    if not signer.key:
        report.note("cannot_manifest")
    elif not signer.vouched and (keys.given or kept):
        report.note("cannot_manifest_key")


def kept_head(text: str) -> Kept:
    """Return a head that ``dcim ledger head`` printed or a line of a file of heads. Raises ``ValueError``."""
    if text.lstrip().startswith("{"):
        said = json.loads(text)
        said = said.get("ledger", said)
        parts = [str(said[name]) for name in Kept._fields]
    else:
        parts = text.replace("\u200b", "").split()
        parts[4:] = ["".join(parts[4:])]  # copied from a page, a hash may be broken over lines
    if len(parts) != 5 or not (parts[2].isdecimal() and parts[3].isdecimal() and is_hex(parts[4], 64)):
        raise ValueError(text)
    return Kept(parts[0], parts[1], int(parts[2]), int(parts[3]), parts[4])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what was wrong with the call; 2 means something else here."""
        self.exit(USAGE, "%s\n%s\n" % (self.usage, message))


def _arguments(given: List[str]) -> Any:
    parser = _Parser(prog="verify.py", usage=Report("en").say("usage"))
    parser.add_argument("folder")
    parser.add_argument("--key", action="append", default=[])
    parser.add_argument("--head", action="append", default=[])
    parser.add_argument("--lang", choices=("fr", "en"), default=_language())
    parser.add_argument("--tsa", default="")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--openssl", action="store_true")
    return parser.parse_args(given)


def _language() -> str:
    spoken = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if spoken.startswith("fr") else "en"


def _opened(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(10_000)


def main(given: Optional[List[str]] = None, out: Optional[Callable[[str], object]] = None) -> int:
    """Run as a command; return the exit status."""
    asked = _arguments(sys.argv[1:] if given is None else given)
    say = out or _print
    words = Report(asked.lang)
    keys: List[str] = []
    kept: List[Kept] = []
    for text in asked.key:
        try:
            keys += given_keys(text, _opened)
        except (ValueError, OSError) as error:
            say(words.say("usage_key", key=text, why=str(error)))
            return USAGE
    for text in asked.head:
        try:
            kept.append(kept_head(text))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            say(words.say("usage_head", head=text))
            return USAGE
    if asked.tsa:
        try:
            usable(asked.tsa, _opened)
        except (ValueError, OSError) as error:
            say(words.say("usage_tsa", file=asked.tsa, why=str(error)))
            return USAGE
    options = Options(keys, kept, asked.lang, asked.all, asked.openssl, asked.tsa)
    result = verify(asked.folder, options)
    try:
        result.report.print(say)
    except BrokenPipeError:  # whoever reads has seen enough: the exit status still says what was found
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return result.code


def _print(text: str) -> None:
    data = (text + "\n").encode("utf-8", "replace")
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()
