"""Rules about the expressions inside a document: they are whole strings, they can be read, and
the variables they name are there.

Which variables are where is the specification's table (dsl.md, Runtime expression arguments); a
secret that is read is noted with the member of the task in which it stands.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import Findings, label, shown
from podium.workflows.documents.processes import evaluated
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import entries, member
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import (
    CLOCK,
    is_expression,
    is_partial,
    parse,
)

OUTSIDE: Final = frozenset({"context", "secrets", "secret", "workflow", "runtime", CLOCK})
"""Where no task is: in the input and output of the workflow."""
EVERYWHERE: Final = OUTSIDE | {"input", "authorization", "task"}
MAX_SYMBOLS: Final = 100_000
SYMBOLS_OF_A_TASK: Final = 25
_EACH: Final = 5
"""What any expression costs, in symbols; each takes 2 to 3 microseconds to read."""
_TEXT: Final = 10
"""As many characters cost as much as one symbol."""
_FILTERS: Final = ("output", "export")
_BARE: Final = frozenset({"if", "when", "exceptWhen", "while"})
_SECRET: Final = re.compile(r"""\$secrets?\b(?:\.(\w+)|\.?\[?"([^"]+)"\]?)?""", re.ASCII)
_PARTIAL: Final = (
    "{} is {}, text with ${{ }} inside it, and only a whole string can be an expression. "
    'Write all of it as one: ${{ "text \\(.name) text" }}.'
)


@dataclass(frozen=True, slots=True)
class SecretUse:
    """An expression that reads the secret `name` ('*' for any), below `member` of a task."""

    name: str
    member: str
    path: str
    spelled: str


class Embedded:
    """Visits every place that is evaluated; `secrets` are those that it read."""

    def __init__(self, findings: Findings, *, most: int = MAX_SYMBOLS) -> None:
        """`most` symbols may all expressions together have."""
        self._findings: Findings = findings
        self._left: int = most
        self._member_of_task: str = ""
        self.secrets: list[SecretUse] = []

    def document(self, value: JsonObject) -> None:
        for key in ("input", "timeout", "schedule"):
            self._part(key, value.get(key), pointer(key), known=OUTSIDE)
        self._part("output", value.get("output"), pointer("output"), known=OUTSIDE | {"input"})
        self._tasks(value.get("do"), pointer("do"), EVERYWHERE)
        use = member(value, "use")
        if isinstance(use, Mapping):
            self._use(use)

    def _use(self, use: JsonObject) -> None:
        for key, each in use.items():
            path = pointer("use", key)
            if key == "extensions":
                for _, body, at in entries(each, path):
                    self._part("when", member(body, "when"), f"{at}/when", known=EVERYWHERE)
                    self._tasks(member(body, "before"), f"{at}/before", EVERYWHERE)
                    self._tasks(member(body, "after"), f"{at}/after", EVERYWHERE | {"output"})
            elif key == "functions" and isinstance(each, Mapping):
                for name, body in each.items():
                    self._task(body, f"{path}{pointer(name)}", EVERYWHERE)
            else:
                known = EVERYWHERE | {"error"} if key == "retries" else EVERYWHERE
                self._part(key, each, path, known=known)

    def _tasks(self, value: Json, path: str, known: frozenset[str]) -> None:
        for _, body, at in entries(value, path):
            self._task(body, at, known)

    def _task(self, body: Json, path: str, known: frozenset[str]) -> None:
        if not isinstance(body, Mapping):
            return
        names = self._loop_names(body)
        for key, value in body.items():
            at = f"{path}{pointer(key)}"
            match key:
                case "do" | "try":
                    self._tasks(value, at, known | names)
                case "while":
                    self._part("while", value, at, known=known | names)
                case "fork":
                    self._tasks(member(value, "branches"), f"{at}/branches", known)
                case "for":
                    self._member_of_task = key
                    self._bare(member(value, "in"), f"{at}/in", known)
                case _:
                    self._rest(key, value, at, known=known)

    def _rest(self, key: str, value: Json, path: str, *, known: frozenset[str]) -> None:
        match key:
            case "catch":
                self._catch(value, path, known)
            case "foreach":
                self._iterator(value, path, known)
            case "with":
                self._member_of_task = key
                self._template(value, path, known | self._consumed(value))
            case "listen":
                self._member_of_task = key
                self._consumption(member(value, "to"), f"{path}/to", known)
            case _:
                self._part(key, value, path, known=known)

    def _consumed(self, value: Json) -> frozenset[str]:
        """The names that an AsyncAPI subscription gives to each message."""
        iterator = member(value, "subscription", "foreach")
        if not isinstance(iterator, Mapping):
            return frozenset()
        return frozenset({str(iterator.get("item", "item")), str(iterator.get("at", "index"))})

    def _loop_names(self, body: JsonObject) -> frozenset[str]:
        loop = body.get("for")
        if not isinstance(loop, Mapping):
            return frozenset()
        return frozenset({str(loop.get("each", "item")), str(loop.get("at", "index"))})

    def _catch(self, value: Json, path: str, known: frozenset[str]) -> None:
        if not isinstance(value, Mapping):
            return
        inner = known | {str(value.get("as", "error"))}
        for key, each in value.items():
            at = f"{path}{pointer(key)}"
            if key == "do":
                self._tasks(each, at, inner)
            elif key != "as":
                self._part(key, each, at, known=inner)

    def _iterator(self, value: Json, path: str, known: frozenset[str]) -> None:
        if not isinstance(value, Mapping):
            return
        inner = known | {str(value.get("item", "item")), str(value.get("at", "index"))}
        for key, each in value.items():
            at = f"{path}{pointer(key)}"
            if key == "do":
                self._tasks(each, at, inner)
            elif key in {"output", "export"}:
                self._part(key, each, at, known=inner)

    def _consumption(self, value: Json, path: str, known: frozenset[str]) -> None:
        """What a `listen`, or a schedule, waits for."""
        if not isinstance(value, Mapping):
            return
        for key, each in value.items():
            at = f"{path}{pointer(key)}"
            if key == "until" and isinstance(each, Mapping):
                self._consumption(each, at, known)
            elif key == "until":
                self._bare(each, at, known)
            elif isinstance(each, Mapping):
                self._event_filter(each, at, known)
            elif isinstance(each, Sequence) and not isinstance(each, str):
                for index, one in enumerate(each):
                    self._event_filter(one, f"{at}/{index}", known)

    def _event_filter(self, value: Json, path: str, known: frozenset[str]) -> None:
        self._template(member(value, "with"), f"{path}/with", known)
        correlate = member(value, "correlate")
        if isinstance(correlate, Mapping):
            for name, each in correlate.items():
                at = f"{path}/correlate{pointer(name)}"
                self._bare(member(each, "from"), f"{at}/from", known)
                self._template(member(each, "expect"), f"{at}/expect", known)

    def _part(self, key: str, value: Json, path: str, *, known: frozenset[str]) -> None:
        """What stands under one key of a task or of the workflow."""
        if key in {"metadata", "then"}:
            return
        self._member_of_task = key
        if key in _BARE:
            self._bare(value, path, known)
        elif key == "input":
            self._bare(member(value, "from"), f"{path}/from", known)
        elif key in _FILTERS:
            self._bare(member(value, "as"), f"{path}/as", known | {"output"})
        elif key == "schedule":
            self._template(_without(value, "on"), path, known)
            self._consumption(member(value, "on"), f"{path}/on", known)
        elif key == "run":
            for each, at in evaluated(value, path):
                self._template(each, at, known)
        else:
            self._template(value, path, known)

    def _bare(self, value: Json, path: str, known: frozenset[str]) -> None:
        """A place where a string is an expression with or without ${ }."""
        if isinstance(value, str):
            self._expression(value, path, known)
        else:
            self._template(value, path, known)

    def _template(self, value: Json, path: str, known: frozenset[str]) -> None:
        match value:
            case str():
                self._text(value, path, known)
            case Mapping():
                for key, each in value.items():
                    self._member(key, each, f"{path}{pointer(key)}", known=known)
            case Sequence():
                for index, each in enumerate(value):
                    self._template(each, f"{path}{pointer(index)}", known)
            case _:
                pass

    def _member(self, key: str, value: Json, path: str, *, known: frozenset[str]) -> None:
        if is_expression(key) or is_partial(key):
            message = f"{label(path)} has an expression as a key, and keys stay as they are."
            remedy = "Write the whole mapping as one: ${ {(.name): 1} }."
            self._findings.error("expression-key", f"{message} {remedy}", path)
        if key in _BARE and isinstance(value, str):
            self._expression(value, path, known, certain=False)
        else:
            self._template(value, path, known)

    def _text(self, value: str, path: str, known: frozenset[str]) -> None:
        if is_expression(value):
            self._expression(value, path, known)
        elif is_partial(value):
            message = _PARTIAL.format(label(path), shown(value))
            self._findings.error("partial-expression", message, path)

    def _expression(
        self, value: str, path: str, known: frozenset[str], *, certain: bool = True
    ) -> None:
        """`certain` is false where a member happens to have the name of a condition."""
        if not certain and not is_expression(value):
            return
        for read in _SECRET.finditer(value):
            name = read.group(1) or read.group(2) or "*"
            spelled = read.group(0).partition(".")[0].partition("[")[0]
            self.secrets.append(SecretUse(name, self._member_of_task, path, spelled))
        try:
            found = parse(value)
            self._count(found.symbols + _EACH + len(value) // _TEXT, path)
            found.require(known)
        except ExpressionError as error:
            self._count(len(value), path)
            place = f" (character {error.offset + 1})" if error.offset >= 0 else ""
            message = f"{label(path)} is {shown(value)}: {error.message}{place}"
            self._findings.error("expression", message, path)

    def _count(self, symbols: int, path: str) -> None:
        self._left -= symbols
        if self._left < 0:
            message = "The expressions of the workflow are too long in all. Split it into several."
            self._findings.stop("too-many-expressions", message, path)


def _without(value: Json, key: str) -> Json:
    if not isinstance(value, Mapping):
        return value
    return {name: each for name, each in value.items() if name != key}
