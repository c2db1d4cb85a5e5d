"""Bad input over the real API and command line: a typed error in time, and podium lives."""

import json
import socket
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.pace import slowness
from tests.service.callee import Callee, calling
from tests.service.drill import Answer, Object, Place, document, podium_in
from tests.unit.workflows.documents.hostile import hostile

CODES = {"faulted": 3, "refused": 1}


def _config(upstream: str, closed: str) -> str:
    return f"""version: 1
http: {{allow_private: true, timeout: 1s, max_response_bytes: 2000000}}
expressions: {{deadline: 1s}}
gateway: {{retries: 0}}
providers:
  down: {{protocol: openai_chat, base_url: "{closed}/v1", api_key_env: "", free: true}}
  odd: {{protocol: openai_chat, base_url: "{upstream}/v1", api_key_env: "", free: true}}
models:
  asleep: {{provider: down, model: m}}
  babbler: {{provider: odd, model: m}}
routes:
  careful: {{targets: [asleep, babbler]}}
"""


SMALL = document("small", "- result: {set: {small: true}}")
LAUGHS = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
MADE = hostile()
HOSTILE: dict[str, str] = {
    "billion laughs": LAUGHS,
    "10 MB": document("big", f"- result: {{set: {{x: '{'x' * 10_000_000}'}}}}"),
    "depth": "[" * 20_000 + "]" * 20_000,
    "not yaml": "document: {dsl: '1.0.3'\n  - ]",
    "a list": "- 1\n- 2\n",
    "binary": "\x00\x01\x02",
    "a tag": "!!python/object/apply:os.system ['true']",
    **{
        kind: MADE[kind]()
        for kind in (
            "directives",
            "text: openings with an end",
            "parts: many keys",
            "parts: a long key around much",
            "errors: wrong types",
            "errors: unknown targets",
            "expressions: operators",
            "schema: large patterns",
        )
    },
}
SECONDS = 1.0
"""Of the processor, in the server, at best: others on the machine do not count."""


@dataclass(frozen=True, slots=True)
class Stage:
    place: Place
    callee: Callee
    done: str

    def faults(self, name: str, tasks: str, given: Object | None = None) -> Object:
        """The error of a run of these tasks, which the next run does not mind."""
        run = self.place.finished(document(name, tasks), name, given)
        assert run["status"] == "faulted", run
        self.unharmed()
        error = run["error"]
        assert isinstance(error, dict)
        assert {"type", "status", "title", "detail", "instance"} <= set(error)
        assert str(error["title"]) != "podium broke"
        return error

    def refusal(self, text: str) -> tuple[Answer, float]:
        """What is answered, and after how many seconds of the processor."""
        began = self.place.worked()
        refused = self.place.put(text)
        return refused, (self.place.worked() - began) / slowness()

    def unharmed(self) -> None:
        assert self.place.lives
        assert self.place.run(self.done)["output"] == {"small": True}
        again = self.place.reaches(self.place.start("small"), "completed")
        assert again["output"] == {"small": True}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("bad")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        closed = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with calling() as callee, podium_in(folder, _config(callee.url, closed)) as place:
        _ = place.up()
        place.store(SMALL)
        done = place.start("small")
        _ = place.reaches(done, "completed")
        yield Stage(place, callee, done)


@pytest.mark.parametrize("kind", sorted(HOSTILE))
def test_a_hostile_document_is_refused_within_a_second(stage: Stage, kind: str) -> None:
    refused, took = stage.refusal(HOSTILE[kind])
    for _ in range(3):
        if took >= SECONDS:
            refused, took = stage.refusal(HOSTILE[kind])

    assert refused.status in {413, 422}, refused
    assert {"type", "title", "status", "detail", "code"} <= set(refused.body)
    assert refused.body["code"] in {"invalid", "too_large"}
    assert len(refused.said) < 1500
    assert took < SECONDS, f"{kind}: {took:.2f} s"
    stage.unharmed()


def test_others_are_served_while_ten_thousand_tasks_are_read(stage: Stage) -> None:
    tasks = "\n".join(f"- t{n}: {{set: {{x: '${{ .a + {n} }}'}}}}" for n in range(10_000))
    waits: list[float] = []
    first = stage.place.worked()

    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(stage.place.put, document("large", tasks))
        while not large.done():
            began = stage.place.worked()
            assert stage.place.run(stage.done)["status"] == "completed"
            waits.append(stage.place.worked() - began)

    assert large.result().status == 201, large.result().said
    assert len(waits) > 10
    # Whom nobody serves meanwhile waits for all of the work.
    assert max(waits) < (stage.place.worked() - first) / 2


@pytest.mark.parametrize("kind", ["billion laughs", "depth", "not yaml"])
def test_the_command_line_refuses_a_hostile_document_with_a_sentence(
    stage: Stage, kind: str
) -> None:
    _ = stage.place.write("hostile.yaml", HOSTILE[kind])

    for words in (("validate", "hostile.yaml"), ("run", "hostile.yaml")):
        said = stage.place.podium(*words)
        assert said.code == 1, said.out
        assert "hostile.yaml" in said.out
        assert "Traceback" not in said.out
        assert len(said.out) < 4000
    stage.unharmed()


def test_an_unknown_function_is_named_with_its_place(stage: Stage) -> None:
    path = stage.place.write("unknown.yaml", document("unknown", "- go: {call: clasify}"))

    said = stage.place.podium("run", str(path))
    refused = stage.place.put(path.read_text("utf-8"))

    assert said.code == 1
    assert "clasify" in said.out
    assert "3:" in said.out
    assert refused.status == 422
    assert "clasify" in json.dumps(refused.body["problems"])
    stage.unharmed()


@dataclass(frozen=True, slots=True)
class Unknown:
    name: str
    remedy: str
    tasks: str


UNKNOWN = {
    "model": Unknown(
        "gpt-nine", "There is asleep", "- go: {call: llm, with: {model: gpt-nine, prompt: Hi}}"
    ),
    "dataset": Unknown(
        "nowhere", "podium.yaml", "- go: {call: classify, with: {text: Hi, dataset: nowhere}}"
    ),
    "connection": Unknown(
        "nowhere",
        "podium.yaml",
        "- go: {call: sql, with: {connection: nowhere, statement: select 1}}",
    ),
}


@pytest.mark.parametrize("kind", sorted(UNKNOWN))
def test_an_unknown_name_is_told_with_what_to_do(stage: Stage, kind: str) -> None:
    error = stage.faults(f"unknown-{kind}", UNKNOWN[kind].tasks)

    assert UNKNOWN[kind].name in str(error["detail"])
    assert UNKNOWN[kind].remedy in str(error["detail"])


def test_an_expression_that_never_ends_is_stopped_at_its_deadline(stage: Stage) -> None:
    error = stage.faults("endless", '- go: {set: {x: "${ last(range(1e18)) }"}}')

    assert str(error["type"]).endswith("/expression")
    assert "1 s" in str(error["detail"])


def test_an_expression_that_fails_says_where(stage: Stage) -> None:
    error = stage.faults("failing", "- go: {set: {x: '${ {} + 1 }'}}")

    assert str(error["type"]).endswith("/expression")
    assert error["instance"] == "/do/0/go"


def test_a_model_that_is_down_is_named_with_its_provider_and_the_cause(stage: Stage) -> None:
    error = stage.faults("down", "- go: {call: llm, with: {model: asleep, prompt: Hi}}")

    assert str(error["type"]).endswith("/communication")
    assert "'asleep' did not answer" in str(error["detail"])
    assert "Provider 'down': Cannot connect to '127.0.0.1'" in str(error["detail"])
    assert "correct its base_url in podium.yaml" in str(error["detail"])
    assert "'podium models test asleep' shows whether it answers" in str(error["detail"])


def test_a_route_goes_on_with_the_next_model(stage: Stage) -> None:
    tasks = "- go: {call: llm, with: {model: careful, prompt: Hi}}"
    run = stage.place.finished(document("fallback", tasks), "fallback")

    assert run["status"] == "completed", run
    output = run["output"]
    assert isinstance(output, dict)
    assert output["text"] == "no JSON at all"


def test_an_answer_that_breaks_its_schema_is_an_error_after_one_repair(stage: Stage) -> None:
    before = stage.callee.begun["/v1/chat/completions"]
    schema = "{type: object, required: [city]}"
    tasks = f"- go: {{call: llm, with: {{model: babbler, prompt: Hi, schema: {schema}}}}}"
    error = stage.faults("babble", tasks)

    assert str(error["type"]).endswith("/validation"), error
    assert stage.callee.begun["/v1/chat/completions"] - before == 2


def test_input_that_breaks_its_schema_is_a_validation_error(stage: Stage, tmp_path: Path) -> None:
    head = "input: {schema: {document: {type: object, required: [customer]}}}\n"
    path = tmp_path / "strict.yaml"
    _ = path.write_text(document("strict", "- go: {set: {x: 1}}", head=head), "utf-8")

    said = stage.place.podium("run", str(path), "--input", "-", given='{"custmer": 1}')

    assert said.code == CODES["faulted"], said.out
    assert "customer" in said.out
    assert "Traceback" not in said.out
    stage.unharmed()


def test_a_callee_that_never_answers_is_a_timeout(stage: Stage) -> None:
    tasks = f"- go: {{call: http, with: {{method: get, endpoint: '{stage.callee.url}/never'}}}}"
    error = stage.faults("never", tasks)

    assert str(error["type"]).endswith("/timeout")
    assert error["status"] == 408


def test_a_callee_that_answers_a_gigabyte_fills_no_memory(stage: Stage) -> None:
    before = stage.place.resident()
    tasks = f"- go: {{call: http, with: {{method: get, endpoint: '{stage.callee.url}/endless'}}}}"
    error = stage.faults("flood", tasks)

    assert "larger than 2,000,000 bytes" in str(error["detail"])
    assert error.get("code") == "response_too_large"
    assert stage.place.resident() - before < 60_000_000
    assert stage.callee.sent < 100_000_000


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'{"workflow": 3}', b"\xff\xfe", b'{"input": ' + b"[" * 5000]
)
def test_a_body_that_is_no_wish_for_a_run_is_refused(stage: Stage, body: bytes) -> None:
    refused = stage.place.call("POST", "/api/v1/runs", body)

    assert refused.status in {400, 422}, refused
    assert {"type", "title", "status", "detail", "code"} <= set(refused.body)
    stage.unharmed()


def test_half_a_request_holds_nobody_up(stage: Stage) -> None:
    assert stage.place.told is not None
    port = int(stage.place.told["url"].rpartition(":")[2])
    with closing(socket.create_connection(("127.0.0.1", port))) as half:
        half.sendall(
            b"POST /api/v1/runs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n{"
        )
        stage.unharmed()
