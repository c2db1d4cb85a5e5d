"""Credentials in the arguments of a task: names are replaced by what they stand for."""

from collections.abc import Mapping, Sequence
from typing import Final

from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter.compile_values import mapping

HOLDER: Final = "authentication"
_SCHEMES: Final = {
    "basic": "Basic",
    "bearer": "Bearer",
    "digest": "Digest",
    "oauth2": "Bearer",
    "oidc": "Bearer",
}


def with_credentials(value: Json, policies: JsonObject) -> Json:
    """`{use: name}` of one of `use.authentications` becomes that policy. `{basic: {use: name}}`,
    which names a secret, stays: the call itself reads it.
    """
    match value:
        case Mapping():
            return {
                key: _policy(each, policies) if key == HOLDER else with_credentials(each, policies)
                for key, each in value.items()
            }
        case Sequence() if not isinstance(value, str):
            return [with_credentials(each, policies) for each in value]
        case _:
            return value


def _policy(value: Json, policies: JsonObject) -> Json:
    name = mapping(value).get("use")
    return policies.get(name) if isinstance(name, str) else value


def scheme(arguments: JsonObject) -> str:
    """Of the credentials that `with_credentials` left in the arguments of a call; "" for none."""
    for holder in (arguments.get("endpoint"), arguments.get("service"), arguments):
        for kind in mapping(mapping(holder).get(HOLDER)):
            if kind in _SCHEMES:
                return _SCHEMES[kind]
    return ""
