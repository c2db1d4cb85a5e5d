"""Bad input while a run executes: a typed error within its bound, and podium lives."""

import json
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.pace import slowness
from tests.service.callee import Callee, calling
from tests.service.drill import FINAL, Object, Place, document, podium_in

from podium.kernel.json import Json

CONFIG = """version: 1
http: {allow_private: true, timeout: 1s, max_response_bytes: 2000000}
expressions: {deadline: 1s}
server: {max_body_bytes: 20000000}
"""
MEMORY = 400_000_000


def _bomb(levels: int) -> Json:
    links: dict[str, Json] = {
        f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)
    }
    return {"$ref": "#/$defs/a0", "$defs": {**links, f"a{levels}": {"type": "string"}}}


@dataclass(frozen=True, slots=True)
class Stage:
    place: Place
    callee: Callee

    def ended(self, name: str, tasks: str, given: Object | None = None) -> Object:
        """The run at its end, which has cost little, and which nobody minds."""
        before = self.place.resident()
        run = self.place.finished(document(name, tasks), name, given)
        assert self.place.resident() - before < MEMORY
        self.unharmed()
        return run

    def error(self, name: str, tasks: str, given: Object | None = None) -> Object:
        run = self.ended(name, tasks, given)
        assert run["status"] == "faulted", run["status"]
        error = run["error"]
        assert isinstance(error, dict)
        assert {"type", "status", "title", "detail", "instance"} <= set(error)
        assert str(error["title"]) != "podium broke"
        assert len(str(error["detail"])) < 2000
        return error

    def unharmed(self) -> None:
        assert self.place.lives
        again = self.place.reaches(self.place.start("small"), "completed")
        assert again["output"] == {"small": True}


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Generator[Stage]:
    folder = tmp_path_factory.mktemp("bad")
    with calling() as callee, podium_in(folder, CONFIG) as place:
        _ = place.up()
        place.store(document("small", "- result: {set: {small: true}}"))
        yield Stage(place, callee)


EXPRESSIONS = {
    "range": "[range(1e9)]",
    "large result": "[range(1000000)]",
    "repetition": '"abc" * 1e9',
    "recursion": "def f: [f]; f",
    "nesting": "reduce range(100000) as $i (0; [.])",
    "combinations": "[limit(1e9; repeat([1, 2]))] | combinations",
    "output for ever": "last(repeat(1))",
    "pattern": '("a" * 1e6) | test("(a|aa)+$b")',
}


@pytest.mark.parametrize("kind", sorted(EXPRESSIONS))
def test_an_expression_that_explodes_is_an_expression_error(stage: Stage, kind: str) -> None:
    text = json.dumps(f"${{ {EXPRESSIONS[kind]} }}")
    error = stage.error(kind.replace(" ", "-"), f"- go: {{set: {{x: {text}}}}}")

    assert str(error["type"]).endswith("/expression")
    assert error["instance"] == "/do/0/go"


LOOPS = {
    "lists": ("[.x, .x]", "Does a loop double it"),
    "objects": ("{a: .x, b: .x}", "Does a loop double it"),
    "texts": (".x + .x", "over 5,000,000"),
    "nesting": ("[.x]", "deeper than 200 levels"),
}


@pytest.mark.parametrize("kind", sorted(LOOPS))
def test_a_loop_that_doubles_a_value_is_stopped(stage: Stage, kind: str) -> None:
    expression, said = LOOPS[kind]
    tasks = f"""- go:
    for: {{each: i, in: "${{ [range(5000)] }}"}}
    do:
      - more: {{set: {{x: '${{ {expression} }}'}}}}"""
    error = stage.error(f"doubles-{kind}", tasks, {"x": "abcdefgh"})

    assert said in str(error["detail"])


def test_branches_that_double_a_value_are_stopped(stage: Stage) -> None:
    tasks = """- go:
    for: {each: i, in: "${ [range(100)] }"}
    do:
      - both: {fork: {branches: [{a: {do: [{p: {set: "${ . }"}}]}}, {b: {set: "${ . }"}}]}}"""
    error = stage.error("doubling-branches", tasks, {"x": 1})

    assert "Does a loop double it" in str(error["detail"])


@pytest.mark.parametrize("levels", [12, 20, 60])
def test_a_schema_that_fans_out_is_refused_with_its_document(stage: Stage, levels: int) -> None:
    schema = json.dumps(_bomb(levels))
    tasks = f"- go: {{set: {{x: 1}}, input: {{schema: {{document: {schema}}}}}}}"

    refused = stage.place.put(document("fans-out", tasks))

    assert refused.status == 422
    assert "20,000 steps" in json.dumps(refused.body["problems"])


def test_a_schema_that_fans_out_and_comes_with_the_data_is_an_error(stage: Stage) -> None:
    tasks = "- go: {call: validate, with: {value: 1, schema: '${ .schema }'}}"
    error = stage.error("given-schema", tasks, {"schema": _bomb(20)})

    assert str(error["type"]).endswith("/validation")
    assert "20,000 steps" in str(error["detail"])


def test_a_value_that_goes_round_in_its_schema_is_an_error_in_time(stage: Stage) -> None:
    side = "{type: object, properties: {x: {$ref: '#/$defs/a'}}, required: [x]}"
    schema = f"{{$ref: '#/$defs/a', $defs: {{a: {{anyOf: [{side}, {side}]}}}}}}"
    value: Json = 1
    for _ in range(40):
        value = {"x": value}
    tasks = f"- go: {{set: {{x: 1}}, input: {{schema: {{document: {schema}}}}}}}"
    error = stage.error("round", tasks, {"x": value})

    assert str(error["type"]).endswith("/validation")
    assert "does not fit" in str(error["detail"])


ANSWERS = {
    "deep": "deeper than",
    "deeper": "deeper than 100 levels",
    "nan": "not JSON",
    "infinity": "not JSON",
    "negative-infinity": "not JSON",
    "surrogate": "not JSON",
    "latin": "not JSON",
    "digits": "not JSON",
    "cut": "not JSON",
}


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_an_answer_that_is_no_json_is_a_communication_error(stage: Stage, kind: str) -> None:
    endpoint = f"{stage.callee.url}/odd/{kind}"
    tasks = f"- go: {{call: http, with: {{method: get, endpoint: '{endpoint}'}}}}"
    error = stage.error(f"answer-{kind}", tasks)

    assert str(error["type"]).endswith("/communication"), error
    assert ANSWERS[kind] in str(error["detail"])


@pytest.mark.parametrize(
    ("kind", "output"), [("twice", {"x": 2}), ("nul", {"x": "\0"}), ("nothing", None)]
)
def test_an_odd_answer_is_taken_as_json_says(stage: Stage, kind: str, output: Json) -> None:
    endpoint = f"{stage.callee.url}/odd/{kind}"
    tasks = f"- go: {{call: http, with: {{method: get, endpoint: '{endpoint}'}}}}"
    run = stage.ended(f"odd-{kind}", tasks)

    assert run["status"] == "completed", run
    assert run["output"] == output


def test_a_large_answer_is_handed_on(stage: Stage) -> None:
    tasks = f"""- go: {{call: http, with: {{method: get, endpoint: '{stage.callee.url}/odd/many'}}}}
- keep: {{set: {{answer: '${{ . }}'}}}}
- count: {{set: {{count: '${{ .answer | length }}'}}}}"""
    run = stage.ended("large-answer", tasks)

    assert run["status"] == "completed", run["error"]
    assert run["output"] == {"count": 900_001}


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b"NaN",
        b"1e999",
        b'"\\ud800"',
        b"9" * 100_000,
    ],
    ids=["deep", "nan", "infinity", "surrogate", "digits"],
)
def test_an_input_that_is_no_json_is_refused(stage: Stage, body: bytes) -> None:
    head = b'{"workflow": {"namespace": "drill", "name": "small"}, "input": '

    refused = stage.place.call("POST", "/api/v1/runs", head + body + b"}")

    assert refused.status == 422, refused
    assert refused.body["code"] == "invalid"
    stage.unharmed()


def test_ten_megabytes_go_through_and_others_are_served(stage: Stage) -> None:
    rows: Json = [{"id": n, "name": f"customer {n}", "tags": ["a"]} for n in range(160_000)]
    tasks = """- one: {set: {kept: "${ .rows }"}}
- two: {set: {rows: "${ .kept }", count: "${ .kept | length }"}}
- three: {set: {count: "${ .count }"}}"""
    stage.place.store(document("large", tasks))
    waits: list[float] = []

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(stage.place.start, "large", {"rows": rows})
        while not run.done() or stage.place.run(run.result())["status"] not in FINAL:
            began = stage.place.worked()
            assert stage.place.call("GET", "/api/v1/me").status == 200
            waits.append(stage.place.worked() - began)

    done = stage.place.run(run.result())
    assert done["output"] == {"count": 160_000}, done["error"]
    assert max(waits) / slowness() < 5
    stage.unharmed()


def test_a_loop_over_millions_ends(stage: Stage) -> None:
    tasks = """- go:
    for: {each: i, in: "${ [range(10000000)] }"}
    do: [{x: {set: {x: 1}}}]"""
    error = stage.error("millions", tasks)

    assert str(error["type"]).endswith("/expression")


def test_thousands_of_branches_end_and_others_are_served(stage: Stage) -> None:
    branches = ", ".join(f"{{b{n}: {{wait: {{milliseconds: 10}}}}}}" for n in range(5000))
    stage.place.store(document("branches", f"- go: {{fork: {{branches: [{branches}]}}}}"))
    run = stage.place.start("branches")
    waits: list[float] = []

    while stage.place.run(run)["status"] not in FINAL:
        began = stage.place.worked()
        assert stage.place.call("GET", "/api/v1/me").status == 200
        waits.append(stage.place.worked() - began)

    done = stage.place.run(run)
    assert done["status"] == "completed", done["error"]
    assert max(waits, default=0.0) / slowness() < 3


def test_more_branches_than_tasks_may_be_are_refused(stage: Stage) -> None:
    branches = ", ".join(f"{{b{n}: {{set: {{x: 1}}}}}}" for n in range(10_001))

    refused = stage.place.put(document("too-many", f"- go: {{fork: {{branches: [{branches}]}}}}"))

    assert refused.status == 422
    assert "more than 10,000 tasks" in json.dumps(refused.body["problems"])


def test_a_workflow_that_runs_itself_by_way_of_another_ends(stage: Stage) -> None:
    def calls(name: str) -> str:
        called = f"{{namespace: drill, name: {name}, version: '1.0.0'}}"
        return f"- go: {{run: {{workflow: {called}}}}}"

    stage.place.store(document("ping", calls("pong")))
    error = stage.error("pong", calls("ping"))

    assert "Does a workflow start itself?" in str(error["detail"])


@pytest.mark.parametrize("wait", ["", "- rest: {wait: {milliseconds: 1}}\n"], ids=["pure", "waits"])
def test_a_loop_for_ever_can_be_cancelled_and_holds_nobody_up(stage: Stage, wait: str) -> None:
    name = "for-ever-waits" if wait else "for-ever"
    stage.place.store(
        document(name, f"- go: {{set: {{x: 1}}}}\n{wait}- back: {{set: {{x: 2}}, then: go}}")
    )
    run = stage.place.start(name)
    stage.unharmed()

    # A fast machine is through with its 100,000 tasks by now.
    status = stage.place.change(run, "cancel").status
    wanted = {200: "cancelled", 409: "faulted"}[status]
    assert stage.place.reaches(run, wanted)["status"] == wanted
    stage.unharmed()


def test_a_run_that_listens_for_ever_can_be_cancelled(stage: Stage) -> None:
    stage.place.store(document("listens", "- go: {listen: {to: {one: {with: {type: never}}}}}"))
    run = stage.place.start("listens")
    _ = stage.place.reaches(run, "waiting")

    assert stage.place.change(run, "cancel").status == 200
    assert stage.place.reaches(run, "cancelled")["status"] == "cancelled"
