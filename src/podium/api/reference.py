"""/docs and /openapi.json: what the API can do. Public: it describes the software, not the data."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

from fastapi import APIRouter, Response

from podium.api import pages
from podium.api.context import Services
from podium.api.openapi import document, spelled
from podium.api.pages import Page, prose, text

router: Final = APIRouter(include_in_schema=False)

Node = Mapping[str, object]


@router.get("/openapi.json")
async def openapi() -> Response:
    return Response(spelled(document()), media_type="application/json")


@router.get("/docs")
async def reference(podium: Services) -> Response:
    return pages.rendered(Page("API reference", _body(document()), podium.version))


def _body(described: Node) -> str:
    by_tag: dict[str, list[str]] = {}
    for method, path, operation in operations(described):
        tag = str(cast("Sequence[object]", operation["tags"])[0])
        by_tag.setdefault(tag, []).append(_operation(method, path, operation))
    info = _node(described, "info")
    sections = "".join(f"<h2>{text(tag)}</h2>{''.join(listed)}" for tag, listed in by_tag.items())
    return f'<h1>API reference</h1><p class="lead">{prose(str(info["description"]))}</p>{sections}'


def operations(described: Node) -> Iterator[tuple[str, str, Node]]:
    """Method, path and description of each operation."""
    for path, item in _node(described, "paths").items():
        for method, operation in cast("Node", item).items():
            yield method.upper(), path, cast("Node", operation)


def _operation(method: str, path: str, operation: Node) -> str:
    return (
        f'<details><summary><span class="method">{method}</span> <code>{text(path)}</code> '
        f"{text(operation.get('summary', ''))}</summary>"
        f"<p>{prose(str(operation.get('description', '')))}</p>"
        f"{_parameters(operation)}{_answers(operation)}</details>"
    )


def _parameters(operation: Node) -> str:
    given = cast("Sequence[Node]", operation.get("parameters", ()))
    rows = "".join(
        f"<tr><td><code>{text(one['name'])}</code></td><td>{text(one['in'])}</td>"
        f"<td>{prose(str(one.get('description', '')))}</td></tr>"
        for one in given
    )
    body = _node(operation, "requestBody")
    if body:
        shape = prose(str(body.get("description", _schema(_node(body, "content")))))
        rows += f"<tr><td>body</td><td></td><td>{shape}</td></tr>"
    if not rows:
        return ""
    return f"<table><tr><th>Takes</th><th>in</th><th></th></tr>{rows}</table>"


def _answers(operation: Node) -> str:
    rows = "".join(
        f"<tr><td>{text(status)}</td><td>{prose(str(answer['description']))} "
        f"{_schema(_node(answer, 'content'))}</td></tr>"
        for status, answer in cast("Mapping[str, Node]", operation["responses"]).items()
    )
    return f"<table><tr><th>Answers</th><th></th></tr>{rows}</table>"


def _schema(content: Node) -> str:
    for media in content.values():
        name = str(_node(cast("Node", media), "schema").get("$ref", "")).rpartition("/")[2]
        if name:
            return f"<code>{text(name)}</code>"
    return ""


def _node(parent: Node, key: str) -> Node:
    return cast("Node", parent.get(key, {}))
