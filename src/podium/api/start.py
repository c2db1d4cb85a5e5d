"""/ and /start: a welcome, and the one-time link by which a person comes in."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from podium.api import pages
from podium.api.context import Services, Visitor
from podium.api.errors import status_of
from podium.api.forms import fields, hidden
from podium.api.pages import Page, block, cards, text
from podium.api.ports import Podium
from podium.api.signin import Cookie
from podium.identity.issuing import Issued
from podium.identity.principal import Principal, Role
from podium.kernel.errors import Invalid, Unauthenticated

router: Final = APIRouter(include_in_schema=False)


@router.get("/")
async def welcome(request: Request, podium: Services, visitor: Visitor) -> Response:
    if visitor is None:
        return pages.rendered(Page("Welcome", _stranger(), podium.version))
    heading = f"<h1>Welcome, {text(visitor.name)}</h1>"
    body = heading + _next_steps(request, podium, visitor) + _leave(request)
    return pages.rendered(Page("Welcome", body, podium.version, visitor=visitor.name))


@router.get("/start")
async def invitation(
    podium: Services, visitor: Visitor, token: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Looking at the link uses nothing up: mail scanners and previews look too."""
    if not token:
        problem = Unauthenticated("This link is not complete: it has no token.")
        return _refused(podium, problem, visitor)
    try:
        role = await podium.identity.offer(token)
    except Unauthenticated as refused:
        return _refused(podium, refused, visitor)
    return pages.rendered(Page("Come in", _form(token, role), podium.version))


@router.post("/start")
async def accept(request: Request, podium: Services, visitor: Visitor) -> Response:
    form = await fields(request)
    token, name = form.get("token", ""), form.get("name", "")
    try:
        role = await podium.identity.offer(token)
        issued = await _accepted(podium, token, name)
    except Unauthenticated as refused:
        return _refused(podium, refused, visitor)
    if isinstance(issued, Invalid):
        page = Page("Come in", _form(token, role, issued), podium.version, status_of(issued))
        return pages.rendered(page)
    heading = f'<p class="good">You are signed in.</p><h1>Welcome, {text(name)}</h1>'
    comer = await podium.identity.authenticate(issued.secret)
    steps = _next_steps(request, podium, comer)
    page = Page("Welcome", heading + steps, podium.version, visitor=name)
    response = pages.rendered(page)
    Cookie.of(request.scope).put(response, issued)
    return response


async def _accepted(podium: Podium, token: str, name: str) -> Issued | Invalid:
    """A session; or what is wrong with the name, to be asked again. Raises Unauthenticated."""
    try:
        return await podium.identity.accept(token, name)
    except Invalid as unfit:
        return unfit


def _stranger() -> str:
    steps = cards([("Sign in", _SIGN_IN), ("Call it from a program", _FROM_A_PROGRAM)])
    return f"""<h1>podium is running</h1>
<p class="lead">One layer between a company and its models, data and people: workflows, a gateway
to models, approvals, and what all of it costs.</p>{steps}"""


_SIGN_IN: Final = """<p><a href="/login">Sign in with a password.</a></p>
<p>Or open the one-time link that <code>podium up</code> printed when it started.
It works once; for each further person an admin makes one with <code>podium invite</code>.</p>"""
_FROM_A_PROGRAM: Final = """<p>Send <code>Authorization: Bearer …</code> with an API key. The
<a href="/docs">API reference</a> has every address, and what it takes.</p>"""


_ROLES: Final = {
    Role.OWNER: "You will be an <b>owner</b>: everything here is yours to see, change and give to "
    "others.",
    Role.ADMIN: "You will be an <b>admin</b>: you run workflows and call models, decide approvals "
    "and invite people.",
    Role.ENGINEER: "You will be an <b>engineer</b>: you write and run workflows and call models.",
    Role.ANALYST: "You will be an <b>analyst</b>: you call models, and see what runs and costs.",
    Role.OPERATOR: "You will be an <b>operator</b>: you start, pause and stop what others wrote.",
    Role.AUDITOR: "You will be an <b>auditor</b>: you see everything and change nothing.",
    Role.APPROVER: "You will be an <b>approver</b>: you decide what waits for a person.",
    Role.VIEWER: "You will be a <b>viewer</b>: you see what runs.",
}


def _becomes(role: str) -> str:
    return _ROLES[Role(role)] if role in set(Role) else f"You will be <b>{text(role)}</b>."


def _form(token: str, role: str, unfit: Invalid | None = None) -> str:
    said, marks = "", ""
    if unfit is not None:
        said = f'<p class="bad" id="wrong" role="alert">{text(unfit.message)}</p>'
        marks = ' aria-invalid="true" aria-describedby="wrong"'
    return f"""<h1>Come in</h1>
<p class="lead">You opened a one-time link. Tell podium your name and you are in.</p>
<p>{_becomes(role)}</p>
<form class="card" method="post" action="/start">
<input type="hidden" name="token" value="{text(token)}">
<label for="name">Your name</label>
<input id="name" name="name" required maxlength="80" autocomplete="name" autofocus{marks}>
{said}<button type="submit">Start</button>
</form>
<p class="hint">Others see it beside what you approve. This browser stays signed in for up to
30 days; set a password on the page of your account to come back later and from elsewhere.</p>"""


def _refused(podium: Podium, refused: Unauthenticated, visitor: Principal | None) -> Response:
    inside = (
        f'<p>You are signed in as {text(visitor.name)} already: <a href="/">go on</a>.</p>'
        if visitor
        else ""
    )
    body = f"""<h1>This link does not work any more</h1>
<p class="lead">{text(refused.message)}</p>{inside}
<section class="card"><h3>What to do</h3>
<p>Links work once and for 24 hours. Ask an admin for a new one. If podium has no owner yet, start
it again with <code>podium up</code>: it prints a fresh link.</p></section>"""
    return pages.rendered(Page("Link", body, podium.version, status_of(refused)))


def _leave(request: Request) -> str:
    return f"""<form method="post" action="/logout">{hidden(request)}
<button type="submit" class="quiet">Sign out</button></form>"""


def _next_steps(request: Request, podium: Podium, visitor: Principal) -> str:
    names = [listing.name for listing in podium.gateway.models(visitor)]
    base = f"{request.url.scheme}://{request.url.netloc}"
    shown = ", ".join(names[:_SHOWN]) + (" …" if names[_SHOWN:] else "")
    call = _CURL.format(base=base, model=names[0] if names else "chat")
    client = f"""<p>Set its base URL to <code>{text(base)}/v1</code> and its key to an API key of
podium, which <code>podium keys create</code> makes.</p>"""
    steps = [
        ("Your account", _OWN),
        ("Call a model", f"<p>{len(names)} models and routes: {text(shown)}</p>{block(call)}"),
        ("Use any OpenAI client", client),
        ("Run a workflow", _RUN + block("podium run workflow.yaml")),
    ]
    if visitor.roles & _INVITE_OTHERS:
        steps.append(("Invite the others", _INVITE + block("podium invite")))
    return f'<p class="lead">Here is what to do next.</p>{cards(steps)}'


_OWN: Final = """<p>On <a href="/account">the page of your account</a> you set a password and a
second factor. What waits for your decision is in <a href="/approvals">approvals</a>.</p>"""
_SHOWN: Final = 8
_INVITE_OTHERS: Final = frozenset({Role.OWNER, Role.ADMIN})
_RUN: Final = "<p>A workflow is one file; its runs survive crashes and wait for people.</p>"
_INVITE: Final = "<p>Each person needs a link of their own; it works once.</p>"
_CURL: Final = """export PODIUM_API_KEY=$(podium keys create my-program)
curl {base}/v1/chat/completions \\
  -H "Authorization: Bearer $PODIUM_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{{"model": "{model}",
       "messages": [{{"role": "user", "content": "Hello"}}]}}'"""
