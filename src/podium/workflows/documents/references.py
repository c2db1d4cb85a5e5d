"""Rules about names: what `call`, `use`, `retry` and their like refer to exists and is used."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.embedded import SecretUse
from podium.workflows.documents.findings import Findings, quoted
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, member
from podium.workflows.expressions.expression import is_expression
from podium.workflows.expressions.names import nearest

_SECRET_HOLDERS: Final = ("basic", "bearer", "digest", "oauth2", "oidc")
_HOLDERS: Final = (dict, list, Mapping)
_ONE: Final = {
    "authentications": "authentication",
    "catalogs": "catalog",
    "errors": "error",
    "functions": "function",
    "retries": "retry",
    "secrets": "secret",
    "timeouts": "timeout",
}


class References:
    """Notes each use of a `use.*` name; `finish` says which were never used."""

    def __init__(self, document: JsonObject, findings: Findings) -> None:
        self._findings: Findings = findings
        self._document: JsonObject = document
        self._used: set[tuple[str, str]] = set()
        self.defined: dict[str, Mapping[str, int]] = {
            group: _names(member(document, "use", group)) for group in _ONE
        }
        """The names of each group, with their places."""

    def use(self, group: str, name: str, path: str) -> None:
        self._used.add((group, name))
        known = self.defined[group]
        if name in known:
            return
        one = _ONE[group]
        has = f"use.{group} has {quoted(known)}." if known else f"There is no use.{group}."
        message = f"There is no {one} '{name}'. {has}{nearest(name, known)}"
        self._findings.error(f"unknown-{one}", message, path)

    def task(self, task: Task) -> None:
        for group, keys in (
            ("errors", ("raise", "error")),
            ("retries", ("catch", "retry")),
            ("timeouts", ("timeout",)),
        ):
            self._named(group, member(task.body, *keys), task.at(*keys))

    def document(self) -> None:
        self._named("timeouts", self._document.get("timeout"), pointer("timeout"))
        for path, value in mappings(self._document):
            if "/authentication" not in path:
                continue
            if path.endswith("/authentication") and isinstance(value.get("use"), str):
                self._named("authentications", value["use"], f"{path}/use")
            for holder in _SECRET_HOLDERS:
                self._named("secrets", member(value, holder, "use"), f"{path}/{holder}/use")

    def _named(self, group: str, name: Json, path: str) -> None:
        if isinstance(name, str) and not is_expression(name):
            self.use(group, name, path)

    def secrets(self, uses: Iterable[SecretUse]) -> None:
        everything = False
        for each in uses:
            if each.name == "*":
                everything = True
            elif each.spelled == "$secrets" or each.name in self.defined["secrets"]:
                self.use("secrets", each.name, each.path)
            else:
                message = f"There is no secret '{each.name}' among use.secrets: it will be null."
                self._findings.warning("unknown-secret", message, each.path)
        if everything:
            self._used |= {("secrets", name) for name in self.defined["secrets"]}

    def finish(self) -> None:
        for group, names in self.defined.items():
            for name, place in names.items():
                if (group, name) in self._used:
                    continue
                path = pointer("use", group, place if group == "secrets" else name)
                message = f"The {_ONE[group]} '{name}' is never used. Remove it or use it."
                self._findings.warning(f"unused-{_ONE[group]}", message, path)


def _names(value: Json) -> Mapping[str, int]:
    if isinstance(value, str) or not isinstance(value, (Mapping, Sequence)):
        return {}
    return {str(each): place for place, each in enumerate(value)}


def mappings(document: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Every mapping below `do` and `use` with its pointer, but for schemas and metadata."""
    waiting = [iter([(pointer(key), document[key]) for key in ("do", "use") if key in document])]
    while waiting:
        path, value = next(waiting[-1], ("", None))
        if isinstance(value, Mapping):
            yield path, value
        if value is None:
            _ = waiting.pop()
        else:
            waiting.append(_inside(path, value))


def _inside(path: str, value: Json) -> Iterator[tuple[str, Json]]:
    """What in it has members, one after the other: the paths of all at once would fill memory."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            if isinstance(each, _HOLDERS) and key not in {"schema", "metadata"}:
                yield f"{path}{pointer(key)}", each
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, each in enumerate(value):
            if isinstance(each, _HOLDERS):
                yield f"{path}/{place}", each
