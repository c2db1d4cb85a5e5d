"""Rules about `call`: the function exists, and its literal arguments fit its schema."""

import re
from collections.abc import Mapping
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.external import (
    CATALOGED,
    DEFAULT_CATALOG,
    can_be_fetched,
    is_address,
)
from podium.workflows.documents.findings import Findings, quoted
from podium.workflows.documents.language.calls import ARGUMENTS
from podium.workflows.documents.references import References
from podium.workflows.documents.schemas import Schemas
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.names import nearest

_ADDRESS: Final = (
    "'{}' is no address that podium fetches a function from. "
    "Write a whole one such as https://example.com/functions/greet/1.0.0/function.yaml."
)


class Calls:
    """`functions` is the default catalog: the schema of a function's input by its name, and once
    more by `name:version`; and what has been fetched, by what `call` says.
    """

    def __init__(
        self,
        functions: Mapping[str, JsonObject],
        references: References,
        findings: Findings,
        *,
        schemas: Schemas,
    ) -> None:
        self._functions: Mapping[str, JsonObject] = functions
        self._references: References = references
        self._findings: Findings = findings
        self._schemas: Schemas = schemas

    def check(self, task: Task, document: JsonObject) -> None:
        called = task.body.get("call")
        if not isinstance(called, str) or called in ARGUMENTS:
            return
        local = member(document, "use", "functions", called)
        if isinstance(local, Mapping):
            self._references.use("functions", called, task.at("call"))
            if "with" in task.body:
                self._arguments(task, called, member(local, "input", "schema", "document"))
            return
        found = CATALOGED.fullmatch(called)
        if is_address(called):
            if not can_be_fetched(called):
                self._findings.error("function-address", _ADDRESS.format(called), task.at("call"))
            self._arguments(task, called, self._functions.get(called))
        elif found is None:
            self._lookup(task, called, "")
        else:
            self._cataloged(task, found)

    def _cataloged(self, task: Task, found: re.Match[str]) -> None:
        catalog = found["catalog"] or DEFAULT_CATALOG
        if catalog == DEFAULT_CATALOG and catalog not in self._references.defined["catalogs"]:
            self._lookup(task, found["name"], found["version"])
        else:
            self._references.use("catalogs", catalog, task.at("call"))
            called = found.group()
            self._arguments(task, called, self._functions.get(called))

    def _lookup(self, task: Task, name: str, version: str) -> None:
        """A function of podium's own catalog; without a version, the one that it has."""
        versions = [key for key in self._functions if key.partition(":")[0] == name and key != name]
        exact = f"{name}:{version}"
        if name not in self._functions:
            plain = [key for key in self._functions if ":" not in key]
            known = [*self._references.defined["functions"], *plain, *ARGUMENTS]
            message = f"There is no function '{name}' to call.{nearest(name, known)}"
            message = f"{message} Known: {quoted(known)}."
            self._findings.error("unknown-function", message, task.at("call"))
        elif version and versions and exact not in versions:
            message = f"There is no '{exact}' in podium's catalog. It has {quoted(versions)}."
            self._findings.error("unknown-function", message, task.at("call"))
        else:
            self._arguments(task, name, self._functions[name])

    def _arguments(self, task: Task, name: str, schema: Json) -> None:
        if not isinstance(schema, Mapping):
            return
        arguments = task.body.get("with", {})
        if not isinstance(arguments, Mapping):
            return
        place = task.at("with") if "with" in task.body else task.path
        for path, what in self._schemas.mismatches(arguments, schema):
            self._findings.error("argument", f"'{task.name}' calls {name}: {what}", place + path)
