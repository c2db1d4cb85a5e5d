"""What a document refers to outside of itself: functions of catalogs and addresses, schemas.

It is fetched once, when the document is stored, and pinned to it under the member `pinned`: a
version means the same for ever.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias
from urllib.parse import urlsplit

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, lists, member

PINNED: Final = "pinned"
DEFAULT_CATALOG: Final = "default"
CATALOGED: Final = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*):(?P<version>[\w.+-]+)(?:@(?P<catalog>[^@:/\s]+))?"
)
_FETCHED: Final = ("http", "https")
_UNSAFE: Final = re.compile(r"[^\w.-]+")
_VERSION: Final = re.compile(r"v?\d+(?:\.\d+)*(?:[-+].*)?")
_FILE: Final = "function"

Kind: TypeAlias = Literal["functions", "schemas"]


@dataclass(frozen=True, slots=True)
class Reference:
    """`name` is how the document says it, `uri` where it is fetched from; `path` is the pointer to
    the place that first says it. `authentication` is a policy of the language, or empty.
    """

    kind: Kind
    name: str
    uri: str
    path: str
    authentication: JsonObject


def references(document: JsonObject) -> Iterator[Reference]:
    """Each once, in the order of the text. Expects what the linter accepts."""
    seen: set[tuple[Kind, str]] = set()
    for each in _all(document):
        if (each.kind, each.name) not in seen:
            seen.add((each.kind, each.name))
            yield each


def _all(document: JsonObject) -> Iterator[Reference]:
    yield from _schemas(document, "", ("input", "output"))
    for tasks in lists(document):
        for task in tasks.tasks:
            yield from _schemas(task.body, task.path, ("input", "output", "export"))
            found = _function(task, document)
            if found is not None:
                yield found


def _schemas(body: JsonObject, path: str, keys: Sequence[str]) -> Iterator[Reference]:
    for key in keys:
        resource = member(body, key, "schema", "resource")
        where = address(resource)
        if where is not None:
            place = f"{path}{pointer(key, 'schema', 'resource')}"
            yield Reference("schemas", where, where, place, _authentication(resource))


def _function(task: Task, document: JsonObject) -> Reference | None:
    called = task.body.get("call")
    if not isinstance(called, str) or called in _mapping(member(document, "use", "functions")):
        return None
    if is_address(called):
        return Reference("functions", called, raw(called), task.at("call"), {})
    found = CATALOGED.fullmatch(called)
    catalogs = _mapping(member(document, "use", "catalogs"))
    catalog = (found["catalog"] or DEFAULT_CATALOG) if found else ""
    if found is None or catalog not in catalogs:
        return None
    root = address(catalogs[catalog]) or ""
    uri = raw(f"{root.rstrip('/')}/functions/{found['name']}/{found['version']}/function.yaml")
    return Reference("functions", called, uri, task.at("call"), _authentication(catalogs[catalog]))


def _mapping(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def address(holder: Json) -> str | None:
    """The URI under `endpoint` of a resource or catalog; None where there is none."""
    endpoint = member(holder, "endpoint")
    uri = member(endpoint, "uri") if isinstance(endpoint, Mapping) else endpoint
    return uri if isinstance(uri, str) else None


def _authentication(holder: Json) -> JsonObject:
    return _mapping(member(holder, "endpoint", "authentication"))


def is_address(text: str) -> bool:
    return "://" in text


def can_be_fetched(uri: str) -> bool:
    """An absolute address without expression or template."""
    try:
        parts = urlsplit(uri)
    except ValueError:
        return False
    return parts.scheme in _FETCHED and bool(parts.netloc) and "{" not in uri


def raw(uri: str) -> str:
    """Where the file itself is, for a page of GitHub or GitLab that shows it.

    The specification (dsl.md, Catalogs) has runtimes do so. Without a branch it is `main`.
    """
    parts = urlsplit(uri)
    if parts.netloc == "github.com":
        return _github(uri, parts.path.strip("/").split("/"))
    if parts.netloc == "gitlab.com" and "/-/" in parts.path:
        name, _, rest = parts.path.partition("/-/")
        kind, _, place = rest.partition("/")
        return f"https://gitlab.com{name}/-/raw/{place}" if kind in {"tree", "blob"} else uri
    return uri


def _github(uri: str, path: Sequence[str]) -> str:
    match path:
        case [owner, name, "tree" | "blob", branch, *rest] if rest:
            pass
        case [owner, name, "functions", *rest]:
            branch, rest = "main", ["functions", *rest]
        case _:
            return uri
    return f"https://raw.githubusercontent.com/{owner}/{name}/refs/heads/{branch}/{'/'.join(rest)}"


def short_name(called: str) -> str:
    """What a function is called in the path of a task: `log` of `log:1.0.0@global`, and of
    `https://…/functions/log/1.0.0/function.yaml`.
    """
    if not is_address(called):
        return _UNSAFE.sub("-", called.partition(":")[0])
    steps = [step.partition("@")[0] for step in urlsplit(called).path.split("/") if step]
    stems = [
        step.rsplit(".", 1)[0] if step.endswith((".yaml", ".yml", ".json")) else step
        for step in steps
    ]
    names = [stem for stem in stems if stem != _FILE and not _VERSION.fullmatch(stem)]
    return _UNSAFE.sub("-", names[-1]) if names else _FILE
