"""Events as other systems take them: JSON Lines, OCSF and CEF.

Sources: OCSF 1.5.0 (https://schema.ocsf.io/1.5.0), classes 3001 Account Change, 3002
Authentication, 6003 API Activity; ArcSight Common Event Format, revision 26.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, cast

import msgspec

from podium.governance.audit.events import Event
from podium.kernel.audit import Outcome
from podium.kernel.json import Json, JsonObject

OCSF_VERSION: Final = "1.5.0"


class Format(StrEnum):
    JSONL = "jsonl"
    OCSF = "ocsf"
    CEF = "cef"


def line(event: Event, form: Format, release: str) -> str:
    """One line, without its end."""
    return _WRITERS[form](event, release)


def _jsonl(event: Event, _release: str) -> str:
    return msgspec.json.encode(event).decode()


_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_VERBS: Final[Mapping[str, int]] = {
    "create": _CREATE,
    "start": _CREATE,
    "read": _READ,
    "reveal": _READ,
    "export": _READ,
    "list": _READ,
    "change": _UPDATE,
    "decide": _UPDATE,
    "rotate": _UPDATE,
    "disable": _UPDATE,
    "enable": _UPDATE,
    "delete": _DELETE,
    "remove": _DELETE,
    "revoke": _DELETE,
}
_NAMES: Final = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete"}
_API, _AUTHENTICATION, _USER = 6003, 3002, 3001
_CLASSES: Final = {
    _API: ("API Activity", 6, "Application Activity"),
    _AUTHENTICATION: ("Authentication", 3, "Identity & Access Management"),
    _USER: ("Account Change", 3, "Identity & Access Management"),
}
_OF_USERS: Final = {
    "create": (1, "Create"),
    "enable": (2, "Enable"),
    "disable": (5, "Disable"),
    "delete": (6, "Delete"),
    "revoke": (6, "Delete"),
}
_LOGON, _LOGOFF = (1, "Logon"), (2, "Logoff")
_INFORMATIONAL, _MEDIUM = (1, "Informational"), (3, "Medium")


def _class_of(event: Event) -> tuple[int, tuple[int, str]]:
    """OCSF's class and activity."""
    verb = event.action.rpartition(".")[2]
    if event.kind == "session":
        return _AUTHENTICATION, _LOGOFF if verb in {"end", "revoke"} else _LOGON
    if event.kind == "user":
        return _USER, _OF_USERS.get(verb, (_OTHER, "Other"))
    number = _VERBS.get(verb, _OTHER)
    return _API, (number, _NAMES.get(number, "Other"))


def ocsf(event: Event, release: str) -> JsonObject:
    """Of the schema's required attributes none is left out."""
    number, (verb, verb_name) = _class_of(event)
    name, category, category_name = _CLASSES[number]
    allowed = event.outcome == Outcome.ALLOWED
    severity, severity_name = _INFORMATIONAL if allowed else _MEDIUM
    user: dict[str, Json] = {"uid": event.actor or event.actor_kind, "type": event.actor_kind}
    if event.via:
        user["credential_uid"] = event.via
    said: dict[str, Json] = {
        "activity_id": verb,
        "activity_name": verb_name,
        "category_uid": category,
        "category_name": category_name,
        "class_uid": number,
        "class_name": name,
        "type_uid": number * 100 + verb,
        "time": round(event.at * 1000),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": 1 if allowed else 2,
        "status": "Success" if allowed else "Failure",
        "status_detail": event.outcome,
        "message": f"{event.action} {event.kind} {event.resource} {event.outcome}",
        "metadata": {
            "version": OCSF_VERSION,
            "uid": event.id,
            "correlation_uid": event.request or event.trace or event.id,
            "tenant_uid": event.workspace,
            "product": {"name": "podium", "vendor_name": "podium", "version": release},
        },
        "actor": {"user": user, "authorizations": [{"decision": event.policy}]},
        "src_endpoint": {"ip": event.source} if event.source else {"name": "podium"},
        "unmapped": {"details": cast("JsonObject", event.details), "trace": event.trace},
    }
    if number == _API:
        said["api"] = {"operation": event.action, "service": {"name": "podium"}}
        said["resources"] = [{"uid": event.resource, "type": event.kind}]
    else:
        said["user"] = {"uid": event.resource if event.kind == "user" else event.actor}
    return said


def _ocsf(event: Event, release: str) -> str:
    return msgspec.json.encode(ocsf(event, release)).decode()


_HEAD: Final = re.compile(r"[|\\]")
_VALUE: Final = re.compile(r"[=\\]")
_BREAK: Final = re.compile(r"\r\n|[\r\n]")


def _head(text: str) -> str:
    return _BREAK.sub(" ", _HEAD.sub(lambda found: "\\" + found[0], text))


def _value(text: str) -> str:
    return _BREAK.sub(r"\\n", _VALUE.sub(lambda found: "\\" + found[0], text))


def _cef(event: Event, release: str) -> str:
    """`cs` fields carry what CEF has no name for."""
    severity = 3 if event.outcome == Outcome.ALLOWED else 6
    fields = {
        "rt": str(round(event.at * 1000)),
        "end": datetime.fromtimestamp(event.at, UTC).strftime("%b %d %Y %H:%M:%S.%f")[:-3] + " UTC",
        "externalId": event.id,
        "act": event.action,
        "outcome": event.outcome,
        "suser": event.actor or event.actor_kind,
        "src": event.source,
        "cs1Label": "workspace" if event.workspace else "",
        "cs1": event.workspace,
        "cs2Label": "resource",
        "cs2": f"{event.kind} {event.resource}",
        "cs3Label": "policy" if event.policy else "",
        "cs3": event.policy,
        "cs4Label": "request" if event.request else "",
        "cs4": event.request,
        "cs5Label": "details" if event.details else "",
        "cs5": msgspec.json.encode(event.details).decode() if event.details else "",
    }
    said = " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value)
    title = f"{event.action} {event.outcome}"
    head = "|".join(_head(part) for part in ("podium", "podium", release, event.action, title))
    return f"CEF:0|{head}|{severity}|{said}"


_WRITERS: Final[Mapping[Format, Callable[[Event, str], str]]] = {
    Format.JSONL: _jsonl,
    Format.OCSF: _ocsf,
    Format.CEF: _cef,
}
