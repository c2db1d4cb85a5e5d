"""Rules about the expressions inside a document: they are whole strings, they can be read, and
the variables they name are there.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.findings import Findings, label, shown
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import entries, member
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import (
    CLOCK,
    is_expression,
    is_partial,
    parse,
)

EVERYWHERE: Final = frozenset(
    {
        "context",
        "input",
        "output",
        "secrets",
        "authorization",
        "task",
        "workflow",
        "runtime",
        CLOCK,
    }
)
_BARE: Final = frozenset({"if", "when", "exceptWhen", "while"})
_SECRET: Final = re.compile(r"""\$secrets(?:\.(\w+)|\.?\[?"(\w+)"\]?)?""", re.ASCII)
_PARTIAL: Final = (
    "{} is {}, text with ${{ }} inside it, and only a whole string can be an expression. "
    'Write all of it as one: ${{ "text \\(.name) text" }}.'
)


class Embedded:
    """Visits every place that is evaluated; `secrets` holds the names used ('*' for any)."""

    def __init__(self, findings: Findings) -> None:
        self._findings: Findings = findings
        self.secrets: set[str] = set()

    def document(self, value: JsonObject) -> None:
        for key in ("input", "output", "timeout", "schedule"):
            self._part(key, value.get(key), pointer(key), known=EVERYWHERE)
        self._tasks(value.get("do"), pointer("do"), EVERYWHERE)
        use = member(value, "use")
        if isinstance(use, Mapping):
            self._use(use)

    def _use(self, use: JsonObject) -> None:
        for key, each in use.items():
            path = pointer("use", key)
            if key == "extensions":
                for _, body, at in entries(each, path):
                    self._bare(member(body, "when"), f"{at}/when", EVERYWHERE)
                    for side in ("before", "after"):
                        self._tasks(member(body, side), f"{at}/{side}", EVERYWHERE)
            elif key == "functions" and isinstance(each, Mapping):
                for name, body in each.items():
                    self._task(body, f"{path}{pointer(name)}", EVERYWHERE)
            else:
                known = EVERYWHERE | {"error"} if key == "retries" else EVERYWHERE
                self._template(each, path, known)

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
                    self._bare(value, at, known | names)
                case "fork":
                    self._tasks(member(value, "branches"), f"{at}/branches", known)
                case "for":
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
                self._template(value, path, known | self._consumed(value))
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

    def _part(self, key: str, value: Json, path: str, *, known: frozenset[str]) -> None:
        """What stands under one key of a task or of the workflow."""
        if key in {"metadata", "then"}:
            return
        if key in _BARE:
            self._bare(value, path, known)
        elif key in {"input", "output", "export"}:
            for name in ("from", "as"):
                self._bare(member(value, name), f"{path}/{name}", known)
        elif key == "run":
            self._template(_without_code(value), path, known)
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
        for found in _SECRET.finditer(value):
            self.secrets.add(found.group(1) or found.group(2) or "*")
        try:
            parse(value).require(known)
        except ExpressionError as error:
            place = f" (character {error.offset + 1})" if error.offset >= 0 else ""
            message = f"{label(path)} is {shown(value)}: {error.message}{place}"
            self._findings.error("expression", message, path)


def _without_code(value: Json) -> Json:
    """A script's own text may hold ${ } of its own."""
    if not isinstance(value, Mapping):
        return value
    script = value.get("script")
    if not isinstance(script, Mapping):
        return value
    return {**value, "script": {key: each for key, each in script.items() if key != "code"}}
