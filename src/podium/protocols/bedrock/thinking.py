"""How much to think, in the words of each family of models.

Sources: https://docs.aws.amazon.com/bedrock/latest/userguide/claude-messages-extended-thinking.html
and …/claude-messages-adaptive-thinking.html,
https://docs.aws.amazon.com/nova/latest/nova2-userguide/extended-thinking.html.
"""

import re
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.protocols.shapes import Misshapen, part, shown, text, whole

_EFFORTS: Final = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_BUDGETS: Final = {"minimal": 1024, "low": 2048, "medium": 8192}
_LARGE: Final = 16_384
_SMALLEST: Final = 1024
"""Claude thinks with 1,024 tokens or not at all."""
_CLAUDE: Final = re.compile(r"claude-(?:opus|sonnet|haiku)-(\d+)(?:-(\d)(?!\d))?")
_ADAPTIVE_SINCE: Final = (4, 6)
_WORDS: Final = {"minimal": "low", "xhigh": "high", "max": "high"}


def thinking(chat: JsonObject, model: str) -> dict[str, Json]:
    """Members of additionalModelRequestFields; nothing for models that are not asked how.

    Raises Misshapen.
    """
    asked, effort = part(chat, "thinking"), text(chat, "reasoning_effort")
    if effort and effort not in _EFFORTS:
        known = ", ".join(_EFFORTS)
        raise Misshapen("/reasoning_effort", f"must be one of {known}, got {shown(effort)}")
    if asked:
        return {"thinking": asked} if "claude" in model else {}
    if not effort or effort == "none":
        return {}
    if "claude" in model:
        return _claude(chat, model, effort)
    word = _WORDS.get(effort, effort)
    if "nova" in model:
        return {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": word}}
    return {"reasoning_effort": word} if "gpt-oss" in model else {}


def _claude(chat: JsonObject, model: str, effort: str) -> dict[str, Json]:
    if adaptive(model):
        level = "low" if effort == "minimal" else effort
        return {"thinking": {"type": "adaptive"}, "output_config": {"effort": level}}
    budget = _BUDGETS.get(effort, _LARGE)
    most = whole(chat, "max_completion_tokens") or whole(chat, "max_tokens")
    if most is not None:
        budget = min(budget, most - 1)
    if budget < _SMALLEST:
        return {}
    return {"thinking": {"type": "enabled", "budget_tokens": budget}}


def adaptive(model: str) -> bool:
    """Whether this Claude decides itself how long to think: since 4.6."""
    found = _CLAUDE.search(model)
    if found is None:
        return False
    return (int(found.group(1)), int(found.group(2) or 0)) >= _ADAPTIVE_SINCE
