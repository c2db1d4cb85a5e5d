"""A real podium whose configuration changes under calls: none of them is lost."""

import http.client
import json
import signal
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import cast
from urllib.parse import urlsplit

import pytest
from tests.service.drill import PATIENCE, Answer, Place, podium_in, until
from tests.service.faults import FAULTS
from tests.service.faulty_upstream import FaultyUpstream, faulty

CONFIG = """version: 1
gateway: {{retries: 0}}
providers:
  here: {{protocol: openai_chat, base_url: "{old}/v1", api_key_env: "", free: true}}
  there: {{protocol: openai_chat, base_url: "{new}/v1", api_key_env: "", free: true}}
models:
  m: {{provider: here}}
  n: {{provider: there}}
routes:
  chat: {{targets: [m]}}
"""
AT = "/api/v1/configuration"


@dataclass
class Stage:
    place: Place
    old: FaultyUpstream
    new: FaultyUpstream

    def write(self, more: str = "") -> None:
        text = CONFIG.format(old=self.old.url, new=self.new.url) + more
        _ = self.place.write("podium.yaml", text)

    def hang_up(self) -> None:
        assert self.place.process is not None
        self.place.process.send_signal(signal.SIGHUP)

    def put(self, document: object, expected: int) -> Answer:
        return self.place.call("PUT", AT, {"document": document, "expected_version": expected})

    def names(self) -> set[str]:
        return {str(one["name"]) for one in self.place.call("GET", "/api/v1/models").items}

    def said(self) -> str:
        return (self.place.folder / "up.log").read_text("utf-8")


@dataclass
class Client:
    """Asks without a break over one connection, as long as it may; keeps what was not well."""

    place: Place
    stream: bool
    over: Event
    asked: int = 0
    wrong: list[str] = field(default_factory=list)

    def run(self) -> None:
        assert self.place.told is not None
        address = urlsplit(self.place.told["url"])
        connection = http.client.HTTPConnection(
            str(address.hostname), address.port, timeout=PATIENCE
        )
        while not self.over.is_set():
            try:
                status, body = self.ask(connection, self.place.told["token"])
            except (OSError, http.client.HTTPException) as error:
                self.wrong.append(repr(error))
                connection.close()
                continue
            self.asked += 1
            whole = b"[DONE]" in body if self.stream else b'"finish_reason"' in body
            if status != 200 or not whole or b'"error"' in body:
                self.wrong.append(f"{status} {body!r:.300}")
            time.sleep(0.005)
        connection.close()

    def ask(self, connection: http.client.HTTPConnection, token: str) -> tuple[int, bytes]:
        body = {"model": "chat", "stream": self.stream}
        sent = json.dumps({**body, "messages": [{"role": "user", "content": "Hello"}]})
        head = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/v1/chat/completions", sent, head)
        answer = connection.getresponse()
        return answer.status, answer.read()


@pytest.fixture
def stage(tmp_path: Path) -> Generator[Stage]:
    with faulty(FAULTS) as old, faulty(FAULTS) as new, podium_in(tmp_path) as place:
        found = Stage(place, old, new)
        found.write()
        _ = place.up()
        yield found


def test_ten_changes_under_calls_fail_none_of_them_and_the_old_target_is_asked_no_more(
    stage: Stage,
) -> None:
    stage.old.plays("m", "none", "slow", "none")
    over = Event()
    clients = [Client(stage.place, stream, over) for stream in (True, False, True, False)]
    with ThreadPoolExecutor(len(clients)) as pool:
        work = [pool.submit(client.run) for client in clients]
        try:
            _change_ten_times(stage)
            _refuse_what_is_invalid(stage)
            settled = _settled(stage, clients)
        finally:
            over.set()
        for each in work:
            each.result(PATIENCE)
    assert [client.wrong for client in clients] == [[], [], [], []]
    assert min(client.asked for client in clients) >= 10
    assert len(stage.old.asked) == settled
    assert len(stage.new.asked) > 0


def _change_ten_times(stage: Stage) -> None:
    """Five by API and five by file, one after the other; in the end all goes to the new place."""
    for turn in range(5):
        targets = ["n", "m"] if turn % 2 else ["m", "n"]
        document = {"routes": {"chat": {"targets": targets}, f"api-{turn}": {"targets": ["m"]}}}
        answer = stage.put(document, turn)
        assert (answer.status, answer.body.get("version")) == (200, turn + 1), answer
        assert f"api-{turn}" in stage.names()
        stage.write(f"  file-{turn}: {{targets: [n]}}\n")
        stage.hang_up()
        until("the file is in force", lambda name=f"file-{turn}": name in stage.names() or None)
        assert f"api-{turn}" in stage.names()
    moved = {"providers": {"here": {"base_url": f"{stage.new.url}/v1"}}}
    assert stage.put(moved, 5).status == 200
    assert "api-4" not in stage.names()


def _refuse_what_is_invalid(stage: Stage) -> None:
    before = stage.place.call("GET", AT).body
    refused = stage.put("routes:\n  chat: {targets: [gone]}\n", 6)
    assert refused.status == 422
    assert '"line": 2' in json.dumps(refused.body["problems"])
    assert stage.put({}, 3).status == 409
    assert stage.put({"storage": {"url": "sqlite:///x.db"}}, 6).status == 422
    _ = stage.place.write("podium.yaml", "version: 1\nroutes: {chat: {targets: [gone]}}\n")
    stage.hang_up()
    until("it is told", lambda: "Nothing was changed" in stage.said() or None)
    after = stage.place.call("GET", AT).body
    assert after["effective"] == before["effective"]
    assert "gone" in str(after["problem"])
    assert after["file_changed"] is True
    checks = {str(one["name"]): one for one in _checks(stage)}
    assert checks["configuration"]["status"] == "fail"


def _checks(stage: Stage) -> list[dict[str, object]]:
    return cast("list[dict[str, object]]", stage.place.call("GET", "/api/v1/checks").body["checks"])


def _settled(stage: Stage, clients: list[Client]) -> int:
    """How often the old place was asked in all, once calls from before have ended."""
    count = [client.asked for client in clients]
    until(
        "each has asked twice since",
        lambda: all(c.asked > n + 1 for c, n in zip(clients, count, strict=True)) or None,
    )
    asked = len(stage.old.asked)
    more = [client.asked for client in clients]
    until(
        "they ask on",
        lambda: all(c.asked > n + 5 for c, n in zip(clients, more, strict=True)) or None,
    )
    return asked


@pytest.mark.service
def test_processes_on_one_database_take_what_one_of_them_stores(
    tmp_path: Path, postgresql: str
) -> None:
    told = {"PODIUM_STORAGE_URL": postgresql}
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    with podium_in(tmp_path / "one", environment=told) as one:
        _ = one.up()
        with podium_in(tmp_path / "two", environment=told) as two:
            _ = two.up()
            document = {"routes": {"new": {"targets": ["local/smollm2"]}}}
            answer = one.call("PUT", AT, {"document": document, "expected_version": 0})
            assert answer.status == 200, answer
            began = time.monotonic()
            until("the other has it", lambda: two.call("GET", AT).body["version"] or None)
            assert two.call("GET", AT).body["effective"] == document
            assert time.monotonic() - began < 30
