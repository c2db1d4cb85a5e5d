"""Rules about `call`: the function exists, and its literal arguments fit its schema."""

import re
from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import Findings, quoted
from podium.workflows.documents.language.calls import ARGUMENTS
from podium.workflows.documents.references import References
from podium.workflows.documents.schemas import mismatches
from podium.workflows.documents.support import RULE
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.names import nearest

DEFAULT_CATALOG: Final = "default"
_CATALOGED: Final = re.compile(r"(?P<name>[^:@/]+):(?P<version>[^@]+)(?:@(?P<catalog>.+))?")


class Calls:
    """`functions` is the default catalog: a name (or name:version) and its input's schema."""

    def __init__(
        self, functions: Mapping[str, JsonObject], references: References, findings: Findings
    ) -> None:
        self._functions: Mapping[str, JsonObject] = functions
        self._references: References = references
        self._findings: Findings = findings

    def check(self, task: Task, document: JsonObject) -> None:
        called = task.body.get("call")
        if not isinstance(called, str) or called in ARGUMENTS:
            return
        local = member(document, "use", "functions", called)
        if isinstance(local, Mapping):
            self._references.use("functions", called, task.at("call"))
            schema = member(local, "input", "schema", "document")
            self._arguments(task, called, schema)
            return
        found = _CATALOGED.fullmatch(called)
        if "://" in called:
            message = f"podium does not fetch functions, and '{called}' is an address."
            remedy = "Use a function of the catalog or of use.functions."
            self._findings.error(RULE, f"{message} {remedy}", task.at("call"))
        elif found is None:
            self._lookup(task, called, called)
        elif (found["catalog"] or DEFAULT_CATALOG) != DEFAULT_CATALOG:
            message = f"'{called}' is in the catalog '{found['catalog']}', and podium reads only"
            remedy = f"its own: write '{found['name']}:{found['version']}@{DEFAULT_CATALOG}'."
            self._findings.error(RULE, f"{message} {remedy}", task.at("call"))
        else:
            self._lookup(task, f"{found['name']}:{found['version']}", found["name"])

    def _lookup(self, task: Task, exact: str, name: str) -> None:
        for key in (exact, name):
            if key in self._functions:
                self._arguments(task, key, self._functions[key])
                return
        known = [*self._references.defined["functions"], *self._functions, *ARGUMENTS]
        message = (
            f"There is no function '{name}' to call.{nearest(name, known)} Known: {quoted(known)}."
        )
        self._findings.error("unknown-function", message, task.at("call"))

    def _arguments(self, task: Task, name: str, schema: Json) -> None:
        if not isinstance(schema, Mapping):
            return
        arguments = task.body.get("with", {})
        if not isinstance(arguments, Mapping):
            return
        place = task.at("with") if "with" in task.body else task.path
        for path, what in mismatches(arguments, schema):
            self._findings.error("argument", f"'{task.name}' calls {name}: {what}", place + path)
