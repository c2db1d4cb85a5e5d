"""/login, /logout and /step-up: a name, a password and a code, on pages without scripts."""

from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response

from podium.api import pages
from podium.api.context import Caller, Services, Visitor
from podium.api.errors import status_of
from podium.api.forms import fields, hidden, local, own_fields, see
from podium.api.pages import Page, text
from podium.api.signin import Cookie, visit
from podium.identity.federation import Federated
from podium.identity.sign_in import Shown
from podium.kernel.errors import LimitReached, PodiumError, Refused, Unauthenticated

router: Final = APIRouter(include_in_schema=False)

Next = Annotated[str, Query(alias="next", max_length=1000)]


@router.get("/login")
async def login(podium: Services, visitor: Visitor, wanted: Next = "/") -> Response:
    if visitor is not None:
        return see(local(wanted))
    body = _form(local(wanted)) + _elsewhere(podium.federated, local(wanted))
    return pages.rendered(Page("Sign in", body, podium.version))


@router.post("/login")
async def sign_in(request: Request, podium: Services) -> Response:
    form = await fields(request)
    wanted = local(form.get("next", "/"))
    shown = Shown(
        name=form.get("name", ""),
        password=form.get("password", ""),
        code=form.get("code", ""),
        address=visit(request.scope).address,
    )
    try:
        issued = await podium.sign_ins.sign_in(shown)
    except (Unauthenticated, LimitReached) as refused:
        body = _form(wanted, shown.name, refused) + _elsewhere(podium.federated, wanted)
        return pages.rendered(Page("Sign in", body, podium.version, status_of(refused)))
    response = see(wanted)
    Cookie.of(request.scope).put(response, issued)
    return response


@router.post("/logout")
async def logout(request: Request, podium: Services) -> Response:
    _ = await own_fields(request)
    cookie = Cookie.of(request.scope)
    await podium.identity.leave(cookie.read(request.headers))
    response = see("/login")
    cookie.drop(response)
    return response


@router.get("/step-up")
async def ask_again(
    *, request: Request, podium: Services, caller: Caller, wanted: Next = "/"
) -> Response:
    body = _again(hidden(request), local(wanted))
    return pages.rendered(Page("A code, please", body, podium.version, visitor=caller.name))


@router.post("/step-up")
async def step_up(request: Request, podium: Services, caller: Caller) -> Response:
    form = await own_fields(request)
    wanted = local(form.get("next", "/"))
    try:
        issued = await podium.sign_ins.step_up(caller, form.get("code", ""))
    except (Refused, LimitReached) as refused:
        body = _again(hidden(request), wanted, refused)
        page = Page("A code, please", body, podium.version, status_of(refused), caller.name)
        return pages.rendered(page)
    response = see(wanted)
    Cookie.of(request.scope).put(response, issued)
    return response


def _elsewhere(federated: Federated | None, wanted: str) -> str:
    if federated is None:
        return ""
    address = f"/login/oidc?next={quote(wanted, safe='')}"
    name = text(federated.name)
    return f'<p><a class="button" href="{text(address)}">Sign in with {name}</a></p>'


def said(problem: PodiumError | None) -> str:
    return "" if problem is None else f'<p class="bad" role="alert">{text(problem.message)}</p>'


def _form(wanted: str, name: str = "", problem: PodiumError | None = None) -> str:
    return f"""<h1>Sign in</h1>
<form class="card" method="post" action="/login">
<input type="hidden" name="next" value="{text(wanted)}">
{said(problem)}
<label for="name">E-mail address or name</label>
<input id="name" name="name" required maxlength="254" autocomplete="username"
 autocapitalize="none" spellcheck="false" value="{text(name)}"{"" if name else " autofocus"}>
<label for="password">Password</label>
<input id="password" name="password" type="password" required maxlength="256"
 autocomplete="current-password">
<label for="code">Code <span class="soft">if you have a second factor</span></label>
<input id="code" name="code" maxlength="40" inputmode="text" autocomplete="one-time-code">
<button type="submit">Sign in</button>
</form>
<p class="hint">No password yet? Open the one-time link that an admin gave you; then set one on the
page of your account.</p>"""


def _again(token: str, wanted: str, problem: PodiumError | None = None) -> str:
    return f"""<h1>A code, please</h1>
<p class="lead">What you are about to do needs your second factor, shown a short while ago.</p>
<form class="card" method="post" action="/step-up">{token}
<input type="hidden" name="next" value="{text(wanted)}">
{said(problem)}
<label for="code">Code of your app, or a recovery code</label>
<input id="code" name="code" required maxlength="40" autocomplete="one-time-code" autofocus>
<button type="submit">Go on</button>
</form>
<p class="hint">You have none yet? <a href="/account">Add one to your account.</a></p>"""
