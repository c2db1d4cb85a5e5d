"""JSON in rows: small values as they are, large ones once in `payloads`, by their digest.

A cell holds canonical JSON in ASCII (so NUL and half surrogate pairs stay what they are, on both
databases), or `@` and the SHA-256 of a payload of the same workspace; JSON never begins with `@`.
"""

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from anyio import to_thread
from sqlalchemy import Connection, select

from podium.adapters.storage.database import Database
from podium.adapters.storage.tables import payloads
from podium.kernel.errors import Invalid
from podium.kernel.json import Json

INLINE = 1024
"""Characters of JSON that a row holds itself."""

_THREAD = 256 * 1024
"""Bytes from which compressing is worth a thread, as the event loop would stop for long."""

_CHUNK = 500
_REFERENCE = "@"


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True, slots=True)
class Cell:
    """What the row holds; `body` and `coding` are what `payloads` holds, b"" where nothing."""

    text: str | None
    body: bytes = b""
    coding: str = ""


def encoded(value: Json) -> str:
    """Canonical JSON in ASCII. Raises Invalid for what JSON cannot say."""
    try:
        return _ENCODER.encode(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise Invalid(
            f"A value cannot be stored as JSON: {error}. JSON has objects with text keys, arrays, "
            "text, finite numbers, true, false and null."
        ) from error


def decoded(text: str) -> Json:
    return cast("Json", json.loads(text))


def _smaller(body: bytes) -> tuple[bytes, str]:
    packed = zlib.compress(body, level=1)
    return (packed, "zlib") if len(packed) < 0.9 * len(body) else (body, "plain")


async def pack(value: Json) -> Cell:
    """None is stored as SQL NULL, as every port has it for "nothing"."""
    if value is None:
        return Cell(None)
    text = encoded(value)
    if len(text) <= INLINE:
        return Cell(text)
    raw = text.encode("ascii")
    reference = _REFERENCE + hashlib.sha256(raw).hexdigest()
    if len(raw) < _THREAD:
        return Cell(reference, *_smaller(raw))
    return Cell(reference, *(await to_thread.run_sync(_smaller, raw)))


def keep(database: Database, connection: Connection, workspace: str, *cells: Cell) -> None:
    """Store the bodies of `cells`, each once for a workspace.

    In one order: who stores what another transaction has just stored waits for its end.
    """
    large = {cell.text[1:]: cell for cell in cells if cell.coding and cell.text}
    for digest, cell in sorted(large.items()):
        row = {"workspace": workspace, "digest": digest, "coding": cell.coding, "body": cell.body}
        statement = database.insert(payloads).values(row).on_conflict_do_nothing()
        _ = connection.execute(statement)


@dataclass(frozen=True, slots=True)
class Opened:
    """Payloads fetched for some rows."""

    texts: Mapping[str, str]

    def value(self, cell: str | None) -> Json:
        if cell is None:
            return None
        return decoded(self.texts[cell] if cell.startswith(_REFERENCE) else cell)


def _plain(coding: str, body: bytes) -> str:
    return (zlib.decompress(body) if coding == "zlib" else body).decode("ascii")


def fetch(connection: Connection, workspace: str, cells: Iterable[str | None]) -> Opened:
    """The payloads that `cells` refer to, in one query for each 500."""
    wanted = sorted({cell[1:] for cell in cells if cell and cell.startswith(_REFERENCE)})
    texts: dict[str, str] = {}
    for start in range(0, len(wanted), _CHUNK):
        chosen = wanted[start : start + _CHUNK]
        found = connection.execute(
            select(payloads.c.digest, payloads.c.coding, payloads.c.body).where(
                payloads.c.workspace == workspace, payloads.c.digest.in_(chosen)
            )
        )
        for digest, coding, body in cast("list[tuple[str, str, bytes]]", found.all()):
            texts[_REFERENCE + digest] = _plain(coding, body)
    return Opened(texts)
