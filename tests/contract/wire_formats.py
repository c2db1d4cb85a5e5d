"""What survives between any two wire formats: found out by running the translators over probes.

`python -m tests.contract.wire_formats` prints the page docs/reference/wire-formats.md.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.contract.wire_answers import ANSWERS, LOOKED_FOR, LookedFor
from tests.contract.wire_probes import HELLO, PROBES, Probe

from podium.gateway.models import Capability, Model, Provider
from podium.kernel import errors
from podium.kernel.errors import Invalid
from podium.kernel.json import JsonObject
from podium.protocols.anthropic.caller import AnthropicCaller
from podium.protocols.anthropic.provider import AnthropicProvider
from podium.protocols.formats import CallerFormat, ProviderFormat
from podium.protocols.gemini.embeddings import StudioEmbedding
from podium.protocols.gemini.format import Gemini
from podium.protocols.openai.chat_caller import OpenAIChatCaller
from podium.protocols.openai.chat_provider import OpenAIChatProvider
from podium.protocols.responses.caller import OpenAIResponsesCaller
from podium.protocols.responses.provider import OpenAIResponsesProvider

KEPT, LEFT_OUT, REFUSED, NOT_SAID = "kept", "left out", "refused", ""
NAMES = {
    "openai_chat": "Chat completions",
    "openai_responses": "Responses",
    "anthropic_messages": "Messages",
    "gemini": "Gemini",
}


class _Clock:
    def now(self) -> float:
        return 0.0

    def monotonic(self) -> float:
        return 0.0

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


CALLERS: Mapping[str, CallerFormat] = {
    "openai_chat": OpenAIChatCaller(_Clock()),
    "openai_responses": OpenAIResponsesCaller(_Clock()),
    "anthropic_messages": AnthropicCaller(),
}
PROVIDERS: Mapping[str, ProviderFormat] = {
    "openai_chat": OpenAIChatProvider(),
    "openai_responses": OpenAIResponsesProvider(),
    "anthropic_messages": AnthropicProvider(),
    "gemini": Gemini(StudioEmbedding()),
}
MODEL = Model("m", Provider("p", "any"), "some-model", frozenset(Capability))


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def lines(self) -> Iterable[str]:
        yield f"### {self.title}"
        yield ""
        yield f"| | {' | '.join(self.columns)} |"
        yield f"|---|{'---|' * len(self.columns)}"
        for name, *cells in self.rows:
            yield f"| {name} | {' | '.join(cells)} |"
        yield ""


def asked(caller: str, provider: str, request: JsonObject) -> str | None:
    """What the provider is sent; None where the request is refused."""
    try:
        chat = CALLERS[caller].chat(request)
        sent = PROVIDERS[provider].chat(chat, MODEL)
        return json.dumps([sent.path, sent.body], ensure_ascii=False)
    except Invalid:
        return None


def request_cell(caller: str, provider: str, probe: Probe) -> str:
    hello = {**HELLO[caller], **probe.beside.get(caller, {})}
    with_it = asked(caller, provider, {**hello, **probe.asked[caller]})
    if with_it is None:
        return REFUSED
    if probe.marker:
        return KEPT if probe.marker in with_it else LEFT_OUT
    without = asked(caller, provider, hello)
    return KEPT if with_it != without else LEFT_OUT


def requests(caller: str) -> Table:
    columns = tuple(name for name in PROVIDERS if name != caller)
    table = Table(f"From {NAMES[caller]}", tuple(f"to {NAMES[one]}" for one in columns))
    for probe in PROBES:
        if caller in probe.asked:
            cells = (request_cell(caller, provider, probe) for provider in columns)
            table.rows.append((probe.name, *cells))
    return table


def answer_cell(caller: str, provider: str, one: LookedFor) -> str:
    answer = ANSWERS[provider].get(one.variant)
    if answer is None or (one.text or one.given) not in json.dumps(answer):
        return NOT_SAID
    completion = PROVIDERS[provider].completion(answer)
    told = CALLERS[caller].answer(completion, HELLO[caller])
    if one.text:
        return KEPT if one.text in json.dumps(told) else LEFT_OUT
    value = one.at[caller](told)
    if one.expected is None:
        return f"`{value}`"
    return KEPT if value == one.expected else LEFT_OUT


def answers(caller: str) -> Table:
    columns = tuple(name for name in PROVIDERS if name != caller)
    table = Table(f"To {NAMES[caller]}", tuple(f"from {NAMES[one]}" for one in columns))
    for one in LOOKED_FOR:
        table.rows.append((one.name, *(answer_cell(caller, p, one) for p in columns)))
    return table


FAILURES = (
    ("no key, or a wrong one", errors.Unauthenticated("x")),
    ("not allowed", errors.Refused("x")),
    ("no such model", errors.NotFound("x")),
    ("an invalid request", errors.Invalid("x")),
    ("a limit is reached", errors.LimitReached("x")),
    ("it took too long", errors.TimedOut("x")),
    ("the provider does not answer", errors.Unavailable("x")),
    ("it is overloaded", errors.Unavailable("x", details={"attempts": [{"status": 529}]})),
)


def refusals() -> Table:
    table = Table("By what went wrong", tuple(NAMES[caller] for caller in CALLERS))
    for name, error in FAILURES:
        bodies = [CALLERS[caller].error(error)["error"] for caller in CALLERS]
        words = [" ".join(f"`{b[key]}`" for key in ("type", "code") if key in b) for b in bodies]
        table.rows.append((name, *words))
    return table


HEAD = Path(__file__).with_name("wire_formats_head.md")


def page() -> str:
    lines = [HEAD.read_text("utf-8")]
    for caller in CALLERS:
        lines.extend(requests(caller).lines())
    lines.append("## Answers\n")
    for caller in CALLERS:
        lines.extend(answers(caller).lines())
    lines.append("## Errors\n\nType and code of the error in a refusal's body.\n")
    lines.extend(refusals().lines())
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
