"""Credentials in the arguments of a task: names are replaced by what they stand for.

A policy of `use.authentications` is put in its place when the document is compiled. The name of a
secret becomes a `SecretName`, which no expression can make: what a run is given, or a function that
was fetched, cannot choose whose secret goes where. The secret itself is read when the call is made.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, cast

from podium.kernel.errors import PodiumError
from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter import problems
from podium.workflows.interpreter.compile_values import mapping
from podium.workflows.interpreter.deps import Secrets
from podium.workflows.interpreter.problems import Fault
from podium.workflows.redaction import texts

HOLDER: Final = "authentication"
_SCHEMES: Final = {
    "basic": "Basic",
    "bearer": "Bearer",
    "digest": "Digest",
    "oauth2": "Bearer",
    "oidc": "Bearer",
}
_DATA: Final = frozenset({"arguments", "body", "headers", "message", "parameters", "query"})
"""What is sent: nothing in it is an authentication, whatever it is called."""
_ADDRESSES: Final = frozenset({"endpoint", "server"})


@dataclass(frozen=True, slots=True)
class SecretName:
    name: str


def with_credentials(value: Json, policies: JsonObject, declared: Collection[str]) -> Json:
    """The arguments with every `{use: name}` of an authentication resolved, as far as it is known:
    what is not stays as it is, and is refused when the call is made. An address that is an
    expression gives the address alone, and no authentication.
    """

    def found(key: str, each: Json) -> Json:
        if key in _DATA:
            return each
        if key == HOLDER:
            return _policy(each, policies, declared)
        if key in _ADDRESSES and isinstance(each, str) and each.lstrip().startswith("${"):
            return {"uri": each}
        return inside(each)

    def inside(here: Json) -> Json:
        match here:
            case Mapping():
                return {key: found(key, each) for key, each in here.items()}
            case Sequence() if not isinstance(here, str):
                return [inside(each) for each in here]
            case _:
                return here

    return inside(value)


def _policy(value: Json, policies: JsonObject, declared: Collection[str]) -> Json:
    name = mapping(value).get("use")
    policy = policies.get(name, value) if isinstance(name, str) else value
    return {kind: _marked(each, declared) for kind, each in mapping(policy).items()}


def _marked(value: Json, declared: Collection[str]) -> Json:
    name = mapping(value).get("use")
    if not isinstance(name, str) or name not in declared:
        return value
    return cast("Json", cast("object", SecretName(name)))


def revealed(arguments: JsonObject, secrets: Secrets) -> JsonObject:
    """With the secrets themselves: an object where a secret is written as one, or else its text.

    Raises Fault: there is no such secret.
    """
    return {
        key: value if key in _DATA else _shown(value, secrets) for key, value in arguments.items()
    }


def _shown(value: Json, secrets: Secrets) -> Json:
    match cast("object", value):
        case SecretName(name=name):
            return read(secrets, name)
        case Mapping():
            return revealed(mapping(value), secrets)
        case _:
            return value


def read(secrets: Secrets, name: str) -> Json:
    """A secret's value. One that is not there is a problem of the kind authorization, as the
    specification has it: raises Fault.
    """
    try:
        return structured(secrets.secret(name))
    except PodiumError as error:
        title = "Secret missing"
        missing = problems.problem(problems.AUTHORIZATION, title, detail=error.message)
        raise Fault(missing) from error


def hidden_texts(secrets: Secrets, names: Sequence[str]) -> tuple[str, ...]:
    """Every text in the secrets of these names, as far as they are there."""
    found: list[str] = []
    for name in names:
        with suppress(PodiumError):
            found += texts(structured(secrets.secret(name)))
    return tuple(found)


def structured(text: str) -> Json:
    """One of several parts, such as a user name and a password, is written as a JSON object."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        return cast("Json", json.loads(text))
    except (ValueError, RecursionError):
        return text


def scheme(arguments: JsonObject) -> str:
    """Of the credentials that `with_credentials` left in the arguments of a call; "" for none."""
    for holder in (arguments.get("endpoint"), arguments.get("service"), arguments):
        for kind in mapping(mapping(holder).get(HOLDER)):
            if kind in _SCHEMES:
                return _SCHEMES[kind]
    return ""
