"""AWS event messages as a server would send them."""

import json
from zlib import crc32


def message(payload: object = None, **headers: str) -> bytes:
    """Header names begin with a colon, as :event-type."""
    named = b"".join(
        _text_header(f":{name.replace('_', '-')}", value) for name, value in headers.items()
    )
    return framed(named, b"" if payload is None else json.dumps(payload).encode())


def event(name: str, payload: object) -> bytes:
    return message(payload, event_type=name, content_type="application/json", message_type="event")


def framed(headers: bytes, payload: bytes) -> bytes:
    total = 12 + len(headers) + len(payload) + 4
    prelude = total.to_bytes(4, "big") + len(headers).to_bytes(4, "big")
    body = prelude + crc32(prelude).to_bytes(4, "big") + headers + payload
    return body + crc32(body).to_bytes(4, "big")


def _text_header(name: str, value: str) -> bytes:
    return (
        bytes([len(name)]) + name.encode() + b"\7" + len(value).to_bytes(2, "big") + value.encode()
    )
