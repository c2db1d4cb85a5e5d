"""A podium that only pretends: the API's addresses over a script, on loopback."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

TOKEN = "a-token"  # noqa: S105 - no secret
BASELINE = {"model": "openai/gpt-6.1-sol", "cost": 9_120_000, "cost_usd": 0.00912}


@dataclass
class Plot:
    """What becomes of a run: after `looks` looks it has this status."""

    status: str = "completed"
    output: object = None
    error: Mapping[str, object] | None = None
    waiting_on: str | None = None
    looks: int = 1


def echo(given: object) -> Plot:
    return Plot(output=given)


_DELEGATION = {
    "id": "dele_1",
    "owner": "user_a",
    "delegate": "user_b",
    "begins_at": 0.0,
    "ends_at": 9.0,
}


@dataclass
class FakePodium:
    plot: Callable[[object], Plot] = echo
    runs: dict[str, dict[str, object]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    looks: dict[str, int] = field(default_factory=dict)
    approvals: dict[str, dict[str, object]] = field(default_factory=dict)
    steps: list[dict[str, object]] = field(default_factory=list)
    running: list[dict[str, object]] = field(default_factory=list)
    spans: Sequence[Mapping[str, object]] = ()
    events: Sequence[Mapping[str, object]] = ()
    calls: Sequence[Mapping[str, object]] = ()
    checks: list[dict[str, object]] = field(default_factory=list)
    published: list[dict[str, object]] = field(default_factory=list)
    told: Sequence[str] = ()
    schedules: Sequence[dict[str, object]] = ()
    workflow_problem: dict[str, object] | None = None
    wishes: list[dict[str, object]] = field(default_factory=list)
    budgets: Sequence[dict[str, object]] = ()
    guardrails: Sequence[dict[str, object]] = ()
    opinions: Sequence[dict[str, object]] = ()
    busy: int = 0
    """How many further starts are refused with 429."""
    seen: list[tuple[str, str]] = field(default_factory=list)

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._door])
        _ = app.add_routes(
            [
                web.get("/health/live", self.live),
                web.post("/api/v1/workflows", self.put_workflow),
                web.post("/api/v1/runs", self.start),
                web.get("/api/v1/runs", self.list_runs),
                web.get("/api/v1/runs/{id}", self.get_run),
                web.post("/api/v1/runs/{id}/{verb}", self.change),
                web.get("/api/v1/runs/{id}/trace", self.trace),
                web.get("/api/v1/runs/{id}/events", self.follow),
                web.get("/api/v1/batches/{batch}", self.batch),
                web.get("/api/v1/delegations", self.list_delegations),
                web.post("/api/v1/delegations", self.delegate),
                web.post("/api/v1/delegations/{id}/revoke", self.delegate),
                web.get("/api/v1/approvals", self.list_approvals),
                web.get("/api/v1/approvals/{id}", self.get_approval),
                web.post("/api/v1/approvals/{id}/{verb}", self.decide),
                web.get("/api/v1/models", self.models),
                web.post("/api/v1/models/{name}/test", self.answer_test),
                web.get("/api/v1/keys", self.list_keys),
                web.post("/api/v1/keys", self.create_key),
                web.get("/api/v1/keys/{id}", self.show_key),
                web.post("/api/v1/keys/{id}/{verb}", self.change_key),
                web.get("/api/v1/budgets", self.list_budgets),
                web.get("/api/v1/guardrails", self.list_guardrails),
                web.post("/api/v1/guardrails/test", self.test_guardrails),
                web.delete("/api/v1/keys/{id}", self.revoke_key),
                web.get("/api/v1/calls", self.list_calls),
                web.get("/api/v1/calls/{id}", self.get_call),
                web.post("/api/v1/invitations", self.invite),
                web.get("/api/v1/checks", self.doctor),
                web.post("/api/v1/events", self.publish),
                web.get("/api/v1/schedules", self.list_schedules),
                web.post("/api/v1/schedules/{id}/{verb}", self.change_schedule),
            ]
        )
        return app

    @web.middleware
    async def _door(self, request: web.Request, handler) -> web.StreamResponse:
        self.seen.append((request.method, request.path_qs))
        public = request.path == "/health/live"
        if not public and request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return problem(401, "This address needs to know who calls.")
        return await handler(request)

    async def live(self, _: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def put_workflow(self, request: web.Request) -> web.Response:
        if self.workflow_problem is not None:
            return problem(422, "It is not valid.", **self.workflow_problem)
        _ = await request.text()
        ref = {"namespace": "support", "name": "triage", "version": "1.0.0", "digest": "d"}
        return web.json_response(ref, status=201)

    async def start(self, request: web.Request) -> web.Response:
        if self.busy:
            self.busy -= 1
            return problem(429, "Too many runs at a time.", retry_after="0")
        wish = await request.json()
        key = request.headers.get("Idempotency-Key", "")
        if key in self.keys:
            return web.json_response(self._look(self.keys[key]))
        run = f"run_{len(self.runs):026d}"
        self.runs[run] = {
            "id": run,
            "workflow": wish["workflow"],
            "status": "pending",
            "created_at": 1_700_000_000.0,
            "started_at": None,
            "ended_at": None,
            "waiting_on": None,
            "batch": wish.get("batch"),
            "labels": wish.get("labels", {}),
            "input": wish["input"],
            "output": None,
            "error": None,
        }
        self.keys[key or run] = run
        return web.json_response(self.runs[run], status=201)

    async def list_runs(self, request: web.Request) -> web.Response:
        status, begin = request.query.get("status"), int(request.query.get("cursor", "0"))
        limit = int(request.query.get("limit", "50"))
        found = [run for run in self.runs.values() if status in {None, run["status"]}]
        end = begin + limit
        following = str(end) if end < len(found) else None
        return web.json_response({"items": found[begin:end], "next": following})

    async def get_run(self, request: web.Request) -> web.Response:
        run = request.match_info["id"]
        if run not in self.runs:
            return problem(404, f"There is no run {run}.")
        return web.json_response(self._look(run))

    async def change(self, request: web.Request) -> web.Response:
        run, verb = request.match_info["id"], request.match_info["verb"]
        self.runs[run]["status"] = "cancelled" if verb == "cancel" else "pending"
        return web.json_response(self.runs[run])

    async def trace(self, _: web.Request) -> web.Response:
        return web.json_response({"spans": list(self.spans)})

    async def follow(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        _ = await response.prepare(request)
        for event in self.events:
            await response.write(b": still here\n\n")
            await response.write(f"event: x\ndata: {json.dumps(event)}\n\n".encode())
        return response

    async def batch(self, request: web.Request) -> web.Response:
        return web.json_response(
            {
                "batch": request.match_info["batch"],
                "counts": {},
                "waiting_approvals": len(self.approvals),
                "steps": self.steps,
                "running": self.running,
                "input_tokens": sum(int(str(step["input_tokens"])) for step in self.steps),
                "output_tokens": sum(int(str(step["output_tokens"])) for step in self.steps),
                "cost": sum(int(str(step["cost"])) for step in self.steps),
                "baseline": BASELINE,
            }
        )

    async def list_delegations(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [_DELEGATION]})

    async def delegate(self, request: web.Request) -> web.Response:
        if request.can_read_body:
            self.wishes.append(await request.json())
        return web.json_response(_DELEGATION)

    async def list_approvals(self, _: web.Request) -> web.Response:
        return web.json_response({"items": list(self.approvals.values()), "next": None})

    async def get_approval(self, request: web.Request) -> web.Response:
        return web.json_response(self.approvals[request.match_info["id"]])

    async def decide(self, request: web.Request) -> web.Response:
        found = self.approvals[request.match_info["id"]]
        said = await request.json()
        if said.get("expected_digest") not in {"", found["payload_digest"]}:
            return problem(409, "It has changed since you looked.")
        found["status"] = f"{request.match_info['verb']}d".replace("rejectd", "rejected")
        found["comment"], found["edited"] = said.get("comment"), said.get("payload")
        return web.json_response(found)

    async def models(self, _: web.Request) -> web.Response:
        route = {"name": "default", "kind": "route", "capabilities": ["chat"]}
        model = {"name": "local/smollm2", "kind": "model", "capabilities": ["chat"]}
        items = [
            {**route, "targets": ["local/smollm2", "gpt"]},
            {**model, "targets": ["local/smollm2"], "price": {**price(0), "source": "free"}},
            {**model, "name": "gpt", "context_window": 1_047_576, "price": price(2.5)},
            {**model, "name": "house/large", "context_window": 32_768, "price": None},
        ]
        return web.json_response({"items": items})

    async def answer_test(self, _: web.Request) -> web.Response:
        took = {"model": "local/smollm2", "operation": "chat", "ms": 812.0, "attempts": []}
        return web.json_response({**took, "input_tokens": 9, "output_tokens": 2, "cost": 0})

    async def list_keys(self, _: web.Request) -> web.Response:
        key = {"id": "key_1", "name": "nightly", "created_at": 1_700_000_000.0}
        return web.json_response({"items": [{**key, "expires_at": None, "used_at": None}]})

    async def create_key(self, request: web.Request) -> web.Response:
        self.wishes.append(await request.json())
        key = {"id": "key_2", "name": self.wishes[-1]["name"], "created_at": 1.0}
        return web.json_response({**key, "secret": "pdm_secret"}, status=201)

    async def change_key(self, request: web.Request) -> web.Response:
        key = {"id": request.match_info["id"], "name": "nightly", "created_at": 1.0}
        if request.match_info["verb"] == "rotate":
            self.wishes.append(await request.json())
            return web.json_response({**key, "secret": "pdm_new"})
        at = 1.0 if request.match_info["verb"] == "disable" else None
        return web.json_response({**key, "disabled_at": at})

    async def show_key(self, request: web.Request) -> web.Response:
        limits = {"rpm": 60, "budget_day": 5.0, "warn_month": 80.0}
        key = {"id": request.match_info["id"], "name": "nightly", "created_at": 1_700_000_000.0}
        more = {"team": "ops", "models": ["gpt-*"], "reach": "gateway", "old_until": 1.7e9}
        return web.json_response({**key, **more, "hint": "pdm_abcd", "limits": limits})

    async def list_guardrails(self, _: web.Request) -> web.Response:
        return web.json_response({"items": self.guardrails})

    async def test_guardrails(self, request: web.Request) -> web.Response:
        self.wishes.append(await request.json())
        return web.json_response({"items": self.opinions})

    async def list_budgets(self, _: web.Request) -> web.Response:
        return web.json_response({"items": self.budgets})

    async def revoke_key(self, _: web.Request) -> web.Response:
        return web.Response(status=204)

    async def list_calls(self, request: web.Request) -> web.Response:
        status = request.query.get("status")
        found = [call for call in self.calls if status in {None, call["status"]}]
        begin = int(request.query.get("cursor", "0"))
        more = str(begin + 1) if begin + 1 < len(found) else None
        return web.json_response({"items": found[begin : begin + 1], "next": more})

    async def get_call(self, request: web.Request) -> web.Response:
        for call in self.calls:
            if call["id"] == request.match_info["id"]:
                return web.json_response(call)
        return problem(404, "There is no such call.")

    async def publish(self, request: web.Request) -> web.Response:
        assert request.headers["Content-Type"] == "application/cloudevents+json"
        event = await request.json()
        fresh = event["id"] not in [each["id"] for each in self.published]
        self.published.append(event)
        receipt = {"source": event["source"], "id": event["id"], "fresh": fresh}
        runs = list(self.told) if fresh else []
        return web.json_response({"items": [{**receipt, "runs": runs}]}, status=202)

    async def list_schedules(self, request: web.Request) -> web.Response:
        begin = int(request.query.get("cursor", "0"))
        more = str(begin + 1) if begin + 1 < len(self.schedules) else None
        return web.json_response({"items": self.schedules[begin : begin + 1], "next": more})

    async def change_schedule(self, request: web.Request) -> web.Response:
        (found,) = [each for each in self.schedules if each["id"] == request.match_info["id"]]
        found["status"] = {"pause": "paused", "resume": "active"}[request.match_info["verb"]]
        return web.json_response(found)

    async def invite(self, request: web.Request) -> web.Response:
        role = (await request.json())["role"]
        link = f"http://{request.host}/start?token=pdi_secret"
        made = {"link": link, "role": role, "expires_at": 1_700_000_000.0}
        return web.json_response(made, status=201)

    async def doctor(self, _: web.Request) -> web.Response:
        return web.json_response({"version": "0", "checks": self.checks})

    def _look(self, name: str) -> dict[str, object]:
        run = self.runs[name]
        self.looks[name] = self.looks.get(name, 0) + 1
        plot = self.plot(run["input"])
        unsettled = run["status"] in {"pending", "running", "waiting"}
        if unsettled and self.looks[name] >= plot.looks:
            run |= {"status": plot.status, "output": plot.output, "error": plot.error}
            run |= {"waiting_on": plot.waiting_on, "started_at": 1_700_000_000.1}
            run["ended_at"] = None if plot.status == "waiting" else 1_700_000_001.3
        return run


def price(usd: float) -> dict[str, object]:
    return {"input": usd, "output": usd * 4, "cached_input": usd / 10, "source": "a list 7"}


def problem(status: int, detail: str, **more: object) -> web.Response:
    headers = {"Retry-After": str(more.pop("retry_after"))} if "retry_after" in more else {}
    body = {"type": "urn:podium:problem:x", "title": "X", "status": status, "detail": detail}
    return web.json_response(
        {**body, **more}, status=status, headers=headers, content_type="application/problem+json"
    )


@asynccontextmanager
async def served(fake: FakePodium) -> AsyncIterator[str]:
    """Its URL, for as long as the block lasts."""
    runner = web.AppRunner(fake.app())
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
