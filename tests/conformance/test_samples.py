"""The 138 documents of the Java SDK's own tests: each is played here, or somewhere else that is
named, or it is said why it cannot be.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, TypeAlias

import pytest

from podium.functions.log import make_log
from podium.kernel.errors import Unavailable
from podium.kernel.json import Json
from podium.workflows.documents.check import check
from podium.workflows.documents.yaml import load
from podium.workflows.runs import RunStatus
from tests.conformance.beside import SHARED
from tests.scenarios.theatre import Theatre, theatre
from tests.simulation.loop import simulate

pytestmark = pytest.mark.shared
SAMPLES: Final = SHARED / "openworkflow" / "examples" / "sdk-java-7.26"
COUNT: Final = 138
ROOT: Final = Path(__file__).parents[2]


@dataclass(frozen=True)
class Played:
    """What goes in and what comes out; `error` are members of it. `web` are answers by address."""

    input: Json
    output: Json = None
    error: Mapping[str, Json] | None = None
    web: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    seconds: float = 0.0


@dataclass(frozen=True)
class Elsewhere:
    """A module of tests, and what it calls the sample; by default its own name."""

    module: str
    called: str | None = None


@dataclass(frozen=True)
class Left:
    """Why it cannot run, and what is missing beside it."""

    because: str
    missing: str


Way: TypeAlias = list[Played] | Elsewhere | Left

_CALLS: Final = "tests/unit/workflows/calls/test_samples.py"
_EVENTS: Final = "tests/unit/workflows/interpreter/test_event_samples.py"
_PROGRAMS: Final = "tests/contract/test_third_party_programs.py"
_AGENTS: Final = "tests/contract/callees/test_third_party.py"
_CATALOG: Final = (
    "https://raw.githubusercontent.com/serverlessworkflow/catalog/refs/heads/main"
    "/functions/log/1.0.0/function.yaml"
)
_LOG: Final = {
    _CATALOG: [
        {
            "body": "input: {schema: {document: {required: [message]}}}\n"
            "set: {logged: '${ .message }'}\n"
        }
    ]
}
_PET: Final = "http://localhost:9797"
_REX: Final = {"name": "Rex"}
_LATE: Final = {_PET: [*[{"status": 404}] * 3, {"body": _REX}]}
_USER: Final = {"userId": "1", "username": "ann", "password": "pw"}
_TESTED: Final = {"userId": "1_tested", "username": "ann_tested", "password": "pw_tested"}
_PROTO: Final = Left(
    "its .proto is not among the samples", "workflows-samples/grpc/proto/contributors.proto"
)
_IN_PROGRESS: Final = "is a work in progress and cannot be run yet"
_RUN: Final = "the id of the run"
_JOHN: Final = {"patientId": "John", "room": 1}
_SMITH: Final = {"patientId": "Smith", "room": 2}


def _faults(status: int, **more: Json) -> list[Played]:
    return [Played({}, error={"status": status, **more})]


def _gives(output: Json, seconds: float = 0.0) -> list[Played]:
    return [Played({}, output, seconds=seconds)]


def _not_implemented(name: str) -> list[Played]:
    detail = f"The workflow '{name}:0.1.0' {_IN_PROGRESS}"
    return _faults(500, type="https://serverlessworkflow.io/errors/not-implemented", detail=detail)


TABLE: Final[Mapping[str, Way]] = {
    "a2a/*": Elsewhere(_AGENTS),
    "after-start": Elsewhere(_EVENTS),
    "basic-*-auth": Elsewhere(_CALLS),
    "call-custom-function-cataloged": [Played({}, {"logged": "Hello, world!"}, web=_LOG)],
    "call-custom-function-cataloged-default": _gives({"note": "[information] (): Hello, world!"}),
    "call-custom-function-cataloged-global": [Played({}, {"logged": "Hello, world!"}, web=_LOG)],
    "call-custom-function-inline": [
        Played({}, _REX, web={"https://petstore.swagger.io/v2/pet/-1": [{"body": _REX}]})
    ],
    "call-http-delete": Elsewhere(_CALLS),
    "call-http-endpoint-interpolation": Elsewhere(_CALLS),
    "call-http-find-by-status": Elsewhere(_CALLS),
    "call-http-get": Elsewhere(_CALLS),
    "call-http-head": Elsewhere(_CALLS),
    "call-http-options": Elsewhere(_CALLS),
    "call-http-p*": Elsewhere(_CALLS),
    "call-http-query-parameters": Elsewhere(_CALLS),
    "call-http-query-parameters-external-schema": Left(
        "its schema lies beside the Java tests, at a relative address", "schema/searchquery.yaml"
    ),
    "call-http-redirect-false": Elsewhere(_CALLS),
    "call-with-response-output-expr": [
        Played(
            {"id": 1}, "made", web={"http://localhost:9876/users": [{"body": {"status": "made"}}]}
        )
    ],
    "conditional-set": [
        Played({"enabled": True}, {"name": "javierito"}),
        Played({"enabled": False}, {"enabled": False}),
    ],
    "container/*": Elsewhere(_PROGRAMS),
    "cron-start": Elsewhere(_EVENTS),
    "digest-properties-auth": Elsewhere(_CALLS),
    "emit*": Elsewhere(_EVENTS),
    "every-start": Elsewhere(_EVENTS),
    "for-collect": [Played({"input": [1, 2, 3]}, {"output": [2, 4, 6]})],
    "for-sum": [Played({"input": [1, 2, 3]}, 6)],
    "fork": _gives(_JOHN),
    "fork-no-compete": _gives([_JOHN, _SMITH], 0.5),
    "fork-wait": _gives([{"value": 1}, {"value": 2}], 0.09),
    "grpc/contributors-*": _PROTO,
    "grpc/get-person-call": Left(_PROTO.because, "workflows-samples/grpc/proto/person.proto"),
    "listen-*": Elsewhere(_EVENTS),
    "nested-try-catch-retry-inline": [
        # The inner try gives up after six; the second of the outer one finds the pet.
        Played({"delay": 1}, _REX, web={_PET: [*[{"status": 404}] * 6, {"body": _REX}]}, seconds=32)
    ],
    "oauth2/*": Elsewhere(_CALLS, '_names("oauth2")'),
    "openapi/*": Elsewhere(_CALLS),
    "openid/*": Elsewhere(_CALLS, '_names("openid")'),
    "raise-inline": _not_implemented("raise-not-implemented"),
    "raise-reusable": _not_implemented("raise-not-implemented-reusable"),
    "run-*/*": Elsewhere(_PROGRAMS),
    # It declares 'mySecret' and reads 'superman': what is not declared is nothing here.
    "secret-expression": _gives({"superSecret": None, "theEnemy": None, "humanEnemy": None}),
    "set-listen-to-any": Elsewhere(_EVENTS),
    "simple-expression": [Played({}, {"startedAt": 1_000_000_000, "id": _RUN, "version": "test"})],
    "sub-workflow/output-export-and-set-*": [Played(_USER, _TESTED)],
    "sub-workflow/read-context-*": [
        Played(
            _USER,
            {
                "updated": _TESTED,
                "detail": "The workflow read-set-into-context:1.0.0 updated user in context",
            },
        )
    ],
    "sub-workflow/sub-*": _gives({"greeting": "helloWorld", "counter": 1}),
    "switch-then-loop": [Played({"count": 1}, {"count": 6})],
    "switch-then-string": [
        Played({"orderType": "electronic"}, {"validate": True, "status": "fulfilled"}),
        Played(
            {"orderType": "physical"}, {"inventory": "clear", "items": 1, "address": "Elmer St"}
        ),
        Played({"orderType": "air"}, {"log": "warn", "message": "something's wrong"}),
    ],
    # The error's member is 'detail'; the Java runtime calls it 'details'.
    "try-catch-error-variable": _gives({"errorMessage": None}),
    "try-catch-match-details": _gives({"recovered": True}),
    "try-catch-match-status": _gives({"recovered": True}),
    # There '.' is the error; here it is the input of the try, and the error is $error.
    "try-catch-match-when": _faults(503, type="https://example.com/errors/transient"),
    "try-catch-not-match-details": _faults(403),
    "try-catch-not-match-status": _faults(503),
    "try-catch-not-match-when": _faults(503),
    "try-catch-retry-inline": [Played({"delay": 1}, _REX, web=_LATE, seconds=7)],
    "try-catch-retry-reusable": [Played({}, _REX, web=_LATE, seconds=0.03)],
    "try-catch-with-do": _gives({"setAfterFailingTask": "No problem"}),
    "wait-expression-context": _gives({"waitTime": "PT0.1S"}, 0.1),
    "wait-expression-input": [Played({"timeout": "PT1S"}, {"timeout": "PT1S"}, seconds=1)],
    "wait-set": _gives({"name": "Javierito"}, 0.2),
}
NAMES: Final = sorted(
    str(path.relative_to(SAMPLES).with_suffix("")) for path in SAMPLES.rglob("*.yaml")
)


def way(name: str) -> Way:
    """The row that names it, or else the one with the longest pattern."""
    if name in TABLE:
        return TABLE[name]
    fitting = [pattern for pattern in TABLE if fnmatchcase(name, pattern)]
    return TABLE[max(fitting, key=len)]


@pytest.fixture(autouse=True, scope="module")
def _shared() -> None:
    if not SAMPLES.is_dir():
        if os.environ.get("CI") == "true":  # noqa: TID251 - the suite's edge
            raise AssertionError(f"{SAMPLES} is missing, and CI is true")
        pytest.skip(f"{SAMPLES} is missing")


WAYS: Final = [(name, way(name)) for name in NAMES]
PLAYED: Final = [
    pytest.param(name, each, id=f"{name} {place}")
    for name, rows in WAYS
    if isinstance(rows, list)
    for place, each in enumerate(rows)
]
POINTED: Final = [(name, row) for name, row in WAYS if isinstance(row, Elsewhere)]
LEFT: Final = [(name, row) for name, row in WAYS if isinstance(row, Left)]


def _text(name: str) -> str:
    return (SAMPLES / f"{name}.yaml").read_text("utf-8")


async def _defined(stage: Theatre, name: str) -> None:
    """Of a pair both; whichever it is, the parent is what is started."""
    child, parent = f"{name.removesuffix('-parent').removesuffix('-child')}-child", None
    if child in NAMES:
        parent = f"{child.removesuffix('-child')}-parent"
    for each in (parent, child) if parent else (name,):
        await stage.define(_text(each))


@pytest.mark.parametrize(("name", "played"), PLAYED)
def test_a_sample_gives_what_the_java_runtime_gives_or_what_the_table_says(
    name: str, played: Played
) -> None:
    async def play() -> None:
        async with theatre() as stage:
            stage.functions["log"] = make_log()
            stage.secrets["mySecret"] = "a secret that nobody reads"
            stage.web.answers.update({url: list(said) for url, said in played.web.items()})
            await _defined(stage, name)
            await stage.execute(played.input)
            run = await stage.run()
            if played.error is None:
                assert run.status is RunStatus.COMPLETED, run.error
                assert run.output == _with_id(played.output, run.id)
            else:
                assert run.error is not None, run.output
                assert {key: run.error.get(key) for key in played.error} == played.error
            assert run.started_at is not None
            assert run.ended_at is not None
            assert abs(run.ended_at - run.started_at - played.seconds) < 0.1 + played.seconds / 50

    simulate(play)


def _with_id(wanted: Json, id: str) -> Json:
    if not isinstance(wanted, Mapping):
        return wanted
    return {key: id if each == _RUN else each for key, each in wanted.items()}


@pytest.mark.parametrize(("name", "row"), POINTED)
def test_a_sample_that_is_played_elsewhere_is_named_there(name: str, row: Elsewhere) -> None:
    text = (ROOT / row.module).read_text("utf-8")
    assert (row.called or Path(name).name) in text, f"{row.module} does not play {name}"


@pytest.mark.parametrize(("name", "row"), LEFT)
def test_a_sample_that_cannot_run_lacks_something(name: str, row: Left) -> None:
    assert row.missing in _text(name)
    assert not list(SAMPLES.parent.rglob(Path(row.missing).name)), "it is there now: play it"


def test_a_schema_at_a_relative_address_stops_its_sample_from_being_stored() -> None:
    async def play() -> None:
        async with theatre() as stage:
            with pytest.raises(Unavailable, match=r"schema/searchquery\.yaml"):
                await stage.define(_text("call-http-query-parameters-external-schema"))

    simulate(play)


def test_every_sample_has_its_row_and_every_row_a_sample() -> None:
    assert len(NAMES) == COUNT
    used = [pattern for pattern in TABLE if any(fnmatchcase(name, pattern) for name in NAMES)]
    assert used == list(TABLE)


@pytest.mark.parametrize("name", NAMES)
def test_the_check_finds_no_mistake_in_a_sample(name: str) -> None:
    """Also in those that the official schema does not know: arguments of processes by name."""
    found = check(load(_text(name), name=name), {"log": make_log().input})
    wrong = [str(each.problem) for each in found if each.severity == "error"]
    # What podium does not do yet is said where it is listed.
    assert [each for each in wrong if "[unsupported]" not in each] == []
