"""Serves an application on loopback, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from functools import partial
from types import FunctionType

import uvicorn
from starlette.types import ASGIApp


@asynccontextmanager
async def served(app: ASGIApp | Callable[[str], ASGIApp]) -> AsyncGenerator[str]:
    """Its URL, without a slash at the end. Whoever comes before it is up waits in the socket.

    An application that has to know its URL is made by a function of it.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    if isinstance(app, FunctionType | partial):
        app = app(f"http://127.0.0.1:{port}")
    config = uvicorn.Config(app, log_level="critical", lifespan="on", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task
        listening.close()
