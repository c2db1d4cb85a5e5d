"""`podium config` and `podium cache` against a server that only pretends."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web
from tests.unit.cli.fake_server import FakePodium, problem
from tests.unit.cli.test_commands import _shell

ROUTES = {"chat": {"targets": ["m"]}}
ADDED = {"op": "add", "path": "/routes", "before": None, "after": ROUTES}
MOVED = {"op": "replace", "path": "/routes/chat/targets", "before": ["m"], "after": ["n"]}
GONE = {"op": "remove", "path": "/cache", "before": {"max_entries": 5}, "after": None}
VERSION = {
    "version": 2,
    "owner": "user_ann",
    "created_at": 1_700_000_000.0,
    "digest": "d",
    "comment": "why",
    "restores": 1,
}


@dataclass
class Configured(FakePodium):
    standing: dict[str, object] = field(
        default_factory=lambda: {
            "version": 2,
            "newest": 2,
            "document": {"routes": ROUTES},
            "text": "routes: …",
            "effective": {"routes": ROUTES},
            "restart": [],
            "file": "/srv/podium.yaml",
            "file_changed": False,
            "problem": "",
        }
    )
    outcome: dict[str, object] = field(
        default_factory=lambda: {
            "version": 3,
            "in_force": True,
            "changes": [ADDED, MOVED, GONE],
            "restart": ["server.port"],
            "warnings": ["Provider 'p' needs P_KEY, which is not set."],
        }
    )
    invalid: bool = False

    def app(self) -> web.Application:
        app, at = super().app(), "/api/v1/configuration"
        _ = app.add_routes(
            [
                web.get(at, self._standing),
                web.put(at, self._change),
                web.get(f"{at}/versions", self._versions),
                web.get(f"{at}/versions/2", self._version),
                web.get(f"{at}/diff", self._diff),
                web.post(at + "/{verb}", self._change),
                web.get("/api/v1/cache", self._cache),
                web.post("/api/v1/cache/purge", self._purge),
            ]
        )
        return app

    async def _standing(self, _: web.Request) -> web.Response:
        return web.json_response(self.standing)

    async def _change(self, request: web.Request) -> web.Response:
        if self.invalid:
            reason = {"message": "No model is 'x'.", "rule": "r", "line": 3, "column": 5}
            return problem(422, "configuration has 1 problem:", problems=[reason])
        if request.can_read_body:
            self.wishes.append(await request.json())
        return web.json_response(self.outcome)

    async def _versions(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [VERSION, {**VERSION, "version": 1, "restores": 0}]})

    async def _version(self, _: web.Request) -> web.Response:
        return web.json_response({**VERSION, "document": {}, "text": "routes:  # mine"})

    async def _diff(self, _: web.Request) -> web.Response:
        return web.json_response({"items": [MOVED]})

    async def _cache(self, _: web.Request) -> web.Response:
        served = {"faq": {"hit": 3, "miss": 1}}
        return web.json_response({"served": served, "entries": 4, "bytes": 5000})

    async def _purge(self, request: web.Request) -> web.Response:
        self.wishes.append(await request.json())
        return web.json_response({"purged": 7})


def test_what_is_in_force_is_shown_with_what_is_not(tmp_path: Path):
    server = Configured()
    with _shell(server, tmp_path) as podium:
        plain = podium("config", "show").stdout
        server.standing |= {
            "newest": 3,
            "file_changed": True,
            "problem": "Version 3 cannot be taken",
            "restart": ["storage.url"],
        }
        drifting = podium("config", "show").stdout
        assert json.loads(podium("config", "show", "--json").stdout)["newest"] == 3
        assert podium("config", "show", "2").stdout == "routes:  # mine\n"
    assert "/srv/podium.yaml, version 2 over it" in plain
    assert '"targets"' in plain
    assert "Drift" not in plain
    for words in ("podium config reload", "Version 3 is stored", "cannot be taken", "storage.url"):
        assert words in drifting


def test_a_document_is_applied_with_the_version_that_was_seen(tmp_path: Path):
    server = Configured()
    file = tmp_path / "over.yaml"
    _ = file.write_text("routes: {}\n")
    with _shell(server, tmp_path) as podium:
        told = podium("config", "apply", str(file), "--comment", "why").stdout
        _ = podium("config", "apply", str(file), "--expect", "1", "--json")
        checked = podium("config", "apply", str(file), "--dry-run").stdout
    document = {"document": "routes: {}\n"}
    assert server.wishes == [
        {**document, "comment": "why", "expected_version": 2},
        {**document, "comment": "", "expected_version": 1},
        document,
    ]
    for words in ("+ /routes", '~ /routes/chat/targets  ["m"] → ["n"]', "- /cache", "server.port",
                  "P_KEY", "Version 3 is in force"):  # fmt: skip
        assert words in told
    assert "in force" not in checked
    assert ("POST", "/api/v1/configuration/check") in server.seen


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path):
    file = tmp_path / "over.yaml"
    _ = file.write_text("x: 1\n")
    with _shell(Configured(invalid=True), tmp_path) as podium:
        refused = podium("config", "apply", str(file))
        missing = podium("config", "apply", "none.yaml")
    assert refused.exit_code == missing.exit_code == 1
    assert "3:5: No model is 'x'." in refused.stderr
    assert "There is no file 'none.yaml'" in missing.stderr


def test_versions_are_listed_compared_and_brought_back(tmp_path: Path):
    server = Configured()
    with _shell(server, tmp_path) as podium:
        listed = podium("config", "versions").stdout
        diff = podium("config", "diff", "1", "2").stdout
        server.outcome |= {"in_force": False, "changes": [], "restart": [], "warnings": []}
        back = podium("config", "rollback", "0", "-m", "oops").stdout
        reloaded = json.loads(podium("config", "reload", "--json").stdout)
    assert "back to 1: why" in listed
    assert "~ /routes/chat/targets" in diff
    assert server.wishes[-1] == {"to_version": 0, "comment": "oops", "expected_version": 2}
    assert "No difference." in back
    assert "podium.yaml ignores versions" in back
    assert reloaded["version"] == 3


def test_a_part_of_the_cache_is_purged_and_counted(tmp_path: Path):
    server = Configured()
    with _shell(server, tmp_path) as podium:
        told = podium("cache", "purge", "--route", "faq", "--scope", "user", "--holder", "u").stdout
        unknown = podium("cache", "purge", "--scope", "world")
        shown = podium("cache", "show").stdout
        assert json.loads(podium("cache", "purge", "--json").stdout) == {"purged": 7}
    assert told == "7 answers purged.\n"
    assert server.wishes[0] == {"route": "faq", "scope": "user", "holder": "u"}
    assert unknown.exit_code == 2
    assert "faq  hit 3, miss 1" in shown
    assert "4 answers are kept, 5,000 bytes" in shown
