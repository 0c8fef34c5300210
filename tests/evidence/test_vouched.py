"""What a bundle that is whole in itself is worth: who signed it, and up to where. Pains: K1, K2, K5."""

from __future__ import annotations

import json

import pytest

from dcim.evidence.verifier.chain import Kept
from dcim.evidence.verifier.main import HOLDS, UNCHECKED, WRONG_EXIT, Options, verify

from .conftest import words
from .forging import Forger, insider


@pytest.fixture
def forger(bundle, broken) -> Forger:
    """Somebody without the site's key, who writes on where the report's claim stands."""
    facts = [json.loads(line) for line in (bundle.folder / "facts.ndjson").read_text().splitlines()]
    issued = next(one for one in facts if one["kind"] == "report_issued")
    forger = insider(broken(), bundle, issued["sequence"] - 1)
    forger.own_key()
    forger.fact(issued["kind"], issued["subject"], issued["body"])
    return forger


def early(forger: Forger) -> Kept:
    """Return the first signed head of the site, as somebody kept it."""
    head = forger.heads[0]
    return Kept(*(head[name] for name in Kept._fields))


@pytest.mark.parametrize("signs_a_head", [False, True])
def test_a_bundle_that_a_stranger_wrote_on_and_signed_does_not_hold_for_a_kept_key(
    bundle, forger, signs_a_head
):
    if signs_a_head:
        forger.head()
    folder = str(forger.seal())
    result = verify(folder, Options(keys=[bundle.key]))
    expected = {"manifest_nobody", "key_nobody"} if signs_a_head else {"manifest_nobody"}
    assert (result.code, words(result)) == (WRONG_EXIT, expected)
    assert forger.key[:16] in result.report.findings[-1][1]
    both = verify(folder, Options(keys=[bundle.key], kept=[early(forger)]))
    assert (both.code, words(both)) == (WRONG_EXIT, expected)
    alone = verify(folder, Options(kept=[early(forger)]))
    assert (alone.code, alone.report.findings) == (UNCHECKED, [])
    said = "\n".join(alone.report.notes)
    assert "CONSISTENT, SIGNER OF THE MANIFEST NOT VOUCHED FOR: key " + forger.key[:16] in said
    honest = max(head["sequence"] for head in forger.heads if head["key"] != forger.key)
    assert f"- that facts {honest + 1} to {len(forger.facts)} are those that were written" in said
    assert "HOLDS" not in said


def test_claims_beyond_the_last_head_of_the_site_are_not_vouched_for(bundle, broken):
    """The manifest is signed by the site, the fact that issued the report is under no head."""
    forger = insider(broken(), bundle)
    issued = next(n for n, one in enumerate(forger.facts, 1) if '"report_issued"' in one)
    forger.heads = [one for one in forger.heads if one["sequence"] < issued]
    folder = str(forger.seal())
    for options in (Options(keys=[bundle.key]), Options(kept=[early(forger)])):
        result = verify(folder, options)
        assert (result.code, result.report.findings) == (UNCHECKED, [])
        last = forger.heads[-1]["sequence"]
        word = f"CONSISTENT, CLAIMS NOT VOUCHED FOR: they were issued up to fact {issued}, heads vouch for facts up to {last}"
        assert word in result.report.notes
    assert verify(folder).code == UNCHECKED


def test_a_head_that_was_kept_vouches_for_the_key_that_signed_before_it(bundle, broken):
    forger = insider(broken(), bundle)
    result = verify(str(forger.seal()), Options(kept=[early(forger)]))
    assert (result.code, result.report.findings) == (HOLDS, [])
