"""The real libjq in real worker processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import pytest
from tests.pace import HANGS

from podium.adapters.jq.workers import JqWorkers
from podium.kernel.json import Json
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.evaluator import Evaluator

pytestmark = pytest.mark.anyio
BIG = 12345678901234567890123
MIB = 1 << 20


@pytest.fixture
async def jq() -> AsyncIterator[JqWorkers]:
    async with JqWorkers(size=1, deadline=1.0) as workers:
        yield workers


async def failure(jq: JqWorkers, program: str, data: Json = None) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        _ = await jq.evaluate(program, data, {})
    return caught.value


async def test_the_first_output_is_the_answer_and_none_is_null(jq: JqWorkers):
    assert await jq.evaluate("map(. + $n)", [1, 2], {"n": 10}) == [11, 12]
    assert await jq.evaluate(".[]", [1, 2], {}) == 1
    assert await jq.evaluate("repeat(1)", None, {}) == 1
    assert await jq.evaluate("empty", None, {}) is None


async def test_large_integers_that_are_only_moved_stay_exact(jq: JqWorkers):
    assert await jq.evaluate("[.[] | select(. > 1)]", [BIG], {}) == [BIG]
    assert await jq.evaluate("{a: $n} | to_entries", None, {"n": BIG}) == [
        {"key": "a", "value": BIG}
    ]


@pytest.mark.parametrize(
    ("program", "kinds"),
    [
        ("[range(1e12)]", {"timeout", "memory"}),
        ("def f: f; f", {"timeout"}),
        ("def f: 1 + f; f", {"timeout", "memory"}),
        ("def f: [f]; f", {"timeout", "memory"}),
        ("last(range(1e12))", {"timeout"}),
        ("until(false; .)", {"timeout"}),
        ('[limit(1e9; repeat("x"))] | join("")', {"timeout", "memory"}),
        ('"x" * 2000000000', {"timeout", "memory", "runtime"}),
        ("[range(2e6)]", {"timeout", "memory"}),
        ("reduce range(1e6) as $i (1; [.])", {"timeout", "memory", "runtime"}),
        ("reduce range(20000) as $i (1; [.])", {"timeout", "runtime"}),
        ("1e1000", {"runtime"}),
        ('("a" * 40 + "!") | test("^(a+)+$")', {"timeout", "runtime"}),
        (".a", {"runtime"}),
        ('error("no")', {"runtime"}),
        ("error(null)", {"runtime"}),
        (".a |", {"syntax"}),
        ("$nowhere", {"syntax"}),
        ("nowhere", {"syntax"}),
        ("1) | (2", {"syntax"}),
        ("1)) | env | first((2", {"syntax"}),
        ('import "a" as a; .', {"syntax"}),
        ('include "a"; .', {"syntax"}),
        ("module {}; .", {"syntax"}),
        ("env", {"runtime"}),
        ("[inputs]", {"runtime"}),
        ("input", {"runtime"}),
        ("debug", {"runtime"}),
        ("stderr", {"runtime"}),
        ("input_filename", {"runtime"}),
        ("input_line_number", {"runtime"}),
        ("halt", {"runtime"}),
        ('"x" | halt_error', {"runtime"}),
        ('"a" | modulemeta', {"runtime"}),
        ("get_search_list", {"runtime"}),
        ("now", {"runtime"}),
        ("\ud800", {"syntax"}),
    ],
)
async def test_a_hostile_program_ends_in_an_error_in_time_and_the_next_one_works(
    jq: JqWorkers, program: str, kinds: set[str]
):
    _ = await jq.evaluate("1", None, {})
    with anyio.fail_after(HANGS):
        error = await failure(jq, program, [1])
    assert error.kind in kinds, error.message
    assert await jq.evaluate(". + 1", 1, {}) == 2


async def test_the_environment_is_empty_also_where_the_guard_does_not_stand(jq: JqWorkers):
    assert await jq.evaluate("$ENV", None, {}) == {}


async def test_a_comment_does_not_swallow_the_guard(jq: JqWorkers):
    assert await jq.evaluate(". # all", 5, {}) == 5
    assert await jq.evaluate(". # all \\", 5, {}) == 5


async def test_names_of_our_own_do_not_reach_the_guard(jq: JqWorkers):
    assert await jq.evaluate("def tojson: 3; def first(f): 4; .", 5, {}) == 5


async def test_now_is_the_moment_that_was_given(jq: JqWorkers):
    assert await jq.evaluate("now | todate", None, {"now": 0}) == "1970-01-01T00:00:00Z"


async def test_too_little_memory_is_told_from_too_little_time():
    async with JqWorkers(size=1, deadline=60, memory=128 * MIB) as jq:
        error = await failure(jq, "[range(1e12)]")
        assert error.kind == "memory"
        assert await jq.evaluate(". + 1", 1, {}) == 2


async def test_a_large_result_and_a_large_input_are_refused(jq: JqWorkers):
    assert (await failure(jq, '"x" * 6000000')).kind in {"memory", "timeout"}
    assert (await failure(jq, ".", "x" * 17_000_000)).kind == "memory"
    assert (await failure(jq, ".", ["\ud800"])).kind == "runtime"
    assert await jq.evaluate("length", "x" * 1_000_000, {}) == 1_000_000


async def test_check_compiles_without_running(jq: JqWorkers):
    assert await jq.check("def f: f; f", []) is None
    assert await jq.check("$a + $b", ["a", "b"]) is None
    assert "syntax error" in str(await jq.check(".a |", []))
    assert "$b" in str(await jq.check("$a + $b", ["a"]))


async def test_many_at_once_wait_for_their_turn():
    found: list[object] = []

    async def one(jq: JqWorkers, number: int) -> None:
        found.append(await jq.evaluate("map(. * 2) | add", [number], {}))

    async with JqWorkers(size=2) as jq, anyio.create_task_group() as group:
        for number in range(40):
            _ = group.start_soon(one, jq, number)
    assert sorted(found, key=str) == sorted((2 * number for number in range(40)), key=str)


async def test_a_cancelled_evaluation_does_not_answer_the_next_one(jq: JqWorkers):
    _ = await jq.evaluate("1", None, {})
    with anyio.move_on_after(0.05):
        _ = await jq.evaluate("last(range(1e12))", None, {})
    assert await jq.evaluate('"mine"', None, {}) == "mine"


async def test_a_machine_that_stands_still_fails_no_evaluation():
    async with JqWorkers(size=1, deadline=0.3) as jq:
        _ = await jq.evaluate("1", None, {})
        (process,) = jq._idle  # noqa: SLF001
        os.kill(process.id, signal.SIGSTOP)
        found: list[Json] = []

        async def evaluate() -> None:
            found.append(await jq.evaluate("map(. + 1)", [1], {}))

        async with anyio.create_task_group() as group:
            group.start_soon(evaluate)
            await anyio.sleep(1.0)
            os.kill(process.id, signal.SIGCONT)
    assert found == [[2]]


async def test_hundreds_of_programs_are_compiled_and_forgotten(jq: JqWorkers):
    for number in range(300):
        assert await jq.evaluate(f". + {number}", 1, {}) == number + 1
    assert await jq.evaluate(". + 0", 1, {}) == 1


async def test_the_evaluator_and_the_workers_fit(jq: JqWorkers):
    template = {"a": "${ .xs | map(. + $item) }", "b": "${ .xs[0] }", "c": '${ "n: \\(.xs)" }'}
    found = await Evaluator(jq).value(template, {"xs": [1, 2]}, {"item": 1, "input": None})
    assert found == {"a": [2, 3], "b": 1, "c": "n: [1,2]"}
    with pytest.raises(ExpressionError, match=r"Cannot index number.* Expression: \$\{ \.a\.b \}"):
        _ = await Evaluator(jq).value("${ .a.b }", {"a": 1}, {})


PARENT = """
import anyio
from podium.adapters.jq.workers import JqWorkers

async def main():
    jq = JqWorkers(size=2)
    async with anyio.create_task_group() as group:
        await jq.evaluate("1", None, {})
        print([process.id for process in jq._idle][0], flush=True)
        if LOOP:
            await jq.evaluate("last(range(1e12))", None, {})
        await anyio.sleep(60)

anyio.run(main)
"""


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_no_worker_outlives_a_parent_that_was_killed(loop: bool):
    program = PARENT.replace("LOOP", str(loop))
    path = {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=path
    ) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        assert alive(worker)
        time.sleep(0.2)
        parent.send_signal(signal.SIGKILL)
        _ = parent.wait()
    deadline = time.monotonic() + HANGS
    while alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(worker)


async def test_closing_leaves_no_process():
    jq = JqWorkers(size=2)
    _ = await jq.evaluate("1", None, {})
    (process,) = jq._idle  # noqa: SLF001
    await jq.close()
    assert process.reaped()
