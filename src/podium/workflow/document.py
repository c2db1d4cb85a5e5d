"""A whole document, in Python."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePath
from typing import Final, Literal, TypedDict, Unpack, cast

from podium.functions.declared import Declared
from podium.functions.installed import described
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject
from podium.workflow.parts import (
    DataOptions,
    Duration,
    Extension,
    Part,
    Task,
    data_flow,
    endpoint,
    picked,
    timeout,
)
from podium.workflow.places import Written, written
from podium.workflow.rendering import Rendering
from podium.workflow.tasks import Error
from podium.workflows.documents.check import check
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.source import Source
from podium.workflows.documents.writing import as_yaml
from podium.workflows.functions import inputs

DSL: Final = "1.0.3"


class Use(TypedDict, total=False):
    """What the document uses in several places, by name; a function's own task name is left out.

    A catalog is an address, or one with credentials.
    """

    authentications: Mapping[str, Part]
    catalogs: Mapping[str, str | tuple[str, Part]]
    errors: Mapping[str, Error]
    extensions: Sequence[Extension]
    functions: Mapping[str, Task]
    retries: Mapping[str, Part]
    secrets: Sequence[str]
    timeouts: Mapping[str, Duration]


class Schedule(TypedDict, total=False):
    every: Duration
    cron: str
    after: Duration
    on: Part
    read: Literal["data", "envelope", "raw"]


class About(DataOptions, total=False):
    """Everything of a document but its name and its tasks."""

    title: str
    summary: str
    tags: Mapping[str, str]
    metadata: Mapping[str, object]
    use: Use
    timeout: Duration
    schedule: Schedule
    evaluate: Mapping[str, str]
    dsl: str


@dataclass(frozen=True, slots=True)
class Identity:
    namespace: str
    name: str
    version: str


class Workflow:
    """One version of a workflow: `do` are its tasks."""

    def __init__(
        self,
        namespace: str,
        name: str,
        version: str,
        *,
        do: Sequence[Task],
        **about: Unpack[About],
    ) -> None:
        self._identity: Identity = Identity(namespace, name, version)
        self._do: Sequence[Task] = tuple(do)
        self._about: About = about
        self._place: Written = written()

    @property
    def document(self) -> JsonObject:
        """As the YAML text would be read. Raises Invalid for a value that JSON cannot write."""
        return self._source().source.value

    def yaml(self) -> str:
        return as_yaml(self.document)

    def json(self) -> str:
        return json.dumps(self.document, indent=2, ensure_ascii=False)

    def findings(self, functions: "Iterable[Declared[..., object]]" = ()) -> Sequence[Finding]:
        """Everything that is wrong or doubtful; lines and columns are of the Python text.

        `functions` are those that no installed package brings.
        """
        known = [*described().values(), *(each.function for each in functions)]
        return check(self._source().source, inputs(known))

    def check(self, functions: "Iterable[Declared[..., object]]" = ()) -> None:
        """Raises Invalid with every error as a problem; the first one is in the message."""
        rendered = self._source()
        problems = [
            replace(each.problem, message=f"{rendered.file(each.path)}{each.message}")
            for each in self.findings(functions)
            if each.severity == "error"
        ]
        if problems:
            first = problems[0]
            name = PurePath(rendered.source.name).name
            more = f" There are {len(problems)} problems." if len(problems) > 1 else ""
            at = f"{name}:{first.line}:{first.column}: {first.message} [{first.rule}]"
            raise Invalid(f"{at}{more}", problems=problems)

    def _source(self) -> "_Rendered":
        about, rendering = self._about, Rendering()
        names = {"title": "title", "summary": "summary", "tags": "tags", "metadata": "metadata"}
        head = {
            "dsl": about.get("dsl", DSL),
            "namespace": self._identity.namespace,
            "name": self._identity.name,
            "version": self._identity.version,
            **picked(about, names),
        }
        parts: dict[str, object] = {"document": head, **data_flow(about)}
        if "use" in about:
            parts["use"] = _use(about["use"])
        parts |= picked(about, {"schedule": "schedule", "evaluate": "evaluate"})
        if "timeout" in about:
            parts["timeout"] = timeout(about["timeout"])
        value, root = rendering.of({**parts, "do": self._do}, self._place)
        source = Source(self._place.file, "", cast("JsonObject", value), root)
        return _Rendered(source, rendering.files)


@dataclass(frozen=True, slots=True)
class _Rendered:
    source: Source
    files: Mapping[str, str] = field(default_factory=dict[str, str])

    def file(self, path: str) -> str:
        """`tasks.py: `, where the place is in another file than the document."""
        above = [at for at in self.files if path == at or path.startswith(f"{at}/")]
        if not above:
            return ""
        name = self.files[max(above, key=len)]
        return "" if name == self.source.name else f"{PurePath(name).name}: "


def _use(given: Use) -> dict[str, object]:
    made: dict[str, object] = dict(given)
    if "timeouts" in given:
        made["timeouts"] = {name: {"after": each} for name, each in given["timeouts"].items()}
    if "catalogs" in given:
        made["catalogs"] = {name: _catalog(each) for name, each in given["catalogs"].items()}
    return made


def _catalog(given: str | tuple[str, Part]) -> dict[str, object]:
    uri, authentication = (given, None) if isinstance(given, str) else given
    return {"endpoint": endpoint(uri, authentication)}
