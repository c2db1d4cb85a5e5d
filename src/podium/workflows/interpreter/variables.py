"""The variables of expressions: `$task`, `$secrets` and their like, made when they are read."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter.compile_credentials import read
from podium.workflows.interpreter.deps import Dependencies
from podium.workflows.interpreter.moments import moment
from podium.workflows.interpreter.state import Frame, Session
from podium.workflows.ports import ABSENT

SECRETS: Final = ("secrets", "secret")
"""The specification's name, and the one that the samples of its Java runtime use."""

Made: TypeAlias = Callable[[], Json]


class Variables(Mapping[str, Json]):
    """Most expressions read one or two of them, so what costs something waits until then."""

    def __init__(self, known: JsonObject, made: Mapping[str, Made]) -> None:
        self._known: JsonObject = known
        self._made: Mapping[str, Made] = made

    def __getitem__(self, name: str) -> Json:
        if name in self._known:
            return self._known[name]
        return self._made[name]()

    def __iter__(self) -> Iterator[str]:
        yield from self._known
        yield from (name for name in self._made if name not in self._known)

    def __len__(self) -> int:
        return len(self._known.keys() | self._made.keys())

    def __contains__(self, name: object) -> bool:
        return name in self._known or name in self._made


def variables(
    deps: Dependencies, session: Session, *, secrets: tuple[str, ...], frame: Frame
) -> JsonObject:
    """What an expression at this frame may name. A secret that is read and is not there is a
    problem of the kind authorization, as the specification has it.
    """
    made: dict[str, Made] = dict.fromkeys(SECRETS, lambda: _secrets(deps, secrets))
    if frame.task is not None:
        made |= {"task": lambda: _task(frame), "authorization": lambda: _authorization(frame)}
    known: dict[str, Json] = {
        "context": session.context,
        "workflow": session.workflow,
        "runtime": deps.runtime,
        "now": session.now,
        **frame.variables,
    }
    return Variables(known, made)


def _secrets(deps: Dependencies, names: tuple[str, ...]) -> JsonObject:
    return {name: read(deps.secrets, name) for name in names}


def _task(frame: Frame) -> JsonObject:
    """Of the task, or in an extension of the task around which it is. There the members of its
    definition stand beside, as in the specification's examples (`$task.with`).
    """
    about = frame.extended or frame
    task = about.task
    if task is None:
        return {}
    described: dict[str, Json] = {
        "name": task.name,
        "reference": task.pointer,
        "definition": task.definition,
        "input": about.given,
        "startedAt": moment(about.began),
    }
    if about.gave is not ABSENT:
        described["output"] = about.gave
    return described if frame.extended is None else {**task.definition, **described}


def _authorization(frame: Frame) -> Json:
    """The scheme alone: the credentials themselves stay with the call."""
    about = frame.extended or frame
    if about.task is None or not about.task.scheme:
        return None
    return {"scheme": about.task.scheme}
