"""The two services that the kit names, on this machine: podium meets them through a proxy.

The proxy opens tunnels to petstore.swagger.io and httpbin.org, and both end here, behind
certificates of an authority that podium is told to trust.
"""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import trustme
from aiohttp import web

HOSTS = ("petstore.swagger.io", "httpbin.org")
PETS = [
    {"id": number, "name": name, "status": status, "photoUrls": []}
    for number, name, status in (
        (1, "Rex", "available"),
        (2, "Mia", "available"),
        (3, "Bo", "sold"),
    )
]


def _answer(value: object, status: int = 200) -> web.Response:
    return web.Response(text=json.dumps(value), status=status, content_type="application/json")


async def _pet(request: web.Request) -> web.Response:
    found = [pet for pet in PETS if str(pet["id"]) == request.match_info["id"]]
    return _answer(found[0]) if found else _answer({"message": "Pet not found"}, 404)


async def _by_status(request: web.Request) -> web.Response:
    wanted = request.query.getall("status", [])
    return _answer([pet for pet in PETS if pet["status"] in wanted])


async def _nothing(_request: web.Request) -> web.Response:
    return _answer({"message": "there is no such path"}, 404)


async def _description(_request: web.Request) -> web.Response:
    """As much of a Swagger 2.0 description as the kit calls."""
    status = {
        "name": "status",
        "in": "query",
        "required": True,
        "type": "array",
        "items": {"type": "string", "enum": ["available", "pending", "sold"]},
        "collectionFormat": "multi",
    }
    pet_id = {"name": "petId", "in": "path", "required": True, "type": "integer"}
    fine = {"200": {"description": "fine"}}
    paths = {
        "/pet/findByStatus": {
            "get": {"operationId": "findPetsByStatus", "parameters": [status], "responses": fine}
        },
        "/pet/{petId}": {
            "get": {"operationId": "getPetById", "parameters": [pet_id], "responses": fine}
        },
    }
    return _answer(
        {
            "swagger": "2.0",
            "info": {"title": "Pets", "version": "1.0.0"},
            "host": HOSTS[0],
            "basePath": "/v2",
            "schemes": ["https"],
            "produces": ["application/json"],
            "paths": paths,
        }
    )


async def _basic(request: web.Request) -> web.Response:
    pair = f"{request.match_info['user']}:{request.match_info['password']}"
    wanted = f"Basic {b64encode(pair.encode()).decode()}"
    if request.headers.get("Authorization") == wanted:
        return _answer({"authenticated": True, "user": request.match_info["user"]})
    return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="kit"'})


def _application() -> web.Application:
    made = web.Application()
    _ = made.router.add_get("/v2/swagger.json", _description)
    _ = made.router.add_get("/v2/pet/findByStatus", _by_status)
    _ = made.router.add_get("/v2/pet/{id}", _pet)
    _ = made.router.add_get("/basic-auth/{user}/{password}", _basic)
    _ = made.router.add_route("*", "/{rest:.*}", _nothing)
    return made


@dataclass(frozen=True)
class Internet:
    proxy: str
    ca_file: Path


@asynccontextmanager
async def internet(folder: Path) -> AsyncGenerator[Internet]:
    authority = trustme.CA()
    ca_file = folder / "authority.pem"
    authority.cert_pem.write_to_path(str(ca_file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*HOSTS).configure_cert(context)
    runner = web.AppRunner(_application())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    port = runner.addresses[0][1]
    proxy = await asyncio.start_server(
        lambda reader, writer: _tunnel(reader, writer, port), "127.0.0.1", 0
    )
    try:
        address = proxy.sockets[0].getsockname()
        yield Internet(f"http://127.0.0.1:{address[1]}", ca_file)
    finally:
        proxy.close()
        await runner.cleanup()


async def _tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    host = head.split(b" ", 2)[1].rsplit(b":", 1)[0].decode()
    if not head.startswith(b"CONNECT ") or host not in HOSTS:
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        return
    other, back = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
    async with anyio.create_task_group() as group:
        _ = group.start_soon(_pipe, reader, back)
        _ = group.start_soon(_pipe, other, writer)


async def _pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()
