"""Trees and proofs against the vectors of Certificate Transparency and against the definition."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from podium.governance.audit import tree
from podium.governance.audit.tree import (
    EMPTY,
    Frontier,
    Hash,
    Head,
    Node,
    Place,
    consistency_ranges,
    inclusion_ranges,
    is_consistent,
    leaf_hash,
    needed,
    path,
    root_by_inclusion,
    root_of,
)

# The tests of Google's certificate-transparency (merkletree/merkle_tree_test.cc).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657"]
INPUTS.append("606162636465666768696a6b6c6d6e6f")
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def _by_definition(leaves: list[Hash]) -> Hash:
    """RFC 6962, section 2.1."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY
    cut = 1
    while cut * 2 < len(leaves):
        cut *= 2
    inner = _by_definition(leaves[:cut]) + _by_definition(leaves[cut:])
    return hashlib.sha256(b"\1" + inner).digest()


class Grown:
    """A tree with all that is kept of it."""

    def __init__(self, count: int) -> None:
        self.leaves = [leaf_hash(str(i).encode()) for i in range(count)]
        self.known: dict[Node, Hash] = {}
        self.heads = [Head(0, EMPTY)]
        frontier = Frontier()
        for position, leaf in enumerate(self.leaves):
            self.known[Node(0, position)] = leaf
            self.known |= dict(frontier.append(leaf))
            self.heads.append(frontier.head())

    def path(self, ranges: tuple[tuple[int, int], ...]) -> tuple[Hash, ...]:
        return path({node: self.known[node] for node in needed(ranges)}, ranges)


GROWN = Grown(1200)


def test_roots_are_those_of_certificate_transparency():
    frontier = Frontier()
    for text, root in zip(INPUTS, ROOTS, strict=True):
        assert not list(frontier.append(leaf_hash(bytes.fromhex(text))))
        assert frontier.root().hex() == root


@given(st.integers(0, 1200))
@settings(max_examples=30, deadline=None)
def test_a_root_is_what_the_definition_says(size: int):
    assert GROWN.heads[size].root == _by_definition(GROWN.leaves[:size])
    assert root_of(GROWN.known, size) == GROWN.heads[size].root


@given(st.integers(1, 1200), st.data())
@settings(max_examples=60, deadline=None)
def test_every_leaf_is_proved_and_no_other(size: int, data: st.DataObject):
    at = data.draw(st.integers(0, size - 1))
    proof = GROWN.path(inclusion_ranges(at, size))
    root = GROWN.heads[size].root
    assert root_by_inclusion(GROWN.leaves[at], Place(at, size), proof) == root
    assert root_by_inclusion(leaf_hash(b"other"), Place(at, size), proof) != root
    assert root_by_inclusion(GROWN.leaves[at], Place(at, size), (*proof, root)) != root
    assert root_by_inclusion(GROWN.leaves[at], Place(at, size), proof[:-1]) != root or size == 1
    assert root_by_inclusion(GROWN.leaves[at], Place(size, size), proof) is None


@given(st.integers(1, 1200), st.data())
@settings(max_examples=60, deadline=None)
def test_every_tree_begins_with_those_before_it_and_with_no_other(size: int, data: st.DataObject):
    old = data.draw(st.integers(1, size))
    proof = GROWN.path(consistency_ranges(old, size))
    before, after = GROWN.heads[old], GROWN.heads[size]
    assert is_consistent(before, after, proof)
    forged = Head(old, leaf_hash(b"forged"))
    assert not is_consistent(forged, after, proof)
    assert not is_consistent(before, Head(size, forged.root), proof)
    assert not is_consistent(after, before, proof) or old == size


def test_a_proof_reads_few_hashes_of_a_large_tree():
    ranges = inclusion_ranges(5_000_000, 10_000_000)
    assert len(needed(ranges)) < 1200
    assert len(ranges) <= 24


@pytest.mark.parametrize(("old", "new"), [(0, 5), (5, 5)])
def test_nothing_is_to_be_proved_of_an_empty_or_the_same_tree(old: int, new: int):
    assert consistency_ranges(old, new) == ()
    assert is_consistent(GROWN.heads[old], GROWN.heads[new], ())
    assert not is_consistent(GROWN.heads[old], GROWN.heads[new], (EMPTY,))


def test_an_empty_proof_of_a_larger_tree_is_none():
    assert not is_consistent(GROWN.heads[3], GROWN.heads[5], ())
    assert tree.LEVELS[-1] == 0
