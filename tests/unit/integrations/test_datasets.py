"""Datasets: read once, embedded once, learnt once."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import anyio
import pytest
from tests.fakes_functions import MemoryRows, WordEmbedder, vector_of
from tests.fakes_storage import MemoryVectors
from tests.world import FakeClock

from podium.integrations.datasets import Asked, Datasets, DatasetSource, Edges
from podium.kernel.errors import Invalid, NotFound, Unavailable

pytestmark = pytest.mark.anyio

ROWS: list[Mapping[str, str]] = [
    {"text": "my card is lost", "label": "lost"},
    {"text": "i lost the card", "label": "lost"},
    {"text": "card was lost today", "label": "lost"},
    {"text": "i want a loan", "label": "loan"},
    {"text": "loan for a house", "label": "loan"},
    {"text": "what is the rate", "label": "rate"},
    {"text": "the rate of savings", "label": "rate"},
]


@dataclass
class Shelf:
    rows: MemoryRows = field(default_factory=lambda: MemoryRows({"i.csv": list(ROWS)}))
    vectors: MemoryVectors = field(default_factory=MemoryVectors)
    embedder: WordEmbedder = field(default_factory=WordEmbedder)
    clock: FakeClock = field(default_factory=FakeClock)
    progress: list[tuple[str, int, int]] = field(default_factory=list)

    def datasets(self, **changes: str) -> Datasets:
        source = {"path": "i.csv", "text": "text", "label": "label", "model": "e"} | changes
        edges = Edges(
            self.rows,
            self.vectors,
            self.embedder,
            self.clock,
            lambda name, done, of: self.progress.append((name, done, of)),
        )
        return Datasets({"intents": DatasetSource(**source)}, edges)


async def test_a_vector_gets_the_label_of_its_neighbours_with_their_texts():
    match = await Shelf().datasets().classify("intents", Asked(vector_of("card lost"), k=2))
    assert match.label == "lost"
    assert 0 < match.confidence <= 1
    assert len(match.neighbours) == 2
    assert match.neighbours[0].label == "lost"
    assert match.neighbours[0].text in {row["text"] for row in ROWS}


async def test_candidates_restrict_the_answer_and_its_neighbours():
    asked = Asked(vector_of("card lost"), candidates=("loan", "rate"))
    match = await Shelf().datasets().classify("intents", asked)
    assert match.label in {"loan", "rate"}
    assert {near.label for near in match.neighbours} <= {"loan", "rate"}
    texts = {row["text"]: row["label"] for row in ROWS}
    assert all(texts[near.text] == near.label for near in match.neighbours)


async def test_texts_are_embedded_once_and_kept_over_a_restart():
    shelf = Shelf()
    _ = await shelf.datasets().load("intents")
    _ = await shelf.datasets().load("intents")
    assert sorted(shelf.embedder.texts) == sorted({row["text"] for row in ROWS})
    assert shelf.progress == [("intents", 7, 7)]


async def test_concurrent_callers_wait_for_one_build():
    shelf = Shelf()
    datasets = shelf.datasets()
    async with anyio.create_task_group() as group:
        for _ in range(8):
            _ = group.start_soon(datasets.load, "intents")
    assert shelf.rows.reads == 1
    assert shelf.embedder.calls == 1


async def test_a_changed_file_is_read_again_and_only_what_is_new_is_embedded():
    shelf = Shelf()
    datasets = shelf.datasets()
    before = await datasets.load("intents")
    shelf.rows.files["i.csv"] += [
        {"text": "hello", "label": "greeting"},
        {"text": "good day", "label": "greeting"},
    ]
    shelf.rows.version = 2
    assert await datasets.load("intents") is before
    shelf.clock.at += 1
    assert "greeting" in (await datasets.load("intents")).labels
    assert shelf.embedder.texts[-2:] == ["hello", "good day"]


async def test_a_touched_file_with_the_same_rows_is_not_learnt_again():
    shelf = Shelf()
    datasets = shelf.datasets()
    before = await datasets.load("intents")
    shelf.rows.version, shelf.clock.at = 2, shelf.clock.at + 1
    assert await datasets.load("intents") is before


async def test_an_unknown_name_is_answered_with_one_that_looks_alike():
    with pytest.raises(NotFound, match="Did you mean 'intents'"):
        _ = await Shelf().datasets().load("intent")


async def test_a_missing_file_is_named():
    with pytest.raises(NotFound, match=r"x\.csv"):
        _ = await Shelf().datasets(path="x.csv").load("intents")


async def test_a_missing_column_is_answered_with_those_there_are():
    with pytest.raises(Invalid, match=r"no column 'category'.*'text', 'label'"):
        _ = await Shelf().datasets(label="category").load("intents")


@pytest.mark.parametrize("rows", [[], [{"text": " ", "label": "x"}]])
async def test_an_empty_dataset_is_refused(rows: list[Mapping[str, str]]):
    shelf = Shelf(MemoryRows({"i.csv": rows}))
    with pytest.raises(Invalid, match="is empty"):
        _ = await shelf.datasets().load("intents")


async def test_a_label_with_one_example_is_refused_by_name():
    shelf = Shelf(MemoryRows({"i.csv": [*ROWS, {"text": "hm", "label": "odd"}]}))
    with pytest.raises(Invalid, match="one example only: 'odd'") as caught:
        _ = await shelf.datasets().load("intents")
    assert len(caught.value.problems) == 1
    assert shelf.embedder.calls == 0


async def test_one_label_leaves_nothing_to_choose():
    shelf = Shelf(MemoryRows({"i.csv": ROWS[:3]}))
    with pytest.raises(Invalid, match="one label only"):
        _ = await shelf.datasets().load("intents")


@pytest.mark.parametrize(
    ("candidates", "message"), [(("lost", "nope"), "no label 'nope'"), (("lost",), "nothing to")]
)
async def test_candidates_must_be_labels_and_a_choice(candidates: tuple[str, ...], message: str):
    with pytest.raises(Invalid, match=message):
        _ = await Shelf().datasets().classify("intents", Asked(vector_of("x"), 1, candidates))


async def test_an_embedder_that_loses_texts_is_found_out_and_nothing_is_kept():
    shelf = Shelf(embedder=WordEmbedder(broken=True))
    with pytest.raises(Unavailable, match="6 vectors for 7 texts"):
        _ = await shelf.datasets().load("intents")
    assert shelf.vectors.rows == {}


async def test_vectors_of_another_length_say_that_the_model_was_exchanged():
    shelf = Shelf()
    _ = await shelf.datasets().load("intents")
    first = next(iter(shelf.vectors.rows))
    shelf.vectors.rows[first] = b"\0" * 8
    with pytest.raises(Unavailable, match="exchanged"):
        _ = await shelf.datasets().load("intents")


async def test_the_confidence_for_a_precision_is_worked_out_from_the_examples_once():
    many = [
        {"text": f"{word} number {n}", "label": word}
        for word in ("lost", "loan")
        for n in range(60)
    ]
    shelf = Shelf(rows=MemoryRows({"i.csv": many}))
    datasets = shelf.datasets()
    first = await datasets.classify("intents", Asked(vector_of("lost number 3"), precision=0.9))
    second = await datasets.classify("intents", Asked(vector_of("loan number 9"), precision=0.9))
    assert first.threshold is not None
    assert first.threshold == second.threshold
    assert first.confidence >= first.threshold
    assert (await datasets.classify("intents", Asked(vector_of("loan")))).threshold is None
