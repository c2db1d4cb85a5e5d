"""`tools`: only these tools may be offered or called."""

from fnmatch import fnmatchcase

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.guardrails.wording import STOPPING, effect, schema, texts
from podium.kernel.json import JsonObject


def _make(settings: JsonObject, _means: Means) -> Judge:
    allowed = texts(settings, "allow")

    async def judge(seen: Seen) -> Opinion:
        foreign = [
            name for name in seen.tools if not any(fnmatchcase(name, one) for one in allowed)
        ]
        if not foreign:
            return ALLOWED
        named = ", ".join(f"'{name[:60]}'" for name in foreign[:5])
        return verdict(effect(settings), f"It uses tools that are not on the list: {named}.")

    return judge


TOOLS = Guardrail(
    "tools",
    "Only tools of a list may be offered, or called.",
    schema(
        {
            "allow": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "title": "Allowed",
                "description": "Names of tools, or patterns such as `read_*`.",
            },
            "effect": STOPPING,
        },
        example={"allow": ["search", "read_*"], "effect": "ask"},
        required=("allow",),
    ),
    _make,
)
