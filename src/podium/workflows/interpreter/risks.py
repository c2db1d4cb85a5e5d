"""Tasks of high risk: each needs that people approved exactly what it is given.

What was approved is known again by the digest of the payload. An approval lets each task run once,
also where `then` leads back to it; a retry is the same once. In a branch of a fork only those count
that are before the fork or in the branch itself, so that a replay decides the same.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.documents.risk import HIGH
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.problems import Fault

_AGAIN = re.compile(r"~\d+|\[\d+\]")
"""A visit or an iteration: the same task of the document."""


@dataclass(slots=True)
class Approved:
    """By the path of the question, and which task went on with it."""

    digests: dict[str, str] = field(default_factory=dict[str, str])
    used: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def branch(self) -> "Approved":
        return replace(self, digests=dict(self.digests), used=set(self.used))

    def answered(self, path: str, given: JsonObject, answer: Json) -> None:
        """What `approve` was given and answered; only a person's yes counts."""
        if given.get("risk") != HIGH or not isinstance(answer, Mapping):
            return
        if answer.get("approved") is True and answer.get("expired") is False:
            self.digests[path] = digest(answer.get("payload"))

    def require(self, path: str, data: Json) -> None:
        """Raises a fault where nobody approved this, for this task."""
        task, wanted = _AGAIN.sub("", path), digest(data)
        for question, approved in self.digests.items():
            if approved == wanted and (question, task) not in self.used:
                self.used.add((question, task))
                return
        detail = (
            "This task is of high risk, and its input is not what people approved before it in "
            "this run. Give it the approved payload alone: `input: {from: ${ .payload }}` right "
            "after `call: approve` with `risk: high`."
        )
        raise Fault(problems.problem(problems.AUTHORIZATION, "Not approved", detail=detail))
