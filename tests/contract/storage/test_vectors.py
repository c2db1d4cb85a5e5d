import struct

import pytest
from tests.contract.storage.world import Stores

pytestmark = pytest.mark.anyio

VECTOR = struct.pack("<3f", 0.0, 1.5, -2.0)


async def test_vectors_come_back_by_model_and_digest(stores: Stores):
    await stores.vectors.put("e5", {"a": VECTOR, "b": b"\0" * 12})
    await stores.vectors.put("other", {"a": b"\1" * 12})
    assert await stores.vectors.get("e5", ["a", "b", "c", "a"]) == {"a": VECTOR, "b": b"\0" * 12}
    assert await stores.vectors.get("other", ["a", "b"]) == {"a": b"\1" * 12}
    assert await stores.vectors.get("none", ["a"]) == {}


async def test_putting_a_text_again_keeps_its_vector(stores: Stores):
    await stores.vectors.put("e5", {"a": VECTOR})
    await stores.vectors.put("e5", {"a": b"\0" * 12, "b": VECTOR})
    assert await stores.vectors.get("e5", ["a", "b"]) == {"a": VECTOR, "b": VECTOR}


async def test_nothing_and_many_are_fine(stores: Stores):
    await stores.vectors.put("e5", {})
    assert await stores.vectors.get("e5", []) == {}
    many = {f"{number:064}": VECTOR for number in range(1203)}
    await stores.vectors.put("e5", many)
    assert await stores.vectors.get("e5", list(many)) == many
