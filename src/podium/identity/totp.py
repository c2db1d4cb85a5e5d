"""Codes that change every half minute: RFC 6238 over HMAC-SHA-1, six digits, as apps have them."""

import hmac
from base64 import b32encode
from urllib.parse import quote

SECRET_BYTES = 20
"""As long as what SHA-1 gives: RFC 4226, section 4."""
STEP_SECONDS = 30
_DIGITS = 6
_DRIFT = 1
"""Steps that the clock of a telephone may be off."""


def code(secret: bytes, step: int) -> str:
    """RFC 4226, section 5.3."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % 10**_DIGITS).zfill(_DIGITS)


def matching(secret: bytes, shown: str, now: float, *, after: int) -> int | None:
    """The step of the code that is shown; None where it is none of now, or not later than `after`:
    a code works once. All that may fit are compared, in a time that tells nothing.
    """
    here, found = int(now // STEP_SECONDS), None
    given = shown.replace(" ", "").encode(errors="replace")
    for step in range(here - _DRIFT, here + _DRIFT + 1):
        fits = hmac.compare_digest(code(secret, step).encode(), given)
        if fits and step > after:
            found = step
    return found


def spelled(secret: bytes) -> str:
    """As people type it into an app that cannot read the address."""
    return b32encode(secret).decode().rstrip("=")


def address(secret: bytes, login: str) -> str:
    """What apps read from a QR code."""
    label = quote(f"podium:{login}", safe=":")
    return f"otpauth://totp/{label}?secret={spelled(secret)}&issuer=podium"
