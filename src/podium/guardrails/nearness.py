"""Cosines between texts as an embedding model sees them."""

from collections.abc import Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

Vectors = Sequence[Sequence[float]]


def cosines(ones: Vectors, others: Vectors) -> list[list[float]]:
    """A row for each of the first."""
    product = _unit(ones) @ _unit(others).transpose()
    return cast("list[list[float]]", product.tolist())


def _unit(vectors: Vectors) -> NDArray[np.float64]:
    rows = np.asarray(vectors, dtype=np.float64)
    lengths = cast("NDArray[np.float64]", np.linalg.norm(rows, axis=1, keepdims=True))
    return rows / np.maximum(lengths, 1e-9)
