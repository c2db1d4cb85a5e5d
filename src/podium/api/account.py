"""/account: a person's own password, second factor and sessions."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import segno
from fastapi import APIRouter, Request, Response

from podium.api import pages
from podium.api.context import Caller, Services
from podium.api.errors import status_of
from podium.api.forms import hidden, own_fields, see
from podium.api.login import said
from podium.api.pages import Page, text
from podium.api.ports import Podium
from podium.api.signin import Cookie
from podium.identity.logins import SHORTEST_PASSWORD, Login
from podium.identity.ports import Credential
from podium.identity.principal import Principal
from podium.identity.sign_in import Enrolment
from podium.kernel.errors import PodiumError
from podium.kernel.ids import KeyId

router: Final = APIRouter(include_in_schema=False, prefix="/account")


@router.get("")
async def own(request: Request, podium: Services, caller: Caller) -> Response:
    return await _page(request, podium, caller)


@router.post("/password")
async def password(request: Request, podium: Services, caller: Caller) -> Response:
    async def work(form: Mapping[str, str]) -> None:
        _ = await podium.sign_ins.set_password(
            caller,
            form.get("name", ""),
            form.get("password", ""),
            current=form.get("current", ""),
        )

    return await _done(request, podium, caller, work=work)


@router.post("/factor")
async def factor(request: Request, podium: Services, caller: Caller) -> Response:
    """A new second factor, shown this once."""
    _ = await own_fields(request)
    try:
        enrolment = await podium.sign_ins.enrol(caller)
    except PodiumError as problem:
        return await _page(request, podium, caller, problem=problem)
    body = _enrolment(hidden(request), enrolment)
    return pages.rendered(Page("Second factor", body, podium.version, visitor=caller.name))


@router.post("/factor/confirm")
async def confirm(request: Request, podium: Services, caller: Caller) -> Response:
    form = await own_fields(request)
    try:
        codes = await podium.sign_ins.confirm(caller, form.get("code", ""))
    except PodiumError as problem:
        return await _page(request, podium, caller, problem=problem)
    listed = "".join(f"<li><code>{text(one)}</code></li>" for one in codes)
    body = f"""<p class="good">Your second factor is on.</p><h1>Keep these codes</h1>
<p class="lead">Each works once in place of a code, when you have lost your device. They are shown
this once.</p><ul class="card codes">{listed}</ul><p><a href="/account">I have kept them</a></p>"""
    return pages.rendered(Page("Recovery codes", body, podium.version, visitor=caller.name))


@router.post("/factor/remove")
async def remove(request: Request, podium: Services, caller: Caller) -> Response:
    async def work(form: Mapping[str, str]) -> None:
        await podium.sign_ins.remove_factor(caller, form.get("code", ""))

    return await _done(request, podium, caller, work=work)


@router.post("/sessions/end")
async def end(request: Request, podium: Services, caller: Caller) -> Response:
    """One session, or without its id all others."""

    async def work(form: Mapping[str, str]) -> None:
        session = form.get("session", "")
        if session:
            await podium.sign_ins.end_session(caller, KeyId(session))
        else:
            _ = await podium.sign_ins.end_others(caller)

    return await _done(request, podium, caller, work=work)


async def _done(
    request: Request,
    podium: Podium,
    caller: Principal,
    *,
    work: Callable[[Mapping[str, str]], Awaitable[None]],
) -> Response:
    """Do it, and show the page again: with what was wrong, where something was."""
    form = await own_fields(request)
    try:
        await work(form)
    except PodiumError as problem:
        return await _page(request, podium, caller, problem=problem)
    return see("/account")


async def _page(
    request: Request, podium: Podium, caller: Principal, *, problem: PodiumError | None = None
) -> Response:
    if not Cookie.of(request.scope).read(request.headers):
        return see("/")
    login = await podium.sign_ins.login(caller)
    sessions = await podium.sign_ins.sessions(caller)
    token = hidden(request)
    body = f"""<h1>Your account</h1><p class="lead">You are {text(caller.name)}.</p>{said(problem)}
{_password(token, login)}{_factor(token, login)}{_sessions(token, sessions, caller)}"""
    status = 200 if problem is None else status_of(problem)
    return pages.rendered(Page("Your account", body, podium.version, status, caller.name))


def _password(token: str, login: Login | None) -> str:
    name, current = ("", "") if login is None else (login.name, _CURRENT)
    return f"""<h2>Password</h2><form class="card" method="post" action="/account/password">{token}
<label for="name">E-mail address or name to sign in with</label>
<input id="name" name="name" required minlength="3" maxlength="254" autocomplete="username"
 autocapitalize="none" spellcheck="false" value="{text(name)}">{current}
<label for="password">New password</label>
<input id="password" name="password" type="password" required minlength="{SHORTEST_PASSWORD}"
 maxlength="256" autocomplete="new-password">
<p class="hint">{SHORTEST_PASSWORD} characters or more; all your other sessions end.</p>
<button type="submit">Set the password</button></form>"""


_CURRENT: Final = """
<label for="current">Present password</label>
<input id="current" name="current" type="password" required maxlength="256"
 autocomplete="current-password">"""


def _factor(token: str, login: Login | None) -> str:
    if login is None:
        inner = "<p>Set a password first; codes are asked for beside it.</p>"
    elif not login.has_factor:
        inner = f"""<p>An app on your telephone shows a code that is asked for beside the password,
and again before what is of high risk.</p>
<form method="post" action="/account/factor">{token}
<button type="submit">Add an app</button></form>"""
    else:
        inner = f"""<p><b class="good">On.</b> {len(login.recovery)} recovery codes are left.</p>
<form method="post" action="/account/factor/remove">{token}
<label for="code">Code, to remove it</label>
<input id="code" name="code" required maxlength="40" autocomplete="one-time-code">
<button type="submit" class="quiet">Remove the second factor</button></form>"""
    return f'<h2>Second factor</h2><section class="card">{inner}</section>'


def _enrolment(token: str, enrolment: Enrolment) -> str:
    drawn = segno.make(enrolment.address, error="m")
    code = drawn.svg_inline(scale=4, border=3, light="#fff", svgclass="qr", lineclass=None)
    return f"""<h1>Add an app</h1>
<p class="lead">Let an authenticator app read this picture, then type the code that it shows.</p>
<section class="card">{code}
<p>Or type this into the app: <code>{text(enrolment.secret)}</code></p>
<form method="post" action="/account/factor/confirm">{token}
<label for="code">Code</label>
<input id="code" name="code" required maxlength="10" inputmode="numeric" autofocus
 autocomplete="one-time-code">
<button type="submit">Turn it on</button></form></section>"""


def _sessions(token: str, sessions: tuple[Credential, ...], caller: Principal) -> str:
    rows = "".join(_session(token, one, caller) for one in sessions)
    others = f"""<form method="post" action="/account/sessions/end">{token}
<button type="submit" class="quiet">End all others</button></form>"""
    return f"""<h2>Sessions</h2><section class="card"><table>
<thead><tr><th>Began</th><th>Last used</th><th></th></tr></thead><tbody>{rows}</tbody></table>
{others if len(sessions) > 1 else ""}</section>"""


def _session(token: str, one: Credential, caller: Principal) -> str:
    action = f"""<form method="post" action="/account/sessions/end">{token}
<input type="hidden" name="session" value="{text(one.id)}">
<button type="submit" class="quiet small">End</button></form>"""
    last = "This one" if one.id == caller.session else action
    used = pages.moment(one.created_at if one.used_at is None else one.used_at)
    return f"<tr><td>{pages.moment(one.created_at)}</td><td>{used}</td><td>{last}</td></tr>"
