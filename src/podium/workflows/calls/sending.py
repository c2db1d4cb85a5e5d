"""Sends the requests of workflows: authenticated, within their limits, with an error for every
answer that is none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import anyio

from podium.kernel.errors import TimedOut, Unavailable
from podium.kernel.json import JsonObject
from podium.workflows.calls.authentication.exchange import Authentication
from podium.workflows.calls.authentication.policies import Policy, secrets_of
from podium.workflows.calls.requests import HttpAnswer, HttpClient, Request, checked
from podium.workflows.calls.uris import shown
from podium.workflows.functions import Call
from podium.workflows.redaction import cleared_object, redacted

_EXCERPT = 300
_LONGEST_SECRET = 4096
_UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one call with all its requests: seconds, and bytes of an answer."""

    seconds: float
    max_bytes: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """A successful answer, and the request that it belongs to as it may be recorded."""

    request: JsonObject
    answer: HttpAnswer


class Sender:
    def __init__(self, client: HttpClient, authentication: Authentication, limits: Limits) -> None:
        self._client: HttpClient = client
        self._authentication: Authentication = authentication
        self._limits: Limits = limits

    def within(self, limits: Limits) -> "Sender":
        """The same, tokens and all, with other limits."""
        return Sender(self._client, self._authentication, limits)

    async def send(
        self,
        request: Request,
        policy: Policy | None,
        *,
        call: Call,
        redirects: bool,
    ) -> Delivery:
        """A redirect is followed, or with `redirects` false an error, as every status is that is
        not of 200 to 299 (to 399 where redirects are followed and one has no Location).

        Raises Unavailable (with the status), TimedOut, LimitReached, Refused, Unauthenticated,
        Invalid.
        """
        seconds = min(call.deadline, self._limits.seconds)
        exchange = self._exchange(seconds, redirects=redirects)
        try:
            with anyio.fail_after(seconds):
                answered = await self._authentication.send(request, policy, exchange)
        except TimeoutError as late:
            what = f"{request.method} {shown(request.url)} had no answer within {seconds:g} s."
            raise TimedOut(what) from late
        answer = answered.answer
        secrets = _secrets(answered.sent, policy, call)
        place = redacted(shown(request.url), secrets)
        call.notes.append(f"{request.method} {place} answered {answer.status}")
        if not 200 <= answer.status < (400 if redirects else 300):  # noqa: PLR2004 - HTTP's classes
            raise _refused(answer, f"{request.method} {place}", secrets, redirects=redirects)
        return Delivery(cleared_object(answered.sent.shown(), secrets), answer)

    async def credentials(self, policy: Policy | None, seconds: float) -> dict[str, str]:
        """What protocols other than HTTP show with each request. Raises Invalid for digest;
        Unauthenticated, Unavailable, TimedOut.
        """
        if policy is None:
            return {}
        seconds = min(seconds, self._limits.seconds)
        ask = self._exchange(seconds, redirects=False).token
        try:
            with anyio.fail_after(seconds):
                return {"Authorization": await self._authentication.authorization(policy, ask)}
        except TimeoutError as late:
            raise TimedOut(f"No token was to be had within {seconds:g} s.") from late

    def _exchange(self, seconds: float, *, redirects: bool) -> "_Exchange":
        ends = anyio.current_time() + seconds
        return _Exchange(self._client, ends, self._limits.max_bytes, redirects)


@dataclass(frozen=True, slots=True)
class _Exchange:
    client: HttpClient
    ends: float
    max_bytes: int
    redirects: bool

    def left(self) -> float:
        return max(self.ends - anyio.current_time(), 0.0)

    async def __call__(self, request: Request) -> HttpAnswer:
        request = checked(request)
        return await self.client.request(
            request.method,
            request.url,
            headers=request.headers,
            query={},
            body=request.body,
            deadline=self.left(),
            max_bytes=self.max_bytes,
            follow_redirects=self.redirects,
        )

    async def token(self, request: Request, max_bytes: int) -> HttpAnswer:
        """Without redirects: they would carry credentials to where nobody meant them to go."""
        other = replace(self, redirects=False, max_bytes=max_bytes)
        return await other(request)


def _secrets(sent: Request, policy: Policy | None, call: Call) -> tuple[str, ...]:
    shown = sent.header("Authorization").partition(" ")[2]
    return (*call.secrets, *secrets_of(policy), shown)


def _refused(
    answer: HttpAnswer, asked: str, secrets: Sequence[str], *, redirects: bool
) -> Unavailable:
    what = f"{asked} answered {answer.status}"
    if 300 <= answer.status < 400 and not redirects:  # noqa: PLR2004 - HTTP's classes
        remedy = "a redirect, which is an error unless the call has 'redirect: true'."
        return Unavailable(f"{what}, {remedy}", details={"status": answer.status})
    # Cut behind the longest secret first, so that none is cut in two and then not found.
    said = answer.body[: _EXCERPT + _LONGEST_SECRET].decode(errors="replace")
    said = _UNREADABLE.sub(" ", redacted(said, secrets)[:_EXCERPT]).strip()
    return Unavailable(f"{what}: {said}" if said else f"{what}.", details={"status": answer.status})
