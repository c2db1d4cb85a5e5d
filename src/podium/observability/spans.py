"""Spans: one for every run, task, function and model call.

Ids are computed from the run and the path, so a run that is replayed after a crash writes the
same spans again and no second ones.
"""

import hashlib
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from podium.kernel.ids import RunId, WorkspaceId
from podium.kernel.json import JsonObject
from podium.kernel.money import NOTHING, NanoUsd


class SpanKind(StrEnum):
    RUN = "run"
    TASK = "task"
    FUNCTION = "function"
    MODEL = "model"


class SpanStatus(StrEnum):
    OPEN = "open"
    OK = "ok"
    ERROR = "error"


class Span(Struct, frozen=True):
    """Times are seconds since the epoch; `ended_at` is None while the span is open.

    `path` is the task's path in the document with iterations and attempts, such as
    `/do/classify` or `/do/each[3]/ask#2`; the run's own span has "". `run` is "" for a call that
    reached the gateway from outside a run.
    """

    id: str
    trace: str
    parent: str | None
    run: RunId
    workspace: WorkspaceId
    kind: SpanKind
    name: str
    path: str
    started_at: float
    ended_at: float | None = None
    status: SpanStatus = SpanStatus.OPEN
    error: str | None = None
    model: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost: NanoUsd = NOTHING
    attributes: JsonObject = {}


class Tracer(Protocol):
    """Takes spans and never blocks; the same id again replaces what was written."""

    def record(self, span: Span) -> None: ...


def trace_id(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()[:32]


def call_ids(call: str) -> tuple[str, str]:
    """Of a call from outside: its trace, and the one span in it."""
    trace = hashlib.blake2b(call.encode(errors="replace"), digest_size=16).hexdigest()
    return trace, trace[:16]


def span_id(run: str, path: str, kind: SpanKind) -> str:
    return hashlib.sha256(f"{run}\0{path}\0{kind}".encode()).hexdigest()[:16]
