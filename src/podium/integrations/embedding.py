"""Vectors of texts, each text embedded once and kept."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from podium.integrations.ports import Embedder, VectorStore
from podium.kernel.errors import Unavailable

Vectors: TypeAlias = npt.NDArray[np.float32]

BATCH = 64
_KEPT_AS = "<f4"  # little-endian float32, as VectorStore wants it


class Embedding:
    def __init__(self, store: VectorStore, embedder: Embedder) -> None:
        self._store: VectorStore = store
        self._embedder: Embedder = embedder

    async def of(
        self, model: str, texts: Sequence[str], progress: Callable[[int, int], None]
    ) -> Vectors:
        """(n, d) in the order of `texts`. What is new is stored batch by batch, so that a start
        that was interrupted goes on where it stopped.

        Raises Unavailable where the model answers with other than one vector for each text.
        """
        digests = [text_digest(text) for text in texts]
        kept = dict(await self._store.get(model, list(dict.fromkeys(digests))))
        text_of = dict(zip(digests, texts, strict=True))
        missing = [digest for digest in text_of if digest not in kept]
        for start in range(0, len(missing), BATCH):
            part = missing[start : start + BATCH]
            fresh = await self._fresh(model, {digest: text_of[digest] for digest in part})
            await self._store.put(model, fresh)
            kept.update(fresh)
            progress(start + len(part), len(missing))
        return _stack(model, [kept[digest] for digest in digests])

    async def _fresh(self, model: str, texts: Mapping[str, str]) -> dict[str, bytes]:
        vectors = await self._embedder.embed(model, list(texts.values()))
        if len(vectors) != len(texts):
            raise Unavailable(
                f"Model {model!r} answered {len(vectors)} vectors for {len(texts)} texts."
            )
        return {
            digest: np.asarray(vector, dtype=_KEPT_AS).tobytes()
            for digest, vector in zip(texts, vectors, strict=True)
        }


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _stack(model: str, kept: Sequence[bytes]) -> Vectors:
    if len({len(one) for one in kept}) > 1:
        raise Unavailable(
            f"Model {model!r} has answered vectors of different lengths: it was exchanged under "
            f"its name. Give the new one another name, so that its vectors are kept apart."
        )
    return np.frombuffer(b"".join(kept), dtype=_KEPT_AS).reshape(len(kept), -1).astype(np.float32)
