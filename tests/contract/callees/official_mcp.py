"""The server of the official SDK with a tool of each sort. As a program it speaks over stdio."""

import sys
from typing import Annotated

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field


def made(*, tools: int = 0) -> MCPServer:
    server = MCPServer("official", version="9.1")

    @server.tool()
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    @server.tool()
    def greet(name: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Who"})]) -> str:
        """Its parameter is wanted in a header too."""
        return f"Hello, {name}!"

    @server.tool()
    def fail() -> str:
        raise ToolError("no coffee left")

    @server.tool()
    async def key(context: Context) -> dict[str, object]:
        """What came along with the call."""
        meta = context.request_context.meta or {}
        return {"key": dict(meta).get("podium/idempotency-key", "")}

    @server.tool()
    async def slow(context: Context) -> str:
        """Tells how far it is before it answers, so that the answer is a stream."""
        await context.report_progress(1, 2)
        return "done"

    for number in range(tools):
        server.add_tool(add, name=f"add{number}")
    _with_texts(server)
    return server


def _with_texts(server: MCPServer) -> None:
    @server.prompt()
    def review(code: str) -> str:
        return f"Review {code}"

    @server.resource("note://one")
    def note() -> str:
        return "the first note"

    @server.resource("note://by/{name}")
    def notes(name: str) -> str:
        return f"a note by {name}"


if __name__ == "__main__":
    sys.stderr.write("official server starts\n")
    made().run("stdio")
