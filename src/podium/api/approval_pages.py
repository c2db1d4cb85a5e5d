"""/approvals for people: what waits for them, and one question with exactly what it is about."""

import json
from collections.abc import Mapping
from typing import Annotated, Final, cast

from fastapi import APIRouter, Path, Request, Response

from podium.api import pages
from podium.api.context import Caller, Services
from podium.api.errors import status_of
from podium.api.forms import hidden, own_fields, see
from podium.api.login import said
from podium.api.pages import Page, text
from podium.governance import voting
from podium.governance.approvals import Approval, ApprovalQuery, ApprovalStatus, Vote
from podium.governance.terms import Risk, Terms
from podium.governance.voting import Change
from podium.kernel.errors import Invalid, NotFound, PodiumError
from podium.kernel.ids import ApprovalId
from podium.kernel.json import Json

router: Final = APIRouter(include_in_schema=False, prefix="/approvals")

_SHOWN: Final = 50
_One = Annotated[str, Path(max_length=64)]


@router.get("")
async def inbox(podium: Services, caller: Caller) -> Response:
    query = ApprovalQuery(caller.workspace, ApprovalStatus.WAITING)
    page = await podium.approvals.mine(caller, query, cursor=None, limit=_SHOWN)
    others = await podium.approvals.count(caller, query) - len(page.items)
    more = "<p>There are more: decide these first.</p>" if page.next else ""
    elsewhere = f'<p class="hint">{others} more wait for others.</p>' if others > 0 else ""
    listed = "".join(map(_line, page.items)) or (
        '<section class="card"><p>Nothing waits for you.</p></section>'
    )
    body = f"<h1>Approvals</h1>{listed}{more}{elsewhere}"
    return pages.rendered(Page("Approvals", body, podium.version, visitor=caller.name))


@router.get("/{approval}")
async def one(*, approval: _One, request: Request, podium: Services, caller: Caller) -> Response:
    try:
        found = await podium.approvals.get(caller, ApprovalId(approval))
    except NotFound as missing:
        body = f"""<h1>There is no such question</h1>{said(missing)}
<p><a href="/approvals">What waits</a></p>"""
        return pages.rendered(Page("Approval", body, podium.version, 404, caller.name))
    body = _question(hidden(request), found)
    return pages.rendered(Page(found.title, body, podium.version, visitor=caller.name))


@router.post("/{approval}")
async def decide(*, approval: _One, request: Request, podium: Services, caller: Caller) -> Response:
    form = await own_fields(request)
    name, seen = ApprovalId(approval), form.get("seen", "")
    try:
        if form.get("verdict") == "reject":
            _ = await podium.approvals.reject(
                caller, name, form.get("comment", ""), expected_digest=seen
            )
        else:
            _ = await podium.approvals.approve(
                caller,
                name,
                form.get("comment", ""),
                edited=_edited(form),
                expected_digest=seen,
            )
    except PodiumError as problem:
        if "step_up" in problem.details:
            return see(f"/step-up?next=/approvals/{name}")
        found = await podium.approvals.get(caller, name)
        body = _question(hidden(request), found, problem=problem, form=form)
        page = Page(found.title, body, podium.version, status_of(problem), caller.name)
        return pages.rendered(page)
    return see(f"/approvals/{name}")


def _edited(form: Mapping[str, str]) -> Json:
    """What is approved instead of what was shown; None: just that. Raises Invalid."""
    written, shown = form.get("payload", "").strip(), form.get("shown", "").strip()
    if _lines(written) == _lines(shown):
        return None
    try:
        return cast("Json", json.loads(written))
    except (json.JSONDecodeError, RecursionError) as error:
        raise Invalid(f"The payload is no JSON any more: {error}.") from error


def _lines(written: str) -> str:
    """A browser sends lines as HTTP has them."""
    return written.replace("\r\n", "\n")


def _line(found: Approval) -> str:
    risk = ' · <b class="bad">high risk</b>' if found.terms.risk is Risk.HIGH else ""
    ends = "" if found.expires_at is None else f" · until {pages.moment(found.expires_at)}"
    link = f'<a href="/approvals/{text(found.id)}">{text(found.title)}</a>'
    asked = f'<p class="hint">asked {pages.moment(found.created_at)}{ends}{risk}</p>'
    return f'<section class="card"><h3>{link}</h3>{asked}</section>'


def _question(
    token: str,
    found: Approval,
    *,
    problem: PodiumError | None = None,
    form: Mapping[str, str] | None = None,
) -> str:
    parts = [f"<h1>{text(found.title)}</h1>", said(problem), _facts(found), _votes(found)]
    if found.edited is not None:
        parts.append(_changes(voting.changes(found.payload, found.proposal)))
    if found.status is ApprovalStatus.WAITING:
        parts.append(_form(token, found, form or {}))
    else:
        parts.append(f"<h2>Payload</h2>{pages.block(_json(found.proposal))}")
    return "".join(parts)


def _facts(found: Approval) -> str:
    terms = found.terms
    rows = [
        ("Status", f"<b>{text(found.status)}</b>"),
        ("Asked", f"{pages.moment(found.created_at)} by <code>{text(found.run)}</code>"),
        ("At", f"<code>{text(found.path)}</code>"),
    ]
    if terms.risk is Risk.HIGH:
        rows.append(("Risk", '<b class="bad">high</b>: it needs your second factor'))
    if found.expires_at is not None:
        rows.append(("Until", pages.moment(found.expires_at)))
    if terms.quorum > 1:
        rows.append(("Needs", f"{terms.quorum} people, {voting.missing(found)} more"))
    if found.escalated_at is not None:
        rows.append(("Escalated", pages.moment(found.escalated_at)))
    listed = "".join(f"<dt>{head}</dt><dd>{inner}</dd>" for head, inner in rows)
    return f'<section class="card"><dl>{listed}</dl></section>'


def _votes(found: Approval) -> str:
    if not found.votes:
        return ""
    rows = "".join(map(_vote, found.votes))
    return f'<h2>Votes</h2><section class="card"><table><tbody>{rows}</tbody></table></section>'


def _vote(vote: Vote) -> str:
    whose = f" for <code>{text(vote.on_behalf_of)}</code>" if vote.on_behalf_of else ""
    style = "good" if vote.status is ApprovalStatus.APPROVED else "bad"
    comment = f"<p>{text(vote.comment)}</p>" if vote.comment else ""
    return f"""<tr><td>{pages.moment(vote.at)}</td><td><b class="{style}">{text(vote.status)}</b>
by <code>{text(vote.by)}</code>{whose}{comment}</td></tr>"""


def _changes(changed: tuple[Change, ...]) -> str:
    rows = "".join(map(_change, changed))
    return f"""<h2>Edited</h2><section class="card"><table>
<thead><tr><th>Where</th><th>As asked</th><th>Now</th></tr></thead><tbody>{rows}</tbody></table>
</section>"""


def _change(change: Change) -> str:
    before, after = (
        f"<{tag}><code>{text(json.dumps(change.sides[side], ensure_ascii=False))}</code></{tag}>"
        if side in change.sides
        else "-"
        for side, tag in (("before", "del"), ("after", "ins"))
    )
    where = text(change.path or "/")
    return f"<tr><td><code>{where}</code></td><td>{before}</td><td>{after}</td></tr>"


def _form(token: str, found: Approval, form: Mapping[str, str]) -> str:
    shown = _json(found.proposal)
    return f"""<h2>Payload</h2>
<form class="card" method="post" action="/approvals/{text(found.id)}">{token}
<input type="hidden" name="seen" value="{found.proposal_digest}">
{_payload(found.terms, shown, form.get("payload", shown))}
<p class="hint">Your decision is bound to this text: SHA-256
<code>{found.proposal_digest[:16]}…</code></p>
<label for="comment">Comment{_needed(found.terms)}</label>
<textarea id="comment" name="comment" class="words" maxlength="10000" rows="3">{
        text(form.get("comment", ""))
    }</textarea>
<div class="actions"><button type="submit" name="verdict" value="approve">Approve</button>
<button type="submit" name="verdict" value="reject" class="danger">Reject</button></div></form>"""


def _payload(terms: Terms, shown: str, written: str) -> str:
    if terms.edit is False:
        return pages.block(shown)
    rows = min(max(written.count("\n") + 2, 6), 30)
    # A line break right after the tag is not part of the text.
    return f"""<label for="payload">What you approve
<span class="soft">you may change it</span></label>
<textarea id="payload" name="payload" rows="{rows}" spellcheck="false">
{text(written)}</textarea><input type="hidden" name="shown" value="{text(shown)}">"""


def _needed(terms: Terms) -> str:
    if terms.needs_comment(yes=True):
        return ' <span class="soft">needed</span>'
    return ' <span class="soft">needed to reject</span>' if terms.needs_comment(yes=False) else ""


def _json(value: Json) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
