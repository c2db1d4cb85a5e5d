"""Fetches what a document refers to outside of itself, once, and pins it to the document."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from graphlib import CycleError
from typing import Final, Protocol, cast

from podium.kernel.errors import Invalid, Problem, Refused
from podium.kernel.json import Json, JsonObject, digest
from podium.workflows.aside import Aside
from podium.workflows.documents.check import check
from podium.workflows.documents.embedded import Embedded
from podium.workflows.documents.external import PINNED, Reference, references
from podium.workflows.documents.findings import Enough, Finding, Findings
from podium.workflows.documents.reuse import MAX_CALLS, deepest
from podium.workflows.documents.schemas import trouble
from podium.workflows.documents.source import Place, Source
from podium.workflows.documents.tasks import member
from podium.workflows.documents.yaml import load

MAX_FETCHED: Final = 64
MAX_BYTES: Final = 256 * 1024
_HEAD: Final[JsonObject] = {
    "dsl": "1.0.3",
    "namespace": "fetched",
    "name": "function",
    "version": "0.0.0",
}


class Catalogs(Protocol):
    async def fetch(self, uri: str, authentication: JsonObject) -> str:
        """The text there; `authentication` is a policy of the language, {} for none.

        Raises Unavailable, Unauthenticated, Refused, LimitReached, Invalid.
        """
        ...


class NoCatalogs:
    """Where nothing may be fetched."""

    async def fetch(self, uri: str, authentication: JsonObject) -> str:
        with_key = " with credentials" if authentication else ""
        raise Refused(f"Nothing is fetched here, and the document needs {uri}{with_key}.")


class Pins:
    """`functions` are those of podium's own catalog, as the check of documents wants them."""

    def __init__(
        self, catalogs: Catalogs, functions: Mapping[str, JsonObject], aside: Aside
    ) -> None:
        self._catalogs: Catalogs = catalogs
        self._aside: Aside = aside
        self._functions: Mapping[str, JsonObject] = functions

    async def pinned(self, document: JsonObject) -> JsonObject:
        """The document with the member `pinned`: {"functions" | "schemas": {name: {"uri",
        "digest", "value"}}}, functions by what `call` says and schemas by their address.

        Raises Invalid with the place in what was fetched, and what `Catalogs.fetch` raises.
        """
        found: dict[tuple[str, str], JsonObject] = {}
        calls: dict[str, set[str]] = {}
        waiting = await self._aside.run(lambda: list(references(document)))
        catalogs = member(document, "use", "catalogs")
        while waiting:
            wanted = waiting.pop(0)
            if (wanted.kind, wanted.name) in found:
                continue
            if len(found) >= MAX_FETCHED:
                raise Invalid(f"The document needs more than {MAX_FETCHED} files. Write some out.")
            value = await self._value(wanted, catalogs)
            found[wanted.kind, wanted.name] = {
                "uri": wanted.uri,
                "digest": digest(value),
                "value": value,
            }
            further = list(references(_around(wanted, value, catalogs)))
            calls[wanted.name] = {each.name for each in further if each.kind == "functions"}
            waiting.extend(further)
        _no_circle(calls)
        return {**document, PINNED: {kind: dict(_of(kind, found)) for kind in _KINDS}}

    async def _value(self, wanted: Reference, catalogs: Json) -> JsonObject:
        text = await self._catalogs.fetch(wanted.uri, wanted.authentication)
        if len(text) > MAX_BYTES:
            size = f"{wanted.uri} has {len(text):,} characters, more than {MAX_BYTES:,}"
            raise Invalid(f"{size}. Split it, or write its content into the document.")
        return await self._aside.run(lambda: self._read(text, wanted, catalogs))

    def _read(self, text: str, wanted: Reference, catalogs: Json) -> JsonObject:
        source = load(text, name=wanted.uri)
        if wanted.kind == "schemas":
            reason = trouble(source.value)
            if reason:
                raise Invalid(f"{wanted.uri} is no JSON Schema that can be used: {reason}.")
        else:
            self._check(wanted, source, catalogs)
        return source.value

    def _check(self, wanted: Reference, source: Source, catalogs: Json) -> None:
        """A fetched function is held to the rules of documents, and reads no secrets."""
        named = Place(1, 1, {wanted.name: source.root})
        root = Place(1, 1, {"use": Place(1, 1, {"functions": named})})
        whole = Source(wanted.uri, source.text, _around(wanted, source.value, catalogs), root)
        found = check(whole, self._functions)
        embedded = Embedded(Findings(whole))
        with suppress(Enough):
            embedded.document(whole.value)
        # First, as declaring the secret is no remedy.
        errors = [_secret(wanted, use.path, whole) for use in embedded.secrets]
        errors += [each for each in found if each.severity == "error"]
        if errors:
            first = errors[0].problem
            raise Invalid(
                f"The function {wanted.name} cannot be used: {wanted.uri}:{first}",
                problems=[_from(each.problem, wanted.uri) for each in errors],
            )


_KINDS: Final = ("functions", "schemas")


def _of(kind: str, found: Mapping[tuple[str, str], JsonObject]) -> Iterator[tuple[str, JsonObject]]:
    return ((name, pin) for (of, name), pin in found.items() if of == kind)


def _around(wanted: Reference, value: JsonObject, catalogs: Json) -> JsonObject:
    """A document that has the function alone: it sees podium's catalog and the caller's."""
    use: dict[str, Json] = {} if catalogs is None else {"catalogs": catalogs}
    if wanted.kind == "functions":
        use["functions"] = {wanted.name: value}
    return {"document": _HEAD, "use": use, "do": []}


def _secret(wanted: Reference, path: str, whole: Source) -> Finding:
    line, column = whole.place(path)
    message = (
        f"{wanted.name} is fetched and reads a secret, which would hand it to whoever wrote it. "
        "Hand it the value as an argument."
    )
    return Finding("secret-place", message, path, line, column)


def _from(problem: Problem, uri: str) -> Problem:
    """The place counts in the fetched file, so the message has to name it."""
    return replace(problem, message=f"{uri}:{problem.line}:{problem.column}: {problem.message}")


def _no_circle(calls: Mapping[str, set[str]]) -> None:
    try:
        deep = deepest(calls)
    except CycleError as error:
        circle = " → ".join(cast("Sequence[str]", error.args[1])[::-1])
        raise Invalid(f"Fetched functions call each other for ever: {circle}.") from error
    if deep:
        raise Invalid(f"The function {deep} calls others more than {MAX_CALLS} deep.")


def as_written(document: JsonObject) -> JsonObject:
    """Without what was pinned to it."""
    return {key: each for key, each in document.items() if key != PINNED}


def schemas_of(document: JsonObject) -> dict[str, JsonObject]:
    """The schemas of the arguments of pinned functions, by what `call` says."""
    functions = member(document, PINNED, "functions")
    made: dict[str, JsonObject] = {}
    for name in functions if isinstance(functions, Mapping) else ():
        schema = member(functions, name, "value", "input", "schema", "document")
        if isinstance(schema, Mapping):
            made[name] = schema
    return made
