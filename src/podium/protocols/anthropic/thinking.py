"""How much a model is to think: OpenAI's efforts, Anthropic's efforts and budgets.

Source: Anthropic, "Extended thinking" and "Adaptive thinking": models up to 4.5 take a budget of
tokens, later ones think as much as their effort says and refuse budgets.
"""

import re
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, part, shown, text, whole

EFFORTS: Final = frozenset({"low", "medium", "high", "xhigh", "max"})
_NONE: Final = "none"
_MINIMAL: Final = "minimal"
_SHARES: Final = {"low": 0.2, "medium": 0.5, "high": 0.8, "xhigh": 0.9, "max": 0.95}
"""Of max_tokens, which bounds thoughts and answer together."""
_LEAST: Final = 1024
_BUDGETED: Final = re.compile(r"claude-(?:3|(?:opus|sonnet|haiku)-4(?:-[0-5])?(?:$|[-@:]\d{6}|-v))")
_BOUNDS: Final = ((2_048, "low"), (8_192, "medium"), (32_768, "high"))


def asked(chat: JsonObject, model: str, limit: int) -> dict[str, Json]:
    """`thinking` and `output_config.effort` for a chat. Raises Misshapen."""
    effort = text(chat, "reasoning_effort")
    thinking = part(chat, "thinking")
    if thinking:
        told: dict[str, Json] = {"thinking": thinking}
        return told if effort not in EFFORTS else {**told, "output_config": {"effort": effort}}
    if effort in {"", _NONE}:
        return {}
    effort = "low" if effort == _MINIMAL else effort
    if effort not in EFFORTS:
        known = "none, minimal, low, medium, high, xhigh or max"
        raise Misshapen("/reasoning_effort", f"must be {known}, got {shown(effort)}")
    if not _BUDGETED.search(model):
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": effort}}
    budget = max(_LEAST, int(limit * _SHARES[effort]))
    if budget >= limit:
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def effort(request: JsonObject) -> str:
    """OpenAI's effort for a request to Anthropic, empty where it does not ask to think."""
    thinking = part(request, "thinking")
    wanted = text(part(request, "output_config"), "effort", "/output_config")
    match text(thinking, "type", "/thinking"):
        case "disabled":
            return ""
        case "enabled":
            budget = whole(thinking, "budget_tokens", "/thinking") or 0
            return wanted or next((e for most, e in _BOUNDS if budget <= most), "xhigh")
        case "":
            return wanted
        case _:
            return wanted or "high"
