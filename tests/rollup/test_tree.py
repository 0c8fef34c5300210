"""The tree of RFC 6962: known roots, and proofs that hold for one leaf and no other."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcim.rollup.tree import leaf, proof, root, root_of

LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]  # the vectors of the Certificate Transparency project


def test_roots_are_those_of_the_published_vectors():
    hashed = [leaf(bytes.fromhex(text)) for text in LEAVES]
    assert [root(hashed[: n + 1]).hex() for n in range(len(ROOTS))] == ROOTS


@settings(max_examples=50)
@given(st.lists(st.binary(max_size=8), min_size=1, max_size=40), st.data())
def test_a_proof_leads_from_its_leaf_to_the_root_and_from_no_other(sections, data):
    leaves = [leaf(each) for each in sections]
    index = data.draw(st.integers(0, len(sections) - 1))
    path = proof(leaves, index)
    assert root_of(sections[index], index, len(sections), path) == root(leaves)
    assert root_of(sections[index] + b"!", index, len(sections), path) != root(leaves)
    if path:
        with pytest.raises(ValueError, match="short"):
            root_of(sections[index], index, len(sections), path[:-1])
    with pytest.raises(ValueError, match="long"):
        root_of(sections[index], index, len(sections), [*path, sha256().digest()])


def test_the_words_of_the_docs_are_the_code(tmp_path):
    """The checker printed in docs/energy.md is run as it stands there."""
    from pathlib import Path

    text = (Path(__file__).parents[2] / "docs" / "energy.md").read_text(encoding="utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    names: dict[str, object] = {}
    exec(code, names)
    leaves = [leaf(bytes([n])) for n in range(11)]
    for n in range(11):
        assert names["root_of"](bytes([n]), n, 11, proof(leaves, n)) == root(leaves)
