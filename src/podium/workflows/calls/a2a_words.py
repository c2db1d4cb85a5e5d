"""The two vocabularies of A2A, and how one is said in the other.

A document speaks 0.3, from which the language has its methods: `message/send`, roles `user` and
`agent`, states such as `input-required`, parts with a `kind`. What an agent of 1.0 is sent and
answers is translated, so that a document means the same whatever its agent speaks. Words of 1.0 in
a document's parameters are understood too.

Source: A2A 0.3.0 and 1.0.0, JSON-RPC bindings; the pairs are those of the official Python SDK's
`compat.v0_3`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject

METHODS: Final[Mapping[str, str]] = {
    "message/send": "SendMessage",
    "message/stream": "SendStreamingMessage",
    "tasks/get": "GetTask",
    "tasks/list": "ListTasks",
    "tasks/cancel": "CancelTask",
    "tasks/resubscribe": "SubscribeToTask",
    "tasks/pushNotificationConfig/set": "CreateTaskPushNotificationConfig",
    "tasks/pushNotificationConfig/get": "GetTaskPushNotificationConfig",
    "tasks/pushNotificationConfig/list": "ListTaskPushNotificationConfigs",
    "tasks/pushNotificationConfig/delete": "DeleteTaskPushNotificationConfig",
    "agent/getAuthenticatedExtendedCard": "GetExtendedAgentCard",
}
"""By the names of 0.3, those of 1.0."""
TERMINAL: Final = frozenset({"completed", "canceled", "failed", "rejected"})
_FINAL: Final = TERMINAL | {"input-required"}
_STATE: Final = "TASK_STATE_"
_ROLE: Final = "ROLE_"
_UNKNOWN: Final = "unknown"
_UNSPECIFIED: Final = "unspecified"
_OPTIONAL: Final = frozenset(
    {
        "contextId",
        "taskId",
        "metadata",
        "extensions",
        "referenceTaskIds",
        "filename",
        "mediaType",
        "name",
        "description",
        "tenant",
    }
)
"""Some agents of 1.0 write them even where they are empty, which means that they are not there."""
_OF_A_FILE: Final[Mapping[str, str]] = {
    "uri": "url",
    "fileWithUri": "url",
    "bytes": "raw",
    "fileWithBytes": "raw",
    "mimeType": "mediaType",
    "name": "filename",
}


def role(word: Json) -> str:
    """`user` or `agent`. Raises Invalid."""
    said = str(word).removeprefix(_ROLE).lower()
    if said not in {"user", "agent"}:
        raise Invalid(f"The role of a message must be user or agent, got {str(word)[:40]!r}.")
    return said


def state(word: Json) -> str:
    """A state as 0.3 has it. 1.0 may leave out the one that says nothing."""
    said = _UNKNOWN if word is None else str(word)
    if not said.startswith(_STATE):
        return said
    plain = said.removeprefix(_STATE).lower().replace("_", "-")
    return _UNKNOWN if plain == _UNSPECIFIED else plain


def state_of_1_0(word: Json) -> str:
    plain = _UNSPECIFIED if word == _UNKNOWN else state(word)
    return _STATE + plain.upper().replace("-", "_")


def message_to_0_3(message: JsonObject) -> JsonObject:
    """A message of a document, or of an agent of 1.0."""
    kept = _filled(message)
    parts = [part_to_0_3(part) for part in _objects(message.get("parts"), "part of a message")]
    return {**kept, "kind": "message", "role": role(message.get("role", "user")), "parts": parts}


def message_to_1_0(message: JsonObject) -> JsonObject:
    """Of a message in the words of 0.3."""
    kept = {name: value for name, value in message.items() if name != "kind"}
    parts = [part_to_1_0(part) for part in _objects(message.get("parts"), "part of a message")]
    return {**kept, "role": _ROLE + role(message.get("role")).upper(), "parts": parts}


def part_to_0_3(part: JsonObject) -> JsonObject:
    """Raises Invalid for a part without content."""
    if "kind" in part:
        return part
    kept = _filled(part)
    if "text" in part:
        return {**kept, "kind": "text"}
    if "data" in part:
        return {**kept, "kind": "data"}
    for ours, theirs in (("uri", "url"), ("bytes", "raw")):
        if theirs in part:
            rest = {k: v for k, v in kept.items() if k not in {theirs, "filename", "mediaType"}}
            file = {ours: part[theirs]}
            file |= {"mimeType": kept["mediaType"]} if "mediaType" in kept else {}
            file |= {"name": kept["filename"]} if "filename" in kept else {}
            return {**rest, "kind": "file", "file": file}
    if "file" in part:
        return {**kept, "kind": "file"}
    raise Invalid("A part of a message has no content. Give it `text`, `data` or a `file`.")


def part_to_1_0(part: JsonObject) -> JsonObject:
    kept = {name: value for name, value in part.items() if name not in {"kind", "file"}}
    file = part.get("file")
    if not isinstance(file, Mapping):
        return kept
    kept |= {theirs: file[ours] for ours, theirs in _OF_A_FILE.items() if ours in file}
    if "url" not in kept and "raw" not in kept:
        raise Invalid("A file of a message has no content. Give it a `uri`, or `bytes` in base64.")
    return kept


def configuration_to_1_0(given: JsonObject) -> JsonObject:
    made = {k: v for k, v in given.items() if k not in {"blocking", "pushNotificationConfig"}}
    if isinstance(given.get("blocking"), bool):
        made["returnImmediately"] = not given["blocking"]
    config = given.get("pushNotificationConfig")
    if isinstance(config, Mapping):
        made["taskPushNotificationConfig"] = config_to_1_0(config)
    return made


def config_to_1_0(config: JsonObject) -> dict[str, Json]:
    """Where an agent is to tell about a task."""
    made = dict(config)
    match config.get("authentication"):
        case {"schemes": [first, *_], **rest}:
            made["authentication"] = {**rest, "scheme": first}
        case _:
            pass
    return made


def config_to_0_3(config: JsonObject) -> JsonObject:
    kept = dict(_filled(config))
    task = kept.pop("taskId", None)
    match kept.get("authentication"):
        case {"scheme": scheme, **rest}:
            kept["authentication"] = {**rest, "schemes": [scheme]}
        case _:
            pass
    return {"taskId": task, "pushNotificationConfig": kept}


def task_to_0_3(task: JsonObject) -> JsonObject:
    made: dict[str, Json] = {**_filled(task), "kind": "task"}
    if "status" in task:
        made["status"] = _status(task["status"])
    if "artifacts" in task:
        made["artifacts"] = [_produced(each) for each in _objects(task["artifacts"], "artifact")]
    if "history" in task:
        made["history"] = [message_to_0_3(each) for each in _objects(task["history"], "message")]
    return made


def status_update_to_0_3(update: JsonObject) -> JsonObject:
    """`final` is what 0.3 says instead of ending the stream."""
    status = _status(update.get("status"))
    final = isinstance(status, Mapping) and status.get("state") in _FINAL
    return {**_filled(update), "kind": "status-update", "status": status, "final": final}


def produced_update_to_0_3(update: JsonObject) -> JsonObject:
    produced = update.get("artifact")
    made = _produced(produced) if isinstance(produced, Mapping) else produced
    return {**_filled(update), "kind": "artifact-update", "artifact": made}


def _status(status: Json) -> Json:
    if not isinstance(status, Mapping):
        return status
    made = {**_filled(status), "state": state(status.get("state"))}
    told = made.get("message")
    return {**made, "message": message_to_0_3(told)} if isinstance(told, Mapping) else made


def _produced(given: JsonObject) -> JsonObject:
    """What a task made; the protocol calls it an artifact."""
    parts = [part_to_0_3(part) for part in _objects(given.get("parts"), "part of an artifact")]
    return {**_filled(given), "parts": parts}


def _filled(value: JsonObject) -> JsonObject:
    return {k: v for k, v in value.items() if k not in _OPTIONAL or v not in ("", {}, [])}


def _objects(value: Json, what: str) -> Sequence[JsonObject]:
    """Raises Invalid for anything but an array of objects."""
    found = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    if value is not None and (not isinstance(value, Sequence) or isinstance(value, str)):
        raise Invalid(f"Each {what} stands in an array, and there is none.")
    made = [each for each in found if isinstance(each, Mapping)]
    if len(made) < len(found):
        raise Invalid(f"Each {what} must be an object.")
    return made
