"""`urls`: only addresses of these hosts, so that no answer carries data away in a link."""

import re
from collections.abc import Sequence
from typing import Final

from podium.governance.guardrails import ALLOWED, Guardrail, Judge, Means, Opinion, Seen, verdict
from podium.guardrails.wording import REDACTABLE, effect, schema, texts, without
from podium.kernel.json import JsonObject

_URL: Final = re.compile(
    r"(?i)(?:(?:https?|ftp|wss?)://|(?<![\w:/])//|\bwww\.)(?:[^\s/@<>\"'`)\]]{0,256}@)?"
    r"(?P<host>[^\s/:?#<>\"'`)\]\\]{1,255})[^\s<>\"'`)\]]{0,4096}"
)


def _make(settings: JsonObject, _means: Means) -> Judge:
    hosts = tuple(host.lower().lstrip(".") for host in texts(settings, "hosts"))

    async def judge(seen: Seen) -> Opinion:
        found = [_foreign(text, hosts) for text in seen.texts]
        if not any(found):
            return ALLOWED
        clean = [
            without(text, places, "[link removed]")
            for text, places in zip(seen.texts, found, strict=True)
        ]
        return verdict(effect(settings), "It links to a host that is not on the list.", clean)

    return judge


def _foreign(text: str, hosts: Sequence[str]) -> list[tuple[int, int]]:
    return [one.span() for one in _URL.finditer(text) if not _listed(one["host"], hosts)]


def _listed(host: str, hosts: Sequence[str]) -> bool:
    """A host and all below it."""
    name = host.lower().rstrip(".,;!*_")
    return any(name == one or name.endswith(f".{one}") for one in hosts)


URLS = Guardrail(
    "urls",
    "Only links to hosts of a list.",
    schema(
        {
            "hosts": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "title": "Hosts",
                "description": "Names of hosts; those below them count too.",
            },
            "effect": REDACTABLE,
        },
        example={"hosts": ["example.com", "docs.python.org"], "effect": "redact"},
        required=("hosts",),
    ),
    _make,
)
