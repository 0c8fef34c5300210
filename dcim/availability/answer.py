"""What is said of a service or of several under one contract: as it was seen, and as reclassified. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from dcim.availability.account import Account, account
from dcim.availability.category import Period
from dcim.availability.evidence import Evidence
from dcim.availability.figures import Figures, figures
from dcim.availability.group import Partial, affected, join, partial
from dcim.contracts import LOOSE, Contract
from dcim.record import dataclass, replace


@dataclass(frozen=True, slots=True)
class View:
    """One reading of the facts: the account of the whole, of each service, and the figures."""

    account: Account
    members: tuple[Account, ...]
    figures: Figures
    partial: Partial


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of a subject in a period: both views are always printed, also where they are the same."""

    subject: str
    contract: Contract
    evidence: Evidence
    seen: View
    final: View

    @property
    def reclassified(self) -> bool:
        """Whether people said anything that changes an account."""
        return self.seen is not self.final

    def affected(self, span: Period) -> tuple[Fraction, tuple[str, ...]]:
        """Return the weight of the services that were lost in a time, and which they are."""
        return affected(self.final.members, self.contract.weights, span)


def answer(evidence: Evidence, subject: str, contract: Contract = LOOSE) -> Answer:
    """Return what is said of one service or device."""
    raw, final = evidence.accounts(subject, contract)
    contract = contract if contract.services else replace(contract, services=(subject,))
    first = _view(raw, (raw,), contract)
    return Answer(
        subject, contract, evidence, first, first if final is raw else _view(final, (final,), contract)
    )


def together(
    evidence: Evidence,
    subject: str,
    contract: Contract,
    known: Sequence[tuple[Account, Account]] | None = None,
) -> Answer:
    """Return what is said of all services of a contract as one; ``subject`` is what the whole is called.

    ``known``: their accounts as seen and as reclassified, from whoever has them already under these terms.
    """
    both = known or [evidence.accounts(name, contract) for name in contract.services]
    first = _joined(subject, [raw for raw, _ in both], contract)
    if all(raw is final for raw, final in both):
        return Answer(subject, contract, evidence, first, first)
    return Answer(
        subject, contract, evidence, first, _joined(subject, [final for _, final in both], contract)
    )


def _joined(subject: str, members: Sequence[Account], contract: Contract) -> View:
    period = members[0].period
    slices = join(members, contract.least)
    return _view(account(subject, slices, period), members, contract)


def _view(whole: Account, members: Sequence[Account], contract: Contract) -> View:
    return View(whole, tuple(members), figures(whole, contract), partial(members, contract.weights))


def grouped(places: Mapping[str, Mapping[str, str]], key: str) -> Mapping[str, tuple[str, ...]]:
    """Return the services by tenant, by rack or by room; those that are in none are left out."""
    found: dict[str, list[str]] = {}
    for name in sorted(places):
        if where := places[name].get(key):
            found.setdefault(where, []).append(name)
    return MappingProxyType({where: tuple(names) for where, names in sorted(found.items())})


def all_of(subject: str, services: Iterable[str], contract: Contract = LOOSE) -> Contract:
    """Return a contract over all of some services: every one of them has to work."""
    return replace(contract, services=tuple(services), needs=0, name=contract.name or subject)
