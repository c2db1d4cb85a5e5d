"""The check of a document: first its shape, then what a shape cannot say."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Final, cast

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.documents.authentication import check_authentications
from podium.workflows.documents.callees import check_callee
from podium.workflows.documents.calls import Calls
from podium.workflows.documents.embedded import (
    MAX_SYMBOLS,
    SYMBOLS_OF_A_TASK,
    Embedded,
)
from podium.workflows.documents.eventing import check_events, check_schedule
from podium.workflows.documents.external import PINNED
from podium.workflows.documents.findings import (
    MAX_ERRORS,
    Enough,
    Finding,
    Findings,
    quoted,
)
from podium.workflows.documents.flow import Ends, check_flow
from podium.workflows.documents.listening import check_listening
from podium.workflows.documents.messaging import check_messaging
from podium.workflows.documents.model import Document
from podium.workflows.documents.names import check_names
from podium.workflows.documents.processes import check_process
from podium.workflows.documents.references import References
from podium.workflows.documents.reuse import check_resource, check_reuse, check_self_run
from podium.workflows.documents.risk import check_risks
from podium.workflows.documents.schemas import Schemas
from podium.workflows.documents.secrets import check_secrets
from podium.workflows.documents.sentences import check_language
from podium.workflows.documents.source import Source, pointer, values
from podium.workflows.documents.support import check_document_support, check_task_support
from podium.workflows.documents.tasks import Task, lists, member
from podium.workflows.documents.timing import check_document_time, check_task_time
from podium.workflows.documents.yaml import load
from podium.workflows.expressions.names import nearest

MAX_TASKS: Final = 10_000
MEMBERS: Final = (
    "document",
    "input",
    "use",
    "do",
    "timeout",
    "output",
    "schedule",
    "evaluate",
)


def parse(text: str | bytes, *, name: str, functions: Mapping[str, JsonObject]) -> Document:
    """Raises Invalid with every error as a problem; warnings do not refuse a document."""
    source = load(text, name=name)
    problems = [each.problem for each in check(source, functions) if each.severity == "error"]
    if problems:
        more = " or more" if len(problems) == MAX_ERRORS else ""
        count = "1 problem" if len(problems) == 1 else f"{len(problems)}{more} problems"
        raise Invalid(f"{name} has {count}. First: {problems[0]}", problems=problems)
    return document(source)


def document(source: Source) -> Document:
    """Of a source that `check` found no error in."""
    head = cast("Mapping[str, str]", source.value["document"])
    return Document(
        name=head["name"],
        namespace=head["namespace"],
        version=head["version"],
        dsl=head["dsl"],
        title=head.get("title", head["name"]),
        source=source.value,
        digest=digest(source.value),
        text=source.text,
    )


def check(source: Source, functions: Mapping[str, JsonObject]) -> tuple[Finding, ...]:
    """All findings in the order of the text, up to a number. The linter runs only on what fits the
    schema.
    """
    findings = Findings(source)
    with suppress(Enough):
        if check_language(source.value, findings):
            _lint(source.value, functions, findings)
    return findings.sorted()


def _lint(value: JsonObject, functions: Mapping[str, JsonObject], findings: Findings) -> None:
    _members(value, findings)
    references = References(value, findings)
    schemas = Schemas()
    calls = Calls(functions, references, findings, schemas=schemas)
    ends, count = Ends(), 0
    for tasks in lists(value):
        count += len(tasks.tasks)
        if count > MAX_TASKS:
            message = f"The workflow has more than {MAX_TASKS:,} tasks. Split it into several."
            findings.stop("too-many-tasks", message, tasks.path)
        check_flow(tasks, ends, findings)
        for task in tasks.tasks:
            _task(task, schemas, findings)
            references.task(task)
            calls.check(task, value)
            check_self_run(task, value, findings)
    check_risks(value, findings)
    most = MAX_SYMBOLS + SYMBOLS_OF_A_TASK * count
    _loose(value, findings, most=most)
    embedded = Embedded(findings, most=most)
    embedded.document(value)
    references.secrets(embedded.secrets)
    check_secrets(value, embedded.secrets, findings)
    references.document()
    references.finish()
    check_authentications(value, findings)
    _document(value, schemas, findings)


def _loose(value: JsonObject, findings: Findings, *, most: int) -> None:
    """In loose mode each text is read as an expression when the document is first run."""
    if member(value, "evaluate", "mode") != "loose":
        return
    texts = sum(len(each) for each in values(value.get("do")) if isinstance(each, str))
    if texts > most:
        message = f"In loose mode every text is an expression, and these have {texts:,} characters."
        remedy = "Write ${ } around the expressions and take evaluate.mode out."
        findings.stop("too-many-expressions", f"{message} {remedy}", pointer("evaluate", "mode"))


def _task(task: Task, schemas: Schemas, findings: Findings) -> None:
    check_task_support(task, findings)
    check_task_time(task, findings)
    check_listening(task, findings)
    check_events(task, findings)
    check_names(task, findings)
    check_process(task, findings)
    check_callee(task, findings)
    check_messaging(task, findings)
    for key in ("input", "output", "export"):
        _schema(task.body.get(key), schemas, findings, path=task.at(key))
        check_resource(task.body.get(key), task.at(key), findings)


def _document(value: JsonObject, schemas: Schemas, findings: Findings) -> None:
    check_document_support(value, findings)
    check_document_time(value, findings)
    check_schedule(value, findings)
    check_reuse(value, findings)
    for key in ("input", "output"):
        _schema(value.get(key), schemas, findings, path=pointer(key))


def _schema(part: Json, schemas: Schemas, findings: Findings, *, path: str) -> None:
    written = member(part, "schema", "document")
    if written is None:
        return
    reason = schemas.trouble(written)
    if reason:
        message = f"The schema cannot be used: {reason}. Write a JSON Schema."
        findings.error("invalid-schema", message, f"{path}/schema/document")


def _members(value: JsonObject, findings: Findings) -> None:
    for name in value:
        if name == PINNED:
            message = f"'{name}' is what podium writes when it stores a document. Leave it out."
            findings.error("unknown-member", message, pointer(name))
        elif name not in MEMBERS:
            message = f"The document has '{name}', which means nothing.{nearest(name, MEMBERS)}"
            findings.error("unknown-member", f"{message} Known: {quoted(MEMBERS)}.", pointer(name))
