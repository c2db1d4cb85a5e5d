"""`guard` asks guardrails, and goes on by the strictest of them."""

import pytest
from tests.fakes_functions import run

from podium.functions.guard import make_guard
from podium.gateway.guardrail_service import Trial
from podium.governance.guardrails import ALLOWED, AskPerson, At, Blocked, Redacted, Rule
from podium.kernel.errors import Refused

pytestmark = pytest.mark.anyio


class Saying:
    def __init__(self, *opinions: object) -> None:
        self.opinions, self.asked = opinions, []

    async def test(self, principal, text, at, *, name=""):
        self.asked.append((text, at, name))
        return [
            Trial(Rule(f"g{number}", "terms", {}, frozenset(At)), opinion)
            for number, opinion in enumerate(self.opinions)
        ]


async def test_the_strictest_opinion_counts_and_redacted_text_goes_on():
    saying = Saying(ALLOWED, Redacted(["clean"], "Words."), AskPerson("Doubtful."))
    found = await run(make_guard(saying), {"text": "x", "at": "answer", "guardrail": "g"})
    assert found == {
        "verdict": "ask",
        "text": "clean",
        "reasons": ["g1: Words.", "g2: Doubtful."],
    }
    assert saying.asked == [("x", At.ANSWER, "g")]


async def test_without_an_objection_the_text_goes_on_as_it_is():
    assert await run(make_guard(Saying()), {"text": "x"}) == {
        "verdict": "allow",
        "text": "x",
        "reasons": [],
    }


async def test_a_block_is_an_error_unless_it_is_to_be_reported():
    guard = make_guard(Saying(Blocked("Bad.")))
    with pytest.raises(Refused, match="g0: Bad"):
        _ = await run(guard, {"text": "x"})
    found = await run(guard, {"text": "x", "on_block": "report"})
    assert (found["verdict"], found["reasons"]) == ("block", ["g0: Bad."])
