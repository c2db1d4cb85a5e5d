"""Labelled examples by name, embedded once and indexed for nearest neighbours."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import anyio
import anyio.to_thread
import numpy as np

from podium.integrations.embedding import Embedding, Vectors
from podium.integrations.names import unknown
from podium.integrations.neighbours import Neighbours, choose_threshold
from podium.integrations.ports import Embedder, Rows, VectorStore
from podium.kernel.clock import Clock
from podium.kernel.errors import Invalid, Problem

LOOK_AGAIN_SECONDS = 1.0
"""How long a file that was looked at counts as unchanged."""
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """Where a dataset comes from; `model` is the embedding model that its texts are read with."""

    path: str
    text: str
    label: str
    model: str


@dataclass(frozen=True, slots=True)
class Example:
    """One near example; `score` is the cosine of the centred vectors, -1 to 1."""

    text: str
    label: str
    score: float


@dataclass(frozen=True, slots=True)
class Match:
    """What a dataset says about a vector; the numbers are those of `neighbours.Classification`.

    `threshold` is the confidence from which answers are as right as was asked for, judged by the
    examples themselves; None where nothing was asked for.
    """

    label: str
    confidence: float
    margin: float
    neighbours: tuple[Example, ...]
    threshold: float | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """`candidates` restricts the answer to some labels (none: all); `k` examples come back.

    `precision` (0 to 1) asks for the threshold from which so many answers are right.
    """

    vector: Sequence[float]
    k: int = 5
    candidates: tuple[str, ...] = ()
    precision: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """The rows of one content of a file, with the index over them.

    `thresholds` keeps what was worked out for a precision: that takes as long as learning anew.
    """

    name: str
    texts: tuple[str, ...]
    tags: tuple[str, ...]
    vectors: Vectors
    index: Neighbours
    thresholds: dict[float, float] = field(default_factory=dict[float, float])

    @property
    def labels(self) -> tuple[str, ...]:
        return self.index.labels


@dataclass(frozen=True, slots=True)
class Edges:
    """`progress` hears (dataset, texts embedded, texts to embed) while a dataset is built."""

    rows: Rows
    vectors: VectorStore
    embedder: Embedder
    clock: Clock
    progress: Callable[[str, int, int], None] = lambda _name, _done, _all: None


@dataclass(slots=True)
class _Slot:
    """One dataset in memory. `content` tells whether the rows are those that were indexed."""

    source: DatasetSource
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    built: Dataset | None = None
    stamp: str = ""
    content: object = None
    looked_at: float = float("-inf")


class Datasets:
    def __init__(self, sources: Mapping[str, DatasetSource], edges: Edges) -> None:
        self._edges: Edges = edges
        self._embedding: Embedding = Embedding(edges.vectors, edges.embedder)
        self._slots: dict[str, _Slot] = {name: _Slot(source) for name, source in sources.items()}

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._slots))

    def source(self, name: str) -> DatasetSource:
        """Raises NotFound with names that look alike."""
        return self._slot(name).source

    async def load(self, name: str) -> Dataset:
        """The dataset as its file is now; concurrent callers wait for one build.

        Raises NotFound for a name or file, Invalid for rows that cannot be learnt from, and
        whatever embedding raises.
        """
        slot = self._slot(name)
        async with slot.lock:
            now = self._edges.clock.monotonic()
            if slot.built is not None and now - slot.looked_at < LOOK_AGAIN_SECONDS:
                return slot.built
            stamp = await self._edges.rows.stamp(slot.source.path)
            if slot.built is None or stamp != slot.stamp:
                slot.built = await self._read(name, slot)
            slot.stamp, slot.looked_at = stamp, self._edges.clock.monotonic()
            return slot.built

    async def labels(self, name: str) -> tuple[str, ...]:
        return (await self.load(name)).labels

    async def classify(self, name: str, asked: Asked) -> Match:
        """Raises as `load` does, and Invalid for candidates that are no labels of the dataset."""
        dataset = await self.load(name)
        index: Neighbours = dataset.index
        rows: Sequence[int] = range(len(dataset.texts))
        if asked.candidates:
            index, rows = _among(dataset, frozenset(asked.candidates))
        found = index.classify(asked.vector)
        threshold = None
        if asked.precision is not None:
            threshold = await self._threshold(self._slot(name), dataset, asked.precision)
        return Match(
            found.label,
            found.confidence,
            found.margin,
            tuple(
                Example(dataset.texts[rows[near.index]], near.label, near.score)
                for near in found.neighbours[: asked.k]
            ),
            threshold,
        )

    async def _threshold(self, slot: _Slot, dataset: Dataset, precision: float) -> float:
        """Worked out once; it does not depend on candidates."""
        async with slot.lock:
            if precision not in dataset.thresholds:
                chosen = await anyio.to_thread.run_sync(
                    lambda: choose_threshold(dataset.vectors, dataset.tags, precision=precision)
                )
                dataset.thresholds[precision] = chosen.confidence
        return dataset.thresholds[precision]

    def _slot(self, name: str) -> _Slot:
        slot = self._slots.get(name)
        if slot is None:
            raise unknown("dataset", name, self._slots, where="datasets in podium.yaml")
        return slot

    async def _read(self, name: str, slot: _Slot) -> Dataset:
        rows = await self._edges.rows.read(slot.source.path)
        texts, labels = _examples(name, slot.source, rows)
        content = (texts, labels)
        if slot.built is not None and content == slot.content:
            return slot.built
        _check(name, slot.source, labels)
        vectors = await self._embedding.of(
            slot.source.model, texts, lambda done, of: self._edges.progress(name, done, of)
        )
        index = await anyio.to_thread.run_sync(lambda: Neighbours.learn(vectors, labels))
        slot.content = content
        return Dataset(name, texts, labels, vectors, index)


def _examples(
    name: str, source: DatasetSource, rows: Sequence[Mapping[str, str]]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts and labels, without rows in which either is empty. Raises Invalid."""
    if not rows:
        raise Invalid(f"Dataset {name!r} is empty: {source.path} has no rows. Add examples.")
    for column in (source.text, source.label):
        if column not in rows[0]:
            raise Invalid(
                f"Dataset {name!r} has no column {column!r}: {source.path} has "
                f"{', '.join(map(repr, rows[0]))}. Correct `text` or `label` in podium.yaml."
            )
    pairs = ((row.get(source.text, ""), row.get(source.label, "")) for row in rows)
    kept = [(text.strip(), label.strip()) for text, label in pairs if text.strip()]
    kept = [(text, label) for text, label in kept if label]
    if not kept:
        raise Invalid(
            f"Dataset {name!r} is empty: no row of {source.path} has both a "
            f"{source.text!r} and a {source.label!r}."
        )
    return tuple(text for text, _ in kept), tuple(label for _, label in kept)


def _check(name: str, source: DatasetSource, labels: Sequence[str]) -> None:
    """Each label needs two examples: with one nobody can tell how well it is recognised."""
    counts = Counter(labels)
    if len(counts) < _FEWEST:
        raise Invalid(
            f"Dataset {name!r} has one label only, {labels[0]!r}: there is nothing to choose "
            f"between. Add examples of another label to {source.path}."
        )
    single = sorted(label for label, count in counts.items() if count < _FEWEST)
    if single:
        shown = ", ".join(map(repr, single[:5])) + (" and more" if len(single) > 5 else "")  # noqa: PLR2004 - as many as a sentence carries
        raise Invalid(
            f"Dataset {name!r} has labels with one example only: {shown}. "
            f"Add a second example of each to {source.path}, or remove them.",
            problems=[Problem(f"Label {label!r} has one example.", "dataset") for label in single],
        )


def _among(dataset: Dataset, candidates: Collection[str]) -> tuple[Neighbours, Sequence[int]]:
    """The index over the rows of some labels only, and which rows those are."""
    index = dataset.index
    strangers = sorted(set(candidates) - set(index.labels))
    if strangers:
        raise Invalid(
            f"Dataset {dataset.name!r} has no label {strangers[0]!r}. "
            f"Candidates are among: {', '.join(index.labels[:20])}."
        )
    if len(candidates) < _FEWEST:
        raise Invalid("One candidate leaves nothing to choose. Give two or more, or none for all.")
    columns = [at for at, label in enumerate(index.labels) if label in candidates]
    rows = np.flatnonzero(np.isin(index.targets, columns))
    restricted = replace(
        index,
        labels=tuple(index.labels[at] for at in columns),
        targets=np.searchsorted(columns, index.targets[rows]),
        directions=index.directions[rows],
        weights=index.weights[:, columns],
        bias=index.bias[columns],
    )
    return restricted, rows.tolist()
