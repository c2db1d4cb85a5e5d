"""The spans of a run, made from what is recorded, so that a replay writes the same ones."""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from podium.kernel.json import Json, JsonObject
from podium.kernel.money import NanoUsd
from podium.observability import genai
from podium.observability.spans import Span, SpanKind, SpanStatus, Tracer, span_id, trace_id
from podium.workflows.interpreter.state import Frame, Session


@dataclass(frozen=True, slots=True)
class Trace:
    tracer: Tracer
    session: Session

    def open(self, kind: SpanKind, path: str, name: str, *, parent: str | None) -> Span:
        """A span that starts now, by the run's clock."""
        session = self.session
        span = Span(
            id=span_id(session.run, path, kind),
            trace=trace_id(session.run),
            parent=parent,
            run=session.run,
            workspace=session.principal.workspace,
            kind=kind,
            name=name,
            path=path,
            started_at=session.now,
        )
        self.tracer.record(span)
        return span

    def run(self, workflow: str) -> Span:
        """The span of the run itself."""
        attributes: JsonObject = {
            genai.OPERATION: genai.INVOKE_WORKFLOW,
            genai.WORKFLOW_NAME: workflow,
        }
        span = replace(self.open(SpanKind.RUN, "", workflow, parent=None), attributes=attributes)
        self.tracer.record(span)
        return span

    def close(self, span: Span, *, error: JsonObject | None = None, ms: float = 0.0) -> None:
        """End it at the run's clock; `ms` is what computing took, which that clock does not see."""
        self.tracer.record(
            replace(
                span,
                ended_at=max(self.session.now, span.started_at + ms / 1000),
                status=SpanStatus.OK if error is None else SpanStatus.ERROR,
                error=None if error is None else describe(error),
            )
        )

    def function(self, frame: Frame, name: str, outcome: JsonObject) -> None:
        """The span of a recorded function call, and one for each model call it made."""
        session = self.session
        ended = _number(outcome.get("at"))
        error = outcome.get("error")
        span = Span(
            id=span_id(session.run, frame.path, SpanKind.FUNCTION),
            trace=trace_id(session.run),
            parent=frame.parent,
            run=session.run,
            workspace=session.principal.workspace,
            kind=SpanKind.FUNCTION,
            name=name,
            path=frame.path,
            started_at=ended - _number(outcome.get("ms")) / 1000,
            ended_at=ended,
            status=SpanStatus.OK if error is None else SpanStatus.ERROR,
            error=describe(error) if isinstance(error, Mapping) else None,
            attributes={
                genai.OPERATION: genai.EXECUTE_TOOL,
                genai.TOOL_NAME: name,
                "podium.notes": outcome.get("notes", []),
            },
        )
        self.tracer.record(span)
        usage = outcome.get("usage")
        for index, call in enumerate(usage if isinstance(usage, list) else []):
            if isinstance(call, Mapping):
                self.tracer.record(_model_span(span, index, call))


def _model_span(parent: Span, index: int, call: JsonObject) -> Span:
    started = _number(call.get("started_at"))
    said = call.get("attributes")
    details: JsonObject = said if isinstance(said, Mapping) else {}
    path = f"{parent.path}!{index}"
    return replace(
        parent,
        id=span_id(parent.run, path, SpanKind.MODEL),
        parent=parent.id,
        kind=SpanKind.MODEL,
        name=f"{call.get('operation')} {call.get('model')}",
        path=path,
        started_at=started,
        ended_at=started + _number(call.get("ms")) / 1000,
        status=SpanStatus.OK,
        error=None,
        model=str(call.get("model")),
        input_tokens=int(_number(call.get("input_tokens"))),
        output_tokens=int(_number(call.get("output_tokens"))),
        cost=NanoUsd(int(_number(call.get("cost")))),
        attributes={
            genai.OPERATION: call.get("operation"),
            genai.PROVIDER: call.get("provider"),
            genai.REQUEST_MODEL: details.get("requested"),
            genai.RESPONSE_MODEL: call.get("model"),
            genai.INPUT_TOKENS: call.get("input_tokens"),
            genai.OUTPUT_TOKENS: call.get("output_tokens"),
            genai.CACHED_TOKENS: details.get("cached_input_tokens"),
            genai.REASONING_TOKENS: details.get("reasoning_tokens"),
            **_kind_of_output(details),
            **{f"podium.{name}": value for name, value in details.items()},
        },
    )


def _kind_of_output(details: JsonObject) -> JsonObject:
    supplied = details.get("supplied")
    wanted = isinstance(supplied, list) and "json_schema" in supplied
    return {genai.OUTPUT_TYPE: genai.JSON} if wanted else {}


def describe(problem: JsonObject) -> str:
    """A problem in one line."""
    title, detail = str(problem.get("title", "Failed")), str(problem.get("detail", ""))
    return f"{title}: {detail}" if detail else title


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
