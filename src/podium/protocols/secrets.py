"""Whose secret a piece of reasoning is: what one provider signed or encrypted, no other can read.

In a chat Anthropic's are as they are, and those of others begin with a mark (`gemini:`, `openai:`):
Anthropic's are base64, which has no colon.
"""

from typing import Final

_OPENAI: Final = "openai:"
_ANTHROPIC: Final = "anthropic:"


def is_anthropics(secret: str) -> bool:
    return bool(secret) and ":" not in secret


def of_openai(secret: str) -> str:
    """Empty for a secret of others."""
    return secret.removeprefix(_OPENAI) if secret.startswith(_OPENAI) else ""


def from_openai(secret: str) -> str:
    return f"{_OPENAI}{secret}"


def towards_responses(secret: str) -> str:
    """For a caller of Responses, where OpenAI's own are as they are."""
    if secret.startswith(_OPENAI):
        return secret.removeprefix(_OPENAI)
    return secret if ":" in secret else f"{_ANTHROPIC}{secret}"


def from_responses(secret: str) -> str:
    """What such a caller hands back."""
    if secret.startswith(_ANTHROPIC):
        return secret.removeprefix(_ANTHROPIC)
    return secret if ":" in secret else f"{_OPENAI}{secret}"
