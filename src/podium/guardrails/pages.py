"""The reference page of a guardrail, from the schema of its settings."""

import json
from collections.abc import Mapping
from typing import cast

from podium.governance.guardrails import Guardrail
from podium.kernel.json import Json, JsonObject


def page(guardrail: Guardrail) -> str:
    """Markdown: what it looks for and where, its settings, an example."""
    places = " and ".join(f"`{place}`" for place in sorted(guardrail.places))
    signal = (
        "It is a signal: it points at what may be wrong and proves nothing. Leave it in the "
        "shadow, or let it ask a person.\n\n"
        if guardrail.signal
        else ""
    )
    example = cast("list[JsonObject]", guardrail.settings["examples"])[0]
    return "\n".join(
        (
            f"# `{guardrail.kind}`",
            "",
            f"{guardrail.summary} Looks at {places}.",
            "",
            "<!-- Generated from its schema: python -m tests.contract.write_pages -->",
            "",
            f"{signal}## Settings",
            "",
            "| Name | Type | |",
            "|---|---|---|",
            *_rows(guardrail.settings),
            "",
            "## Example",
            "",
            "```yaml",
            "guardrails:",
            f"  my-{guardrail.kind.replace('_', '-')}:",
            f"    kind: {guardrail.kind}",
            "    mode: shadow",
            f"    settings: {json.dumps(example, ensure_ascii=False)}",
            "```",
            "",
        )
    )


def _rows(schema: JsonObject) -> list[str]:
    required = schema.get("required")
    needed = required if isinstance(required, list | tuple) else ()
    rows: list[str] = []
    for name, rules in _object(schema.get("properties")).items():
        shown = _object(rules)
        said = [
            *(["Required."] if name in needed else []),
            str(shown.get("description", "")),
            *([f"Default: `{json.dumps(shown['default'])}`."] if "default" in shown else []),
        ]
        rows.append(f"| `{name}` | {_type(shown)} | {' '.join(said)} |")
    return rows


def _type(rules: JsonObject) -> str:
    match rules:
        case {"enum": [*values]}:
            return ", ".join(f"`{value}`" for value in values)
        case {"type": "array"}:
            return "array of texts"
        case {"type": str(name)}:
            return name
        case _:
            return "any"


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}
