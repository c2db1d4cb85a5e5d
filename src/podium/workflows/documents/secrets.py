"""Rules about secrets: where an expression may read them.

The specification says two things: its text allows them in `input.from` alone, its table in every
expression. Here they may be read where they go to a callee or decide something, and not where what
is computed is stored or handed on; `set` is in between and gets a warning.
"""

from collections.abc import Iterable
from typing import Final

from podium.kernel.json import JsonObject
from podium.workflows.documents.embedded import SecretUse
from podium.workflows.documents.findings import Findings, label
from podium.workflows.documents.source import pointer
from podium.workflows.documents.tasks import member

_STORED: Final = frozenset({"output", "export", "emit", "listen", "raise", "errors", "schedule"})
_KEPT: Final = frozenset({"set"})
_REMEDY: Final = "Read it where it is used: under 'with' or 'run', or in 'input.from'."


def check_secrets(document: JsonObject, uses: Iterable[SecretUse], findings: Findings) -> None:
    for use in uses:
        name = use.spelled if use.name == "*" else f"{use.spelled}.{use.name}"
        where = f"{label(use.path)} reads {name}"
        if use.member in _STORED:
            message = f"{where}, and what '{use.member}' says is stored and handed on. {_REMEDY}"
            findings.error("secret-place", message, use.path)
        elif use.member in _KEPT:
            message = f"{where}, and what '{use.member}' puts out is stored. {_REMEDY}"
            findings.warning("secret-place", message, use.path)
        if use.spelled == "$secret":
            message = f"{where}, a spelling of one runtime. Write $secrets."
            findings.warning("secret-spelling", message, use.path)
    _declared(document, findings)


def _declared(document: JsonObject, findings: Findings) -> None:
    names = member(document, "use", "secrets")
    seen: set[str] = set()
    for place, each in enumerate(names if isinstance(names, list) else ()):
        name = str(each)
        if name in seen:
            message = f"The secret '{name}' is declared twice. Remove one."
            findings.error("duplicate-secret", message, pointer("use", "secrets", place))
        seen.add(name)
