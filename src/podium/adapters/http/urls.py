"""URLs that may be called, byte for byte as they were given."""

import re
from urllib.parse import SplitResult, urlsplit

from yarl import URL

from podium.kernel.errors import Invalid

_ENCODED = re.compile(r"(?:[A-Za-z0-9\-._~:/?#@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+")


def split(url: str) -> SplitResult:
    """Raises Invalid."""
    try:
        return urlsplit(url)
    except ValueError as bad:
        raise Invalid(f"A URL cannot be read: {bad}.") from bad


def exact(url: str) -> URL:
    """What is percent-encoded already goes out byte for byte: `%2C` and `,` are not the same.

    Raises Invalid.
    """
    try:
        made = URL(url, encoded=_ENCODED.fullmatch(url) is not None)
        _ = made.port  # is read only here, and may be out of range
    except ValueError as bad:
        raise Invalid(f"A URL cannot be read: {bad}.") from bad
    return made


def checked_host(url: str) -> str:
    """The host of a URL that can be called: http or https, no password in it. Raises Invalid."""
    parts = split(url)
    scheme, host = parts.scheme, parts.hostname or ""
    if scheme not in {"http", "https"} or not host:
        raise Invalid(f"'{scheme}://{host}' cannot be called. Give an http:// or https:// URL.")
    if parts.username is not None or parts.password is not None:
        raise Invalid(f"The URL of '{host}' holds a user or password. Use 'authentication'.")
    return host
