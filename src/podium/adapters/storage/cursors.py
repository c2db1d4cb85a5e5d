"""Where a page ended, as an opaque word that is checked when it comes back."""

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence
from typing import TypeAlias, cast

from podium.kernel.errors import Invalid

Mark: TypeAlias = "tuple[float | str, ...]"
"""The sort key of the last row of a page."""

_CHECK_BYTES = 6


def _check(listing: str, body: bytes) -> bytes:
    return hashlib.sha256(listing.encode() + b"\0" + body).digest()[:_CHECK_BYTES]


def write(listing: str, mark: Mark) -> str:
    """`listing` names the list, so that another list's cursor is refused."""
    body = json.dumps(mark, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check(listing, body) + body).decode().rstrip("=")


def read(listing: str, cursor: str, kinds: Sequence[type]) -> Mark:
    """The mark that `write` was given. Raises Invalid.

    The check finds damage and mix-ups; it is no signature and needs to be none, as a cursor only
    says where in the caller's own list to go on.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _refused(listing, cursor) from None
    check, body = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if check != _check(listing, body):
        raise _refused(listing, cursor)
    mark = cast("list[float | str]", json.loads(body))
    if [type(part) for part in mark] != list(kinds):
        raise _refused(listing, cursor)
    return tuple(mark)


def _refused(listing: str, cursor: str) -> Invalid:
    return Invalid(
        f"'{cursor[:60]}' is no cursor of the list of {listing}. "
        "Give the one that the page before answered, or none to start again."
    )
