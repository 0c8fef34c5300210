"""The auditor's program and the report agree on every ratio and field, over any amounts and declarations."""

from __future__ import annotations

from datetime import date, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from dcim.energy.amount import Amount, Method
from dcim.energy.boundary import Boundary, Category
from dcim.energy.figures import Declared, Quantity, declared
from dcim.energy.stated import declarations
from dcim.energy.terms import EnergyTerms
from dcim.evidence.verifier.declared import Measured, inputs_of, ratio, sheet
from dcim.record import replace
from dcim.reports.kinds.eu import body
from dcim.rollup import account
from dcim.rollup.account import Days, Site
from dcim.rollup.energies import Sum
from tests.examples import many

FIRST = date(2025, 11, 25)
HOUR = 3_600_000
names = st.lists(st.sampled_from(["a", "b"]), max_size=1).map(tuple)


@st.composite
def sums(draw: st.DrawFn) -> Sum:
    """A sum of energy whose truth lies somewhere: also of nothing, and of no time."""
    least, more, most = (draw(st.integers(0, 10**10)) for _ in range(3))
    period = draw(st.sampled_from([0, 24 * HOUR, 48 * HOUR]))
    known = draw(st.sampled_from([0, period // 2, period * 99 // 100, period]))
    method = draw(st.sampled_from([Method.COUNTER, Method.INTEGRATED]))
    amount = Amount(least, least + more, least + more + most, known, period, method) if period else Amount()
    return Sum(("x",) if period else (), draw(names), (), (amount,))


def seen(one: Sum, boundary: Boundary | None = None) -> Measured:
    whole = one.whole
    numbers = whole.least, whole.best, whole.most, whole.known * 1000, whole.period * 1000
    return Measured(*numbers, (str(whole.method),), one.without, boundary is not None and boundary.closed)


lines = st.builds(
    lambda what, value, start, long: Declared(
        what, value, FIRST + timedelta(days=start), FIRST + timedelta(days=start + long), "s"
    ),
    st.sampled_from(list(Quantity)),
    st.fractions(0, 10**6, max_denominator=1000),
    st.integers(-2, 3),
    st.integers(0, 366),
)
boundaries = st.builds(Boundary, st.sampled_from([(), ("x",)]), names, names)


@many(200)
@given(
    st.lists(sums(), min_size=6, max_size=6),
    st.lists(lines, max_size=12),
    st.tuples(boundaries, boundaries),
    st.sampled_from([1, 2, 364, 365, 366]),
    st.sampled_from([None, *Category]),
    st.dictionaries(st.sampled_from(["PDIT", "SDC", "CDD"]), st.fractions(0, 100, max_denominator=10)),
)
def test_the_verifier_and_the_report_agree_on_every_ratio_and_field(
    measured, said, bounds, long, category, operator
):
    """Pains: G5, G7."""
    days = Days(FIRST, FIRST + timedelta(days=long), ZoneInfo("Africa/Casablanca"))
    terms = EnergyTerms(declared=tuple(said), operator=MappingProxyType(operator))
    found = {
        one: value for one in Quantity if (value := declared(one, terms.declared, days.first, days.after))
    }
    total, it, backup, cooling, heat, form = measured
    site = Site(days, total, backup, it, category, bounds, cooling, heat, found, (), form)
    site = replace(site, ratios=tuple(account.ratios(site)))
    claims = {one["name"]: one for one in site.claims() if one["claim"] == "ratio"}
    again = {
        "E_DC": seen(total, bounds[0]),
        "E_IT": seen(it, bounds[1]),
        **{
            name: seen(one)
            for name, one in zip(("E_BG", "E_COOL", "Q_COOL", "EIT"), measured[2:], strict=True)
        },
    }
    ends = [days.first.isoformat(), days.after.isoformat()]
    inputs = inputs_of({"days": ends, **declarations(terms)}, [one * 1000 for one in days.edges()])
    assert len(claims) == 5 + (category is not None)
    for name, claim in claims.items():
        computed = ratio(name, again, inputs, ends)
        assert {key: claim[key] for key in computed} == computed
        assert set(claim) - set(computed) == {"claim", "version", "name"}
    assert [body(one) for one in account.eu(terms, site)] == list(
        sheet(again, inputs, declarations(terms)["operator"])
    )
