"""`call`: what stands under `with` depends on what is called."""

from typing import Final

from podium.workflows.documents.language.shapes import (
    ANY,
    FLAG,
    INTEGER,
    MAPPING,
    TEXT,
    TEXT_OR_MAPPING,
    TEXTS,
    Shape,
    closed,
    exactly_one,
    one_of,
    opened,
    pattern,
    ref,
    table,
)

_OUTPUT: Final = one_of("raw", "content", "response")
_HTTP: Final = closed(
    {
        "method": TEXT,
        "endpoint": ref("endpoint"),
        "headers": ref("texts-or-expression"),
        "body": ANY,
        "query": ref("texts-or-expression"),
        "output": _OUTPUT,
        "redirect": FLAG,
    },
    "method",
    "endpoint",
)
_OPENAPI: Final = closed(
    {
        "document": ref("resource"),
        "operationId": TEXT,
        "parameters": MAPPING,
        "authentication": ref("authentication"),
        "output": _OUTPUT,
        "redirect": FLAG,
    },
    "document",
    "operationId",
)
_GRPC: Final = closed(
    {
        "proto": ref("resource"),
        "service": closed(
            {
                "name": TEXT,
                "host": pattern(
                    r"^[a-zA-Z0-9](?:[a-zA-Z0-9.-]{0,61}[a-zA-Z0-9])?$",
                    "Write a host name such as grpc.example.com.",
                ),
                "port": {"type": "integer", "minimum": 0, "maximum": 65535},
                "authentication": ref("authentication"),
            },
            "name",
            "host",
        ),
        "method": TEXT,
        "arguments": MAPPING,
    },
    "proto",
    "service",
    "method",
)
_A2A: Final = closed(
    {
        "agentCard": ref("resource"),
        "server": ref("endpoint"),
        "method": one_of(
            "message/send",
            "message/stream",
            "tasks/get",
            "tasks/list",
            "tasks/cancel",
            "tasks/resubscribe",
            "tasks/pushNotificationConfig/set",
            "tasks/pushNotificationConfig/get",
            "tasks/pushNotificationConfig/list",
            "tasks/pushNotificationConfig/delete",
            "agent/getAuthenticatedExtendedCard",
        ),
        "parameters": {
            **TEXT_OR_MAPPING,
            "minProperties": 1,
        },
    },
    "method",
)
_TRANSPORT: Final[Shape] = {
    **opened(
        {
            "http": opened({"endpoint": ref("endpoint"), "headers": table(TEXT)}, "endpoint"),
            "stdio": opened(
                {"command": TEXT, "arguments": TEXTS, "environment": table(TEXT)}, "command"
            ),
            "options": table(TEXT),
        }
    ),
    "if": {"required": ["http"]},
    "then": {"properties": {"stdio": False}},
    "else": {"required": ["stdio"]},
    "x-says": "Write either 'http' or 'stdio'.",
}
_MCP: Final = opened(
    {
        "protocolVersion": TEXT,
        "method": one_of(
            "tools/list",
            "tools/call",
            "prompts/list",
            "prompts/get",
            "resources/list",
            "resources/read",
            "resources/templates/list",
        ),
        "parameters": TEXT_OR_MAPPING,
        "timeout": ref("duration"),
        "transport": _TRANSPORT,
        "client": opened({"name": TEXT, "version": TEXT, "description": TEXT}, "name", "version"),
    },
    "method",
    "transport",
)
_PROTOCOLS: Final = one_of(
    "amqp",
    "amqp1",
    "anypointmq",
    "googlepubsub",
    "http",
    "ibmmq",
    "jms",
    "kafka",
    "mercure",
    "mqtt",
    "mqtt5",
    "nats",
    "pulsar",
    "redis",
    "sns",
    "solace",
    "sqs",
    "stomp",
    "ws",
)


def _either(one: str, other: str) -> Shape:
    return {
        "if": {"required": [one]},
        "then": {"properties": {other: False}},
        "else": {"required": [other]},
        "x-says": f"Write either '{one}' or '{other}', not both.",
    }


_ASYNCAPI: Final[Shape] = {
    **closed(
        {
            "document": ref("resource"),
            "channel": TEXT,
            "operation": TEXT,
            "server": closed({"name": TEXT, "variables": MAPPING}, "name"),
            "protocol": _PROTOCOLS,
            "message": closed({"payload": MAPPING, "headers": MAPPING}),
            "subscription": ref("subscription"),
            "authentication": ref("authentication"),
        },
        "document",
    ),
    "allOf": [_either("operation", "channel"), _either("message", "subscription")],
}

ARGUMENTS: Final[dict[str, Shape]] = {
    "http": _HTTP,
    "openapi": _OPENAPI,
    "grpc": _GRPC,
    "asyncapi": _ASYNCAPI,
    "mcp": _MCP,
    "a2a": _A2A,
}

CALLS: Final[dict[str, Shape]] = {
    **{f"{name}-arguments": shape for name, shape in ARGUMENTS.items()},
    "subscription": closed(
        {
            "filter": ref("expression"),
            "consume": exactly_one(
                {"amount": INTEGER, "while": ref("expression"), "until": ref("expression")},
                beside={"for": ref("duration")},
                says="Write one of amount, while or until.",
            ),
            "foreach": ref("iterator"),
        },
        "consume",
    ),
}
