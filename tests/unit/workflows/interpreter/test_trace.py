"""Spans of a run out of what its steps recorded."""

from dataclasses import asdict

import pytest
from tests.unit.gateway.fakes import ANA, ASK, Script, World, answer
from tests.world import ANN, Ledger

from podium.functions.models import usage
from podium.gateway.supply.modes import NATIVE, Supplied
from podium.kernel.ids import RunId
from podium.observability.spans import SpanKind
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.interpreter.trace import Trace

pytestmark = pytest.mark.anyio
HELPED = {
    "podium.supplied": ["tools", "json_schema"],
    "podium.repairs": 1,
    "gen_ai.output.type": "json",
}


@pytest.mark.parametrize(
    ("supplied", "told"), [(NATIVE, {}), (Supplied(("tools", "json_schema"), 1), HELPED)]
)
async def test_a_call_of_a_run_tells_with_what_its_model_was_supplied(supplied, told):
    _, record = await World(Script([answer("hi")], supplied=supplied)).gateway().chat(ANA, ASK)
    ledger = Ledger()
    outcome = {"at": 5.0, "ms": 1.0, "usage": [asdict(usage(record))]}
    Trace(ledger, Session(RunId("run_1"), ANN, {}, None, 4.0)).function(
        Frame("/do/0/ask", "parent"), "llm", outcome
    )
    (span,) = [one for one in ledger.spans.values() if one.kind is SpanKind.MODEL]
    assert {name: span.attributes[name] for name in HELPED if name in span.attributes} == told
