"""A thin client of podium's HTTP API: one method for each thing a command asks.

What the server refuses comes back as the kernel's errors, so that a command cannot tell a
server in this process from one on the other side of the world.
"""

import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from podium.cli import problems, sse
from podium.cli.wire import (
    Approval,
    Batch,
    Budget,
    Call,
    ChangedRuns,
    Checks,
    Delegation,
    Guardrail,
    GuardrailOpinion,
    Invitation,
    Key,
    Model,
    ModelTest,
    NewKey,
    Page,
    Receipt,
    Receipts,
    Run,
    RunEvent,
    Schedule,
    Trace,
    WorkflowRef,
)
from podium.cli.wire_configuration import (
    CacheStatistics,
    Configuration,
    ConfigurationCheck,
    ConfigurationOutcome,
    Difference,
    Purged,
    Version,
    WholeVersion,
)
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json, JsonObject

T = TypeVar("T")

Query = Mapping[str, str | int | None]

_PAGE = 100


class Client:
    """Use `client()` to make one."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http: aiohttp.ClientSession = http
        self.url: str = url.rstrip("/")

    async def alive(self) -> bool:
        """Whether a server answers; never raises."""
        try:
            async with self._http.get(
                f"{self.url}/health/live", timeout=aiohttp.ClientTimeout(total=2)
            ) as response:
                return response.ok
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def get(self, path: str, query: Query | None = None) -> Json:
        return await self._call("GET", path, query=query)

    async def post(
        self, path: str, body: Json = None, *, headers: Mapping[str, str] | None = None
    ) -> Json:
        return await self._call("POST", path, content=_encoded(body), headers=headers)

    async def send(self, method: str, path: str, body: Json = None) -> Json:
        """What changes something, by PATCH, PUT or DELETE."""
        return await self._call(method, path, content=_encoded(body))

    async def store_workflow(self, text: str) -> WorkflowRef:
        """Store a document. Raises Invalid with each finding, Conflict for a changed version."""
        headers = {"Content-Type": "application/yaml"}
        found = await self._call(
            "POST", "/api/v1/workflows", content=text.encode(), headers=headers
        )
        return _as(found, WorkflowRef)

    async def start_run(self, wish: JsonObject, *, key: str | None = None) -> Run:
        """Start a run; the same key again answers the run it started."""
        headers = {"Idempotency-Key": key} if key else None
        return _as(await self.post("/api/v1/runs", wish, headers=headers), Run)

    async def run(self, name: str) -> Run:
        return _as(await self.get(f"/api/v1/runs/{quote(name)}"), Run)

    async def runs(self, query: Query) -> Page[Run]:
        return _as(await self.get("/api/v1/runs", query), Page[Run])

    async def all_runs(self, query: Query) -> AsyncIterator[Run]:
        cursor: str | None = None
        while True:
            page = await self.runs({**query, "cursor": cursor, "limit": _PAGE})
            for run in page.items:
                yield run
            if (cursor := page.next) is None:
                return

    async def change_run(self, run: str, verb: str, body: JsonObject | None = None) -> Run:
        """`verb` is cancel, pause, resume, retry or fork."""
        return _as(await self.post(f"/api/v1/runs/{quote(run)}/{verb}", body), Run)

    async def change_runs(self, wish: JsonObject) -> ChangedRuns:
        return _as(await self.post("/api/v1/runs/changes", wish), ChangedRuns)

    async def publish(self, event: JsonObject) -> Receipt:
        """Raises Invalid for what is no CloudEvent."""
        headers = {"Content-Type": "application/cloudevents+json"}
        answer = _as(await self.post("/api/v1/events", event, headers=headers), Receipts)
        return answer.items[0]

    async def all_schedules(self) -> AsyncIterator[Schedule]:
        cursor: str | None = None
        while True:
            wanted: Query = {"cursor": cursor, "limit": _PAGE}
            page = _as(await self.get("/api/v1/schedules", wanted), Page[Schedule])
            for schedule in page.items:
                yield schedule
            if (cursor := page.next) is None:
                return

    async def change_schedule(self, schedule: str, verb: str) -> Schedule:
        """`verb` is pause or resume."""
        return _as(await self.post(f"/api/v1/schedules/{quote(schedule)}/{verb}"), Schedule)

    async def trace(self, run: str) -> Trace:
        return _as(await self.get(f"/api/v1/runs/{quote(run)}/trace"), Trace)

    async def batch(self, name: str) -> Batch:
        return _as(await self.get(f"/api/v1/batches/{quote(name)}"), Batch)

    async def approvals(self, query: Query) -> Page[Approval]:
        return _as(await self.get("/api/v1/approvals", query), Page[Approval])

    async def all_approvals(self, query: Query) -> AsyncIterator[Approval]:
        cursor: str | None = None
        while True:
            page = await self.approvals({**query, "cursor": cursor, "limit": _PAGE})
            for approval in page.items:
                yield approval
            if (cursor := page.next) is None:
                return

    async def approval(self, name: str) -> Approval:
        return _as(await self.get(f"/api/v1/approvals/{quote(name)}"), Approval)

    async def decide(self, name: str, verb: str, decision: JsonObject) -> Approval:
        """`verb` is approve or reject."""
        return _as(await self.post(f"/api/v1/approvals/{quote(name)}/{verb}", decision), Approval)

    async def delegations(self) -> Page[Delegation]:
        return _as(await self.get("/api/v1/delegations"), Page[Delegation])

    async def delegate(self, wish: JsonObject) -> Delegation:
        return _as(await self.post("/api/v1/delegations", wish), Delegation)

    async def revoke_delegation(self, name: str) -> Delegation:
        return _as(await self.post(f"/api/v1/delegations/{quote(name)}/revoke"), Delegation)

    async def models(self) -> Page[Model]:
        return _as(await self.get("/api/v1/models"), Page[Model])

    async def test_model(self, name: str) -> ModelTest:
        """One tiny real call. Raises what the call raises."""
        return _as(await self.post(f"/api/v1/models/{quote(name)}/test"), ModelTest)

    async def keys(self, of: str) -> Page[Key]:
        """`of` is me or workspace."""
        return _as(await self.get("/api/v1/keys", {"of": of}), Page[Key])

    async def key(self, name: str) -> Key:
        return _as(await self.get(f"/api/v1/keys/{quote(name)}"), Key)

    async def create_key(self, wish: JsonObject) -> NewKey:
        return _as(await self.post("/api/v1/keys", wish), NewKey)

    async def rotate_key(self, name: str, overlap: float) -> NewKey:
        wish = {"overlap": overlap}
        return _as(await self.post(f"/api/v1/keys/{quote(name)}/rotate", wish), NewKey)

    async def switch_key(self, name: str, verb: str) -> Key:
        """`verb` is disable or enable."""
        return _as(await self.post(f"/api/v1/keys/{quote(name)}/{verb}"), Key)

    async def budgets(self) -> Page[Budget]:
        return _as(await self.get("/api/v1/budgets"), Page[Budget])

    async def configuration(self) -> Configuration:
        return _as(await self.get("/api/v1/configuration"), Configuration)

    async def check_configuration(self, document: str) -> ConfigurationCheck:
        """Nothing is stored. Raises Invalid with every problem."""
        wish = {"document": document}
        return _as(await self.post("/api/v1/configuration/check", wish), ConfigurationCheck)

    async def change_configuration(self, wish: JsonObject) -> ConfigurationOutcome:
        """Raises Invalid; Conflict where another version was stored since."""
        answer = await self._call("PUT", "/api/v1/configuration", content=_encoded(wish))
        return _as(answer, ConfigurationOutcome)

    async def configuration_does(
        self, verb: str, wish: JsonObject | None = None
    ) -> ConfigurationOutcome:
        """`verb` is rollback or reload."""
        return _as(await self.post(f"/api/v1/configuration/{verb}", wish), ConfigurationOutcome)

    async def all_versions(self) -> AsyncIterator[Version]:
        cursor: str | None = None
        while True:
            wanted: Query = {"cursor": cursor, "limit": _PAGE}
            page = _as(await self.get("/api/v1/configuration/versions", wanted), Page[Version])
            for version in page.items:
                yield version
            if (cursor := page.next) is None:
                return

    async def configuration_version(self, number: int) -> WholeVersion:
        return _as(await self.get(f"/api/v1/configuration/versions/{number}"), WholeVersion)

    async def configuration_diff(self, older: int, newer: int) -> Page[Difference]:
        wanted: Query = {"from": older, "to": newer}
        return _as(await self.get("/api/v1/configuration/diff", wanted), Page[Difference])

    async def cache(self) -> CacheStatistics:
        return _as(await self.get("/api/v1/cache"), CacheStatistics)

    async def purge(self, part: JsonObject) -> Purged:
        return _as(await self.post("/api/v1/cache/purge", part), Purged)

    async def guardrails(self) -> Page[Guardrail]:
        return _as(await self.get("/api/v1/guardrails"), Page[Guardrail])

    async def test_guardrails(self, text: str, *, at: str, name: str) -> Page[GuardrailOpinion]:
        asked: JsonObject = {"text": text, "at": at, "name": name}
        return _as(await self.post("/api/v1/guardrails/test", asked), Page[GuardrailOpinion])

    async def revoke_key(self, name: str) -> None:
        _ = await self._call("DELETE", f"/api/v1/keys/{quote(name)}")

    async def all_calls(self, query: Query) -> AsyncIterator[Call]:
        cursor: str | None = None
        while True:
            wanted = {**query, "cursor": cursor, "limit": _PAGE}
            page = _as(await self.get("/api/v1/calls", wanted), Page[Call])
            for call in page.items:
                yield call
            if (cursor := page.next) is None:
                return

    async def call(self, call: str) -> Call:
        return _as(await self.get(f"/api/v1/calls/{quote(call)}"), Call)

    async def score_call(self, call: str, score: float) -> None:
        _ = await self.post(f"/api/v1/calls/{quote(call)}/score", {"score": score})

    async def invite(self, role: str) -> Invitation:
        return _as(await self.post("/api/v1/invitations", {"role": role}), Invitation)

    async def checks(self) -> Checks:
        return _as(await self.get("/api/v1/checks"), Checks)

    async def events(self, run: str) -> AsyncGenerator[RunEvent]:
        """What the run did and does, until it has ended."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
        url, headers = (
            f"{self.url}/api/v1/runs/{quote(run)}/events",
            {"Accept": "text/event-stream"},
        )
        with problems.of_transport(self.url):
            async with self._http.get(url, timeout=timeout, headers=headers) as got:
                if not got.ok:
                    raise problems.of_response(got.status, await got.read(), got.headers)
                async for data in sse.data(got.content):
                    yield msgspec.json.decode(data, type=RunEvent)

    async def lines(self, path: str, query: Query) -> AsyncGenerator[str]:
        """Of an answer of any length, as they come; without their ends."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=120)
        params = {key: str(value) for key, value in query.items() if value is not None}
        url = self.url + path
        with problems.of_transport(self.url):
            async with self._http.get(url, params=params, timeout=timeout) as got:
                if not got.ok:
                    raise problems.of_response(got.status, await got.read(), got.headers)
                rest = b""
                async for piece in got.content.iter_any():
                    *whole, rest = (rest + piece).split(b"\n")
                    for line in whole:
                        yield line.decode()
                if rest:
                    yield rest.decode()

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        params = {key: str(value) for key, value in (query or {}).items() if value is not None}
        sent = {"Content-Type": "application/json"} | dict(headers or {})
        with problems.of_transport(self.url):
            async with self._http.request(
                method, self.url + path, params=params, data=content, headers=sent
            ) as response:
                body = await response.read()
        if not response.ok:
            raise problems.of_response(response.status, body, response.headers)
        return _decoded(body, self.url + path)


@asynccontextmanager
async def client(
    url: str, token: str | None, *, workspace: str | None = None
) -> AsyncGenerator[Client]:
    """A client of the server at `url`, in that workspace. Proxies of the environment are not
    used.
    """
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    if workspace:
        headers["X-Podium-Workspace"] = workspace
    timeout = aiohttp.ClientTimeout(total=120, sock_connect=10)
    connector = aiohttp.TCPConnector(limit=0, ssl=ssl.create_default_context())
    async with aiohttp.ClientSession(
        headers=headers, timeout=timeout, connector=connector
    ) as session:
        yield Client(session, url)


def _encoded(body: Json) -> bytes | None:
    return None if body is None else msgspec.json.encode(body)


def _decoded(body: bytes, url: str) -> Json:
    if not body:
        return None
    try:
        return msgspec.json.decode(body, type=object)  # pyright: ignore[reportReturnType]
    except msgspec.DecodeError as error:
        raise Unavailable(
            f"{url} did not answer JSON, so it is no podium server. Check --server."
        ) from error


def _as(value: Json, shape: type[T]) -> T:
    """Read an answer. Raises Unavailable where the server speaks another version of the API."""
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise Unavailable(
            f"The server's answer is not what this podium expects ({error}). "
            f"Use the same version of podium on both sides."
        ) from error
