"""Server-sent events: bytes in, the `data` of each event out (WHATWG HTML, section 9.2)."""

from collections.abc import AsyncIterable, AsyncIterator


async def data(lines: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """Comments and fields other than `data` are skipped."""
    parts: list[bytes] = []
    async for raw in lines:
        line = raw.rstrip(b"\r\n")
        if not line and parts:
            yield b"\n".join(parts)
            parts.clear()
        elif line.startswith(b"data:"):
            parts.append(line[5:].removeprefix(b" "))
