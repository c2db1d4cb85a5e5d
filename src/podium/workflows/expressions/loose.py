"""`evaluate.mode: loose`: any text may be an expression, and one that fails stands for itself."""

import json
from collections.abc import Collection, Mapping, Sequence

from podium.kernel.json import Json
from podium.workflows.expressions.errors import ExpressionError
from podium.workflows.expressions.expression import is_expression, parse


def loosened(template: Json, known: Collection[str]) -> Json:
    """The template for strict mode that means what this one means in loose mode.

    `known` are the variables there. A text that jq cannot read, or that names a function or
    variable there is none of, stays as it is; any other one becomes `${ … }` that falls back to
    the text where its evaluation fails.
    """
    match template:
        case str():
            return _text(template, known)
        case Mapping():
            return {key: loosened(each, known) for key, each in template.items()}
        case Sequence():
            return [loosened(each, known) for each in template]
        case _:
            return template


def _text(text: str, known: Collection[str]) -> str:
    if is_expression(text) or not text.strip():
        return text
    try:
        parse(text).require(known)
    except ExpressionError:
        return text
    return f"${{ try ({text}) catch {json.dumps(text)} }}"
