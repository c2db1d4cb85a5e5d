"""Parameters and results of each method of A2A, between a document and an agent."""

from collections.abc import Callable, Mapping
from typing import Final

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.calls import a2a_words as words

_CONFIG: Final = "tasks/pushNotificationConfig/"
_OF_A_TASK: Final = frozenset({"tasks/get", "tasks/cancel", "tasks/resubscribe"})
_WRAPPED: Final[Mapping[str, Callable[[JsonObject], JsonObject]]] = {
    "message": words.message_to_0_3,
    "task": words.task_to_0_3,
    "statusUpdate": words.status_update_to_0_3,
    "artifactUpdate": words.produced_update_to_0_3,
}
"""By the member that 1.0 has in the place of a `kind`."""
_PLAIN: Final[Mapping[str, Callable[[JsonObject], JsonObject]]] = {
    "tasks/get": words.task_to_0_3,
    "tasks/cancel": words.task_to_0_3,
    "tasks/list": words.task_to_0_3,
    f"{_CONFIG}set": words.config_to_0_3,
    f"{_CONFIG}get": words.config_to_0_3,
    f"{_CONFIG}list": words.config_to_0_3,
}


def asked_in_0_3(method: str, given: JsonObject) -> JsonObject:
    """Raises Invalid where the task is missing that the method is about."""
    if method in _OF_A_TASK:
        rest = {name: value for name, value in given.items() if name != "taskId"}
        return {**rest, "id": _task(method, given)}
    if method == f"{_CONFIG}set":
        return _set(given)
    if method.startswith(_CONFIG):
        config = _config(given)
        named: JsonObject = {} if config is None else {"pushNotificationConfigId": config}
        return {**_rest(given), "id": _task(method, given), **named}
    return given


def asked_in_1_0(method: str, given: JsonObject) -> JsonObject:
    """Raises as `asked_in_0_3`."""
    match method:
        case "message/send" | "message/stream":
            return _sent(given)
        case "tasks/list":
            wanted = given.get("status")
            return given if wanted is None else {**given, "status": words.state_of_1_0(wanted)}
        case _ if method in _OF_A_TASK:
            rest = {k: v for k, v in given.items() if k not in {"taskId", "metadata"}}
            return {**rest, "id": _task(method, given)}
        case "tasks/pushNotificationConfig/set":
            whole = _set(given)
            config = whole["pushNotificationConfig"]
            made = words.config_to_1_0(config if isinstance(config, Mapping) else {})
            return {**made, "taskId": whole["taskId"]}
        case _ if method.startswith(_CONFIG):
            config = _config(given)
            named: JsonObject = {} if config is None else {"id": config}
            return {**_rest(given), "taskId": _task(method, given), **named}
        case _:
            return given


def in_document(method: str, result: Json) -> Json:
    """What an agent of 1.0 answers, in the words of a document. Raises Invalid."""
    if method == f"{_CONFIG}delete":
        return None
    if not isinstance(result, Mapping):
        raise Invalid("it is no object")
    if method == "agent/getAuthenticatedExtendedCard":
        return result
    for member, read in _WRAPPED.items():
        inner = result.get(member)
        if isinstance(inner, Mapping):
            return read(inner)
    if method not in _PLAIN:
        raise Invalid("it is neither a message nor a task")
    return _PLAIN[method](result)


def _sent(given: JsonObject) -> JsonObject:
    message, configuration = given.get("message"), given.get("configuration")
    made = dict(given)
    if isinstance(message, Mapping):
        made["message"] = words.message_to_1_0(message)
    if isinstance(configuration, Mapping):
        made["configuration"] = words.configuration_to_1_0(configuration)
    return made


def _set(given: JsonObject) -> JsonObject:
    """From the nested form of 0.3 or the flat one of 1.0."""
    config = given.get("pushNotificationConfig")
    if isinstance(config, Mapping):
        return given
    flat = {name: value for name, value in given.items() if name != "taskId"}
    return words.config_to_0_3({**flat, "taskId": given.get("taskId")})


def _task(method: str, given: JsonObject) -> str:
    """Documents call it `id`, as 0.3 does, or `taskId`."""
    found = given.get("taskId", given.get("id"))
    if isinstance(found, str) and found:
        return found
    raise Invalid(f"{method} needs the id of a task. Write it as `with.parameters.id`.")


def _config(given: JsonObject) -> Json:
    """Beside a `taskId`, the plain `id` is the configuration's, as 1.0 has it."""
    own = given.get("id") if "taskId" in given else None
    return given.get("pushNotificationConfigId", own)


def _rest(given: JsonObject) -> JsonObject:
    ours = {"id", "taskId", "pushNotificationConfigId", "metadata"}
    return {name: value for name, value in given.items() if name not in ours}
