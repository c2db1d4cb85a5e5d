"""Where the flow goes: switch, then, for, fork, and its bounds."""

import pytest
from tests.world import Scene, document

from podium.workflows.interpreter.deps import Limits

pytestmark = pytest.mark.anyio

COLOURS = """
- pick:
    switch:
      - red: {when: '.c == "red"', then: setRed}
      - other: {then: setOther}
- setRed:
    set: {picked: red}
    then: end
- setOther:
    set: {picked: other}
"""


async def test_switch_takes_the_first_case_that_holds():
    assert await Scene(document(COLOURS)).output({"c": "red"}) == {"picked": "red"}


async def test_switch_takes_the_default_case():
    assert await Scene(document(COLOURS)).output({"c": "blue"}) == {"picked": "other"}


async def test_a_switch_without_a_match_goes_on():
    tasks = """
- pick:
    switch:
      - red: {when: '.c == "red"', then: end}
- after:
    set: {after: true}
"""
    assert await Scene(document(tasks)).output({"c": "blue"}) == {"after": True}


async def test_then_jumps_forward_and_backward():
    tasks = """
- count:
    set: {n: "${ (.n // 0) + 1 }"}
- again:
    switch:
      - more: {when: .n < 3, then: count}
"""
    assert await Scene(document(tasks)).output({}) == {"n": 3}


async def test_exit_leaves_the_group_and_end_leaves_the_run():
    tasks = """
- group:
    do:
      - a:
          set: {a: 1}
          then: %s
      - b:
          set: {b: 1}
- after:
    set: {after: "${ . }"}
"""
    assert await Scene(document(tasks % "exit")).output() == {"after": {"a": 1}}
    assert await Scene(document(tasks % "end")).output() == {"a": 1}


async def test_for_hands_each_output_to_the_next_iteration():
    tasks = """
- loop:
    for: {each: colour, at: i, in: .colours}
    do:
      - keep:
          set: {colours: "${ .colours }", seen: "${ (.seen // []) + [[$i, $colour]] }"}
"""
    output = await Scene(document(tasks)).output({"colours": ["red", "blue"]})
    assert output["seen"] == [[0, "red"], [1, "blue"]]


async def test_while_stops_a_loop():
    tasks = """
- loop:
    for: {in: "[1, 2, 3]"}
    while: (.sum // 0) < 3
    do:
      - add:
          set: {sum: "${ (.sum // 0) + $item }"}
"""
    assert await Scene(document(tasks)).output({}) == {"sum": 3}


async def test_for_over_something_that_is_no_array_says_so():
    tasks = "- loop:\n    for: {in: .x}\n    do:\n      - a:\n          set: {a: 1}"
    error = await Scene(document(tasks)).error({"x": "text"})
    assert "must give an array" in error["detail"]
    assert "a string" in error["detail"]


async def test_end_inside_a_loop_ends_the_run():
    tasks = """
- loop:
    for: {in: "[1, 2, 3]"}
    do:
      - a:
          set: {n: "${ $item }"}
          then: end
- after:
    set: {after: true}
"""
    assert await Scene(document(tasks)).output() == {"n": 1}


async def test_fork_gives_the_outputs_of_its_branches_in_their_order():
    tasks = """
- both:
    fork:
      branches:
        - left: {call: inc, with: {x: 1}}
        - right:
            do:
              - a: {call: inc, with: {x: 10}}
              - b: {call: inc, with: {x: "${ . }"}}
"""
    assert await Scene(document(tasks)).output() == [2, 12]


async def test_the_first_branch_of_a_race_is_the_output():
    tasks = """
- race:
    fork:
      compete: true
      branches:
        - left: {set: {won: left}}
        - right: {set: {won: right}}
"""
    assert await Scene(document(tasks)).output() == {"won": "left"}


async def test_a_fault_in_a_branch_is_the_forks_fault():
    tasks = """
- both:
    fork:
      branches:
        - good: {set: {a: 1}}
        - bad:
            raise: {error: {type: about:blank, status: 418, title: Teapot}}
"""
    error = await Scene(document(tasks)).error()
    assert error["title"] == "Teapot"
    assert error["instance"] == "/do/0/both/fork/branches/1/bad"


async def test_a_loop_without_an_end_is_ended():
    tasks = "- a:\n    set: {a: 1}\n    then: a"
    error = await Scene(document(tasks), limits=Limits(tasks=500)).error()
    assert "executed 500 tasks" in error["detail"]


async def test_wait_moves_the_runs_clock_and_says_that_it_waits():
    scene = Scene(document("- nap:\n    wait: {seconds: 30}\n- x:\n    set: {a: 1}"))
    before = scene.clock.at
    assert await scene.output() == {"a": 1}
    assert scene.clock.at == pytest.approx(before + 30)
    assert ("waiting", "timer: 30 s at nap") in scene.moves
