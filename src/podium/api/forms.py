"""Forms of our own pages: read within bounds, and known to come from them.

A browser says where a request comes from (`require_same_origin`). Beside that each form of who is
signed in carries a token that only our own pages can know: another site cannot read them.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from podium.api.bodies import read_text
from podium.api.pages import text
from podium.api.signin import Cookie, require_same_origin
from podium.kernel.errors import Invalid, Refused

_MOST_FIELDS: Final = 16
FIELD: Final = "csrf"


def token_of(request: Request) -> str:
    """Of the session that this browser has; "" without one."""
    session = Cookie.of(request.scope).read(request.headers)
    return hashlib.sha256(f"podium csrf {session}".encode()).hexdigest() if session else ""


def hidden(request: Request) -> str:
    """The field that each form of who is signed in has."""
    return f'<input type="hidden" name="{FIELD}" value="{text(token_of(request))}">'


async def fields(request: Request) -> Mapping[str, str]:
    """Raises Refused for a form that is not of our own pages, Invalid for what is none."""
    require_same_origin(request.headers, request.url.scheme)
    try:
        form = parse_qs(
            await read_text(request), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except ValueError:
        raise Invalid("This is no form of podium's pages.") from None
    return {name: values[0] for name, values in form.items()}


async def own_fields(request: Request) -> Mapping[str, str]:
    """The same, of who is signed in: with the token of their session."""
    form = await fields(request)
    if not hmac.compare_digest(form.get(FIELD, "").encode(), token_of(request).encode()):
        raise Refused("This form is of another session than yours. Load the page anew.")
    return form


def local(path: str) -> str:
    """Where to go on: a path of this server, or its start. Nothing leads anywhere else."""
    parts = urlsplit(path)
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    if not is_own or parts.scheme or parts.netloc or "\\" in path:
        return "/"
    return path[:1000]


def see(path: str) -> Response:
    """Go there, by a GET."""
    return RedirectResponse(path, status_code=303)


def login_address(path: str) -> str:
    return f"/login?next={quote(local(path), safe='')}"
