"""The served folder, without a podium behind it."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from podium.cli.client import client
from podium.cli.connection import connect
from podium.cli.edge import Place
from podium.cli.folder import Folder
from podium.cli.lock import held
from podium.cli.server import Address, Opened, Site, serving
from podium.kernel.errors import Invalid, NotFound

pytestmark = pytest.mark.anyio

_FREE = Address("127.0.0.1", 0)


async def _says_hello(scope, _, send) -> None:
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"status": "ok"}'})


@asynccontextmanager
async def _open(token: str) -> AsyncIterator[Opened[str]]:
    yield Opened(_says_hello, HttpToolsProtocol, token)


async def test_a_served_folder_says_where_it_is_and_forgets_it_at_the_end(tmp_path: Path):
    folder = Folder(tmp_path)
    with held(folder.lock, command="run") as lock:
        async with serving(Site(folder, lock, _FREE, "run"), _open) as served:
            announced = served.live
            assert folder.server() == announced
            assert announced.token == served.podium
            assert announced.pid == os.getpid()
            async with client(announced.url, announced.token) as api:
                assert await api.alive()
        assert folder.server() is None


async def test_another_command_finds_the_live_server_of_the_folder(tmp_path: Path):
    folder = Folder(tmp_path)
    with held(folder.lock, command="up") as lock:
        site = Site(folder, lock, _FREE, "up")
        found = connect(Place(tmp_path), command="runs list")
        async with serving(site, _open) as served, found as connection:
            assert connection.client.url == served.live.url
            assert not connection.embedded


async def test_a_port_that_is_taken_is_a_sentence_with_the_remedy(tmp_path: Path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with held(tmp_path / "lock", command="up") as lock:
            site = Site(Folder(tmp_path), lock, Address("127.0.0.1", port), "up")
            with pytest.raises(Invalid) as refused:
                _ = await serving(site, _open).__aenter__()
    assert refused.value.message == (
        f"podium cannot listen on 127.0.0.1:{port}: Address already in use. "
        f"Choose another port: podium up --port {port + 1}"
    )


async def test_an_error_in_the_block_ends_the_server_and_comes_out(tmp_path: Path):
    folder, urls = Folder(tmp_path), list[str]()
    with held(folder.lock, command="run") as lock:
        with pytest.raises(BaseExceptionGroup) as group:  # noqa: PT012 - the block is what fails
            async with serving(Site(folder, lock, _FREE, "run"), _open) as served:
                urls.append(served.live.url)
                raise NotFound("no such thing")
        assert group.group_contains(NotFound)
        assert folder.server() is None
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectionError):
                _ = await session.get(urls[0])
