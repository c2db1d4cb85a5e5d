"""OpenAI's own description of its API, as schemas."""

import functools
import json
import re
from pathlib import Path

import jsonschema_rs
import yaml

_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
PATH = Path(__file__).parents[5] / "shared/specs/openai/openapi.yaml"


@functools.cache
def _schemas():
    """`nullable` is of OpenAPI 3.0; the file is 3.1, where it would say nothing."""
    text = PATH.read_text("utf-8")
    return _nullable(yaml.load(text, yaml.CSafeLoader)["components"]["schemas"])


def _nullable(value):
    match value:
        case dict():
            kept = {k: _nullable(v) for k, v in value.items() if k not in {"nullable", "format"}}
            return {"anyOf": [kept, {"type": "null"}]} if value.get("nullable") is True else kept
        case list():
            return [_nullable(one) for one in value]
        case _:
            return value


def _reached(names):
    """These schemas and all that they refer to."""
    found, open_names = set(), set(names)
    while open_names:
        name = open_names.pop()
        found.add(name)
        open_names |= set(_REFERENCE.findall(json.dumps(_schemas()[name]))) - found
    return found


@functools.cache
def _validator(name):
    schemas = {one: _schemas()[one] for one in _reached({name})}
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return jsonschema_rs.validator_for(schema)


def problems(name, value):
    """What the specification has against a value of the schema of this name."""
    return [f"{e.instance_path}: {e.message}"[:300] for e in _validator(name).iter_errors(value)]
