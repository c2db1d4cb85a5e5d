"""Values that tasks are made of: durations, addresses, schemas, errors, retries, credentials."""

from typing import Final

from podium.workflows.documents.language.shapes import (
    ANY,
    INTEGER,
    MAPPING,
    NAME,
    TEXT,
    TEXT_OR_MAPPING,
    TEXTS,
    Shape,
    by_key,
    by_type,
    closed,
    exactly_one,
    one_of,
    opened,
    pattern,
    ref,
    table,
)

EXPRESSION: Final = r"^\s*\$\{[\s\S]+\}\s*$"
_AMOUNT: Final = r"\d+(?:\.\d+)?"
_DATE: Final = "".join(f"(?:{_AMOUNT}{unit})?" for unit in "YMWD")
_TIME: Final = "".join(f"(?:{_AMOUNT}{unit})?" for unit in "HMS")
_ISO: Final = rf"^P(?!$){_DATE}(?:T(?=\d){_TIME})?$"
_UNITS: Final = ("days", "hours", "minutes", "seconds", "milliseconds")
_NUMBER: Final = r"(?:0|[1-9]\d*)"
_LABEL: Final = rf"(?:{_NUMBER}|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_BUILD: Final = r"[0-9a-zA-Z-]+"

VERSION: Final = pattern(
    (
        rf"^{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-{_LABEL}(?:\.{_LABEL})*)?"
        rf"(?:\+{_BUILD}(?:\.{_BUILD})*)?$"
    ),
    "Write a version of three numbers such as '1.0.0'.",
)
LABEL: Final = pattern(
    r"^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$",
    "Use 1 to 63 letters, digits and hyphens, no hyphen at an end.",
)
_TOKEN: Final = closed({"token": TEXT, "type": TEXT}, "token", "type")
_TEMPLATE: Final[Shape] = {"type": "string", "format": "uri-template"}


def expression_or(shape: Shape) -> Shape:
    """A string that is one `${ … }`, or else of this shape."""
    return {
        "if": {"type": "string", "pattern": EXPRESSION},
        "else": shape,
    }


_OAUTH2: Final[Shape] = {
    "authority": ref("uri"),
    "grant": one_of(
        "authorization_code",
        "client_credentials",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    ),
    "client": closed(
        {
            "id": TEXT,
            "secret": TEXT,
            "assertion": TEXT,
            "authentication": one_of(
                "client_secret_basic",
                "client_secret_post",
                "client_secret_jwt",
                "private_key_jwt",
                "none",
            ),
        }
    ),
    "request": opened(
        {
            "encoding": one_of("application/x-www-form-urlencoded", "application/json"),
        }
    ),
    "issuers": TEXTS,
    "scopes": TEXTS,
    "audiences": TEXTS,
    "username": TEXT,
    "password": TEXT,
    "subject": _TOKEN,
    "actor": _TOKEN,
}
_ENDPOINTS: Final = opened(
    {
        "token": _TEMPLATE,
        "revocation": _TEMPLATE,
        "introspection": _TEMPLATE,
    }
)


def _secret_or(shape: Shape) -> Shape:
    return {
        "type": "object",
        "if": {"required": ["use"]},
        "then": closed({"use": NAME}),
        "else": shape,
    }


_LOGIN: Final = closed({"username": TEXT, "password": TEXT}, "username", "password")
_POLICIES: Final[dict[str, Shape]] = {
    "basic": _secret_or(_LOGIN),
    "bearer": _secret_or(closed({"token": TEXT}, "token")),
    "digest": _secret_or(_LOGIN),
    "oauth2": _secret_or(closed({**_OAUTH2, "endpoints": _ENDPOINTS})),
    "oidc": _secret_or(closed(_OAUTH2)),
}
_WHICH: Final = "Write one of basic, bearer, digest, oauth2 or oidc"


def _only(key: str, shape: Shape) -> Shape:
    """An open object where none of the other policies stands beside this one."""
    others = {other: False for other in _POLICIES if other != key}
    return {"properties": {key: shape, **others}}


VALUES: Final[dict[str, Shape]] = {
    "expression": pattern(EXPRESSION, "Write an expression: ${ … }."),
    "duration": {
        "type": ["string", "object"],
        "x-says": "Write a duration such as PT30S or {seconds: 30}, or an expression ${ … }.",
        "if": {"type": "object"},
        "then": {**closed(dict.fromkeys(_UNITS, INTEGER)), "minProperties": 1},
        "else": {"pattern": rf"{EXPRESSION}|{_ISO}"},
    },
    "uri": {
        "type": "string",
        "x-says": "Write an address without spaces such as https://example.com/pets/{id}.",
        "pattern": (
            r"^(?!\$\{)(?:[^:/?#\s][^:/?#]*:)?(?://[^/?#\s]*)?[^?#\s]*(?:\?[^#\s]*)?"
            r"(?:#\S*)?$"
        ),
        "minLength": 1,
        "anyOf": [_TEMPLATE, {"format": "uri-reference"}],
    },
    "uri-or-expression": expression_or(ref("uri")),
    "endpoint": by_type(
        text=ref("uri-or-expression"),
        mapping=closed(
            {"uri": ref("uri-or-expression"), "authentication": ref("authentication")}, "uri"
        ),
        says="Write an address, an expression, or {uri: …, authentication: …}.",
    ),
    "resource": closed({"name": TEXT, "endpoint": ref("endpoint")}, "endpoint"),
    "schema": exactly_one(
        {"document": ANY, "resource": ref("resource")},
        beside={"format": TEXT},
        says="Write the schema under 'document', or where it is under 'resource'.",
    ),
    "input": closed({"schema": ref("schema"), "from": TEXT_OR_MAPPING}),
    "output": closed({"schema": ref("schema"), "as": TEXT_OR_MAPPING}),
    "timeout": by_type(
        text=TEXT,
        mapping=ref("timeout-policy"),
        says="Write {after: PT30S} or the name of one of use.timeouts.",
    ),
    "timeout-policy": closed({"after": ref("duration")}, "after"),
    "catalog": closed({"endpoint": ref("endpoint")}, "endpoint"),
    "error": closed(
        {
            "type": ref("uri-or-expression"),
            "status": INTEGER,
            "instance": expression_or({"type": "string", "format": "json-pointer"}),
            "title": TEXT,
            "detail": TEXT,
        },
        "type",
        "status",
    ),
    "error-filter": {
        **opened(
            {
                "type": TEXT,
                "status": INTEGER,
                "instance": TEXT,
                "title": TEXT,
                "detail": TEXT,
                "details": TEXT,
            }
        ),
        "minProperties": 1,
    },
    "retry": closed(
        {
            "when": TEXT,
            "exceptWhen": TEXT,
            "delay": ref("duration"),
            "backoff": exactly_one(
                {"constant": MAPPING, "exponential": MAPPING, "linear": MAPPING},
                says="Write one of constant, exponential or linear, such as {exponential: {}}.",
            ),
            "limit": closed(
                {
                    "attempt": closed({"count": INTEGER, "duration": ref("duration")}),
                    "duration": ref("duration"),
                }
            ),
            "jitter": closed({"from": ref("duration"), "to": ref("duration")}, "from", "to"),
        }
    ),
    "authentication-policy": by_key(
        [(key, _only(key, shape)) for key, shape in _POLICIES.items()], says=f"{_WHICH}."
    ),
    "authentication": exactly_one(
        {"use": NAME, **_POLICIES}, says=f"{_WHICH}, or {{use: …}} for one of use.authentications."
    ),
    "texts-or-expression": by_type(
        text=ref("expression"),
        mapping=table(TEXT),
        says="Write names with string values, or one expression.",
    ),
}
