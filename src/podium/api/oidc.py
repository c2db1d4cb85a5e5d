"""/login/oidc: to the identity provider, and back from it."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from starlette.requests import cookie_parser

from podium.api import pages
from podium.api.context import Services
from podium.api.errors import status_of
from podium.api.forms import local, see
from podium.api.login import Next, said
from podium.api.pages import Page
from podium.api.signin import Cookie
from podium.identity.federation import ATTEMPT_SECONDS, Federated
from podium.kernel.errors import NotFound, PodiumError, Unauthenticated

router: Final = APIRouter(include_in_schema=False, prefix="/login/oidc")

_KEPT: Final = "podium_oidc"
_Text = Annotated[str, Query(max_length=4000)]


@router.get("")
async def begin(request: Request, podium: Services, wanted: Next = "/") -> Response:
    try:
        offer = _offer(podium.federated)
        base = offer.url or f"{request.url.scheme}://{request.url.netloc}"
        address, kept = await offer.federation.begin(
            next=local(wanted), redirect=f"{base.rstrip('/')}/login/oidc/callback"
        )
    except PodiumError as problem:
        return _failed(podium.version, problem)
    response = see(address)
    _keep(request, response, kept)
    return response


@router.get("/callback")
async def finish(
    *,
    request: Request,
    podium: Services,
    state: _Text = "",
    code: _Text = "",
    error: _Text = "",
) -> Response:
    kept = cookie_parser(request.headers.get("cookie", "")).get(_name(request), "")
    try:
        offer = _offer(podium.federated)
        if error or not code:
            raise Unauthenticated(f"The identity provider said no: {error[:200] or 'no code'}.")
        issued, wanted = await offer.federation.finish(kept=kept, state=state, code=code)
    except PodiumError as problem:
        response = _failed(podium.version, problem)
    else:
        response = see(local(wanted))
        Cookie.of(request.scope).put(response, issued)
    _keep(request, response, "")
    return response


def _offer(federated: Federated | None) -> Federated:
    if federated is None:
        raise NotFound("This podium knows no identity provider. `sign_in.oidc` names one.")
    return federated


def _name(request: Request) -> str:
    return f"__Host-{_KEPT}" if Cookie.of(request.scope).secure else _KEPT


def _keep(request: Request, response: Response, kept: str) -> None:
    """For the way back, once; "" takes it away."""
    response.set_cookie(
        _name(request),
        kept,
        max_age=int(ATTEMPT_SECONDS) if kept else 0,
        path="/",
        secure=Cookie.of(request.scope).secure,
        httponly=True,
        samesite="lax",
    )


def _failed(version: str, problem: PodiumError) -> Response:
    body = f"""<h1>You are not signed in</h1>{said(problem)}
<p><a href="/login">Try again</a></p>"""
    return pages.rendered(Page("Sign in", body, version, status_of(problem)))
