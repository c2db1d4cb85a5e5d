"""Rules about `use`: functions that call each other in a circle, extensions, catalogs, and the
addresses that podium fetches when a document is stored.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter
from typing import Final, cast

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.external import (
    DEFAULT_CATALOG,
    address,
    can_be_fetched,
    is_address,
)
from podium.workflows.documents.findings import Findings
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import Task, entries, member, within
from podium.workflows.expressions.expression import is_expression

MAX_CALLS: Final = 16
_IDENTITY: Final = ("namespace", "name")
_ADDRESS: Final = (
    "'{}' is no address that podium fetches {} from when the document is stored. "
    "Write a whole one such as https://example.com/{}, without an expression."
)


def check_reuse(document: JsonObject, findings: Findings) -> None:
    _circles(document, findings)
    _extensions(document, findings)
    _catalogs(document, findings)
    for key in ("input", "output"):
        check_resource(document.get(key), pointer(key), findings)


def check_self_run(task: Task, document: JsonObject, findings: Findings) -> None:
    """A run that starts its own workflow, which starts another, and so on."""
    wanted = member(task.body, "run", "workflow")
    names = [(member(wanted, key), member(document, "document", key)) for key in _IDENTITY]
    if isinstance(wanted, Mapping) and all(one == own for one, own in names):
        message = (
            f"'{task.name}' runs this workflow itself, and each run starts another one. "
            "See that a condition ends it: an 'if' here, or a case before it."
        )
        findings.warning("self-run", message, task.at("run", "workflow"))


def check_resource(part: Json, path: str, findings: Findings) -> None:
    """Of an `input`, `output` or `export`: where its schema is fetched from."""
    where = address(member(part, "schema", "resource"))
    if where is None or can_be_fetched(where):
        return
    place = f"{path}/schema/resource/endpoint"
    if is_address(where) or is_expression(where):
        findings.error("schema-address", _ADDRESS.format(where, "a schema", "order.json"), place)
    else:
        message = (
            f"'{where}' is relative, and a document that is stored has no place of its own. "
            "Write a whole address, or the schema itself under 'document'."
        )
        findings.warning("schema-address", message, place)


def _circles(document: JsonObject, findings: Findings) -> None:
    calls = _calls(document)
    graph = {name: {to for to, _ in called} for name, called in calls.items()}
    try:
        deep = deepest(graph)
    except CycleError as error:
        circle = cast("list[str]", error.args[1])[::-1]  # it has them the other way round
        path = next(path for to, path in calls[circle[0]] if to == circle[1])
        message = f"Functions call each other for ever: {' → '.join(circle)}. Break the circle."
        findings.error("function-circle", message, path)
        return
    if deep:
        message = f"'{deep}' calls a function that calls one, more than {MAX_CALLS} deep."
        path = pointer("use", "functions", deep)
        findings.error("function-depth", f"{message} Write some of them out.", path)


def deepest(graph: Mapping[str, AbstractSet[str]]) -> str:
    """One that leads more than MAX_CALLS deep into others, or "". Raises CycleError."""
    depth: dict[str, int] = {}
    for name in TopologicalSorter(graph).static_order():
        depth[name] = 1 + max((depth[to] for to in graph.get(name, ())), default=0)
    return next((name for name, found in depth.items() if found > MAX_CALLS), "")


def _calls(document: JsonObject) -> Mapping[str, Sequence[tuple[str, str]]]:
    """Which functions of the document each of them calls, and where."""
    functions = member(document, "use", "functions")
    found: dict[str, list[tuple[str, str]]] = {}
    if isinstance(functions, Mapping):
        for name, body in functions.items():
            if isinstance(body, Mapping):
                root = Task(name, body, pointer("use", "functions", name))
                found[name] = [
                    (str(task.body["call"]), task.at("call"))
                    for task in within(root)
                    if task.body.get("call") in functions
                ]
    return found


def _extensions(document: JsonObject, findings: Findings) -> None:
    seen: set[str] = set()
    listed = entries(member(document, "use", "extensions"), pointer("use", "extensions"))
    for name, body, path in listed:
        if name in seen:
            message = f"Two extensions are named '{name}'. Rename one."
            findings.error("duplicate-extension", message, path)
        seen.add(name)
        if not member(body, "before") and not member(body, "after"):
            message = f"The extension '{name}' does nothing. Give it 'before' or 'after'."
            findings.warning("empty-extension", message, path)


def _catalogs(document: JsonObject, findings: Findings) -> None:
    catalogs = member(document, "use", "catalogs")
    if not isinstance(catalogs, Mapping):
        return
    for name, catalog in catalogs.items():
        path = pointer("use", "catalogs", name)
        where = address(catalog) or ""
        if not can_be_fetched(where):
            message = _ADDRESS.format(where, "functions", "catalog")
            findings.error("catalog-address", message, f"{path}/endpoint")
        if name == DEFAULT_CATALOG:
            message = (
                f"The catalog '{name}' takes the place of podium's own, so that '@{name}' no "
                "longer names its functions. Rename it if that is not meant."
            )
            findings.warning("default-catalog", message, path)
