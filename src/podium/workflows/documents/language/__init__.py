"""The Open Workflow Specification DSL 1.0.3 as one JSON Schema, in words of our own.

Alternatives are chosen by `if`/`then` on the key or type that tells them apart, never by `oneOf`,
so that an error names what is wrong in the alternative that was meant. `x-says` is the sentence
for a value that fits no alternative. Where the texts of v1.0.3 and of 2026-07-29 differ, both are
accepted. docs/reference/workflow-language.md lists where this is stricter than the official one.
"""

from podium.workflows.documents.language.schema import SCHEMA

__all__ = ["SCHEMA"]
