"""A run that an earlier podium recorded goes on in this one: no step has got another name.

Where this fails, runs that are under way would do again what they have done. Give the changed task
or function its old names back, or write a migration of the names (see CONTRIBUTING.md); do not
record the file anew.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fakes_journal import Row
from tests.world import Scene, document

from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call

pytestmark = pytest.mark.anyio

RECORDED = Path(__file__).with_name("recorded_run.json")
EVERYTHING = document(
    """
- first: {call: inc, with: {x: 1}}
- web: {call: http, with: {method: post, endpoint: "https://example.org/a"}}
- loop:
    for: {in: "[10, 20]"}
    do:
      - step: {call: inc, with: {x: "${ $item }"}}
      - inner:
          do:
            - deep: {call: inc, with: {x: "${ $item }"}}
- both:
    fork:
      branches:
        - left:
            do:
              - a: {call: inc, with: {x: 100}}
              - nap: {wait: {seconds: 1}}
              - b: {call: inc, with: {x: "${ . }"}}
        - right: {call: inc, with: {x: 200}}
- race:
    fork:
      compete: true
      branches:
        - quick: {call: inc, with: {x: 300}}
        - slow:
            do:
              - nap: {wait: {hours: 1}}
              - late: {call: inc, with: {x: 400}}
- flaky:
    try:
      - f: {call: flaky, with: {ok_at: 3}}
    catch: {retry: {delay: PT1S, limit: {attempt: {count: 5}}}}
- caught:
    try:
      - f: {call: flaky, with: {ok_at: 9}}
    catch:
      do:
        - instead: {call: inc, with: {x: 500}}
- many: {call: each, with: {items: [1, 2, 3]}}
- told: {emit: {event: {with: {type: told, data: {a: 1}}}}}
- person: {call: ask}
- defined: {call: twice, with: {x: 7}}
- again: {call: inc, with: {x: 600}}
- back:
    switch:
      - once: {when: "${ $context == null }", then: note}
      - done: {then: result}
- note: {set: {x: 1}, export: {as: "${ .x }"}, then: again}
- result: {set: {person: "${ $context }"}}
""",
    use='use:\n  functions:\n    twice: {call: inc, with: {x: "${ .x }"}}\n',
)


@dataclass
class Web:
    calls: int = 0

    async def call(self, arguments: JsonObject, call: Call) -> Json:
        self.calls += 1
        return {"asked": arguments.get("method")}


def scene() -> Scene:
    made = Scene(EVERYTHING, http=Web())
    made.send("/do/person", {"ok": True})
    return made


async def test_what_an_earlier_podium_recorded_is_found_by_its_names():
    earlier = json.loads(RECORDED.read_text("utf-8"))
    web = Web()
    again = Scene(EVERYTHING, http=web)
    again.journal.rows[again.wish.id] = Row(again.wish, wake_at=0.0, steps=earlier["steps"])
    assert await again.output({"n": 1}) == earlier["output"]
    assert (again.ledger.calls, web.calls) == ([], 0)


async def test_the_record_has_every_step_of_a_run_today():
    today = scene()
    _ = await today.output({"n": 1})
    earlier = json.loads(RECORDED.read_text("utf-8"))
    assert sorted(today.journal.rows[today.wish.id].steps) == sorted(earlier["steps"])
