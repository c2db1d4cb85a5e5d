"""Documents that the tests of this folder write, and what the check finds in them."""

import textwrap

from podium.workflows.documents.check import check
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.yaml import load

HEAD = """\
document: {dsl: '1.0.3', namespace: tests, name: flow, version: '0.1.0'}
"""
LLM = {
    "type": "object",
    "properties": {
        "model": {"type": "string"},
        "prompt": {"type": "string", "minLength": 3},
        "temperature": {"type": "number", "maximum": 2},
        "mode": {"enum": ["fast", "careful"]},
    },
    "required": ["prompt"],
    "additionalProperties": False,
}
FUNCTIONS = {"llm": LLM, "approve": {"type": "object"}}


def findings(body: str) -> tuple[Finding, ...]:
    source = load(HEAD + textwrap.dedent(body), name="flow.yaml")
    return check(source, FUNCTIONS)


def rules(body: str) -> list[str]:
    return [each.rule for each in findings(body)]


def only(body: str) -> Finding:
    found = findings(body)
    assert len(found) == 1, [str(each.problem) for each in found]
    return found[0]
