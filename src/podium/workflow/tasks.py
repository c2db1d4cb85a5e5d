"""Tasks that steer the flow, hold other tasks or set data: one function for each kind."""

from collections.abc import Mapping, Sequence
from typing import Literal, NotRequired, TypedDict, Unpack

from podium.workflow.parts import (
    Case,
    Duration,
    Extension,
    Options,
    Part,
    Task,
    Template,
    picked,
    some,
    task,
)


def set_(name: str, data: Template, **options: Unpack[Options]) -> Task:
    """Put out `data`, its expressions evaluated."""
    return task(name, {"set": data}, options)


def do(name: str, tasks: Sequence[Task], **options: Unpack[Options]) -> Task:
    """One task after the other."""
    return task(name, {"do": tasks}, options)


class ForOptions(Options, total=False):
    """`each` and `at` name the variables of the item (`item`) and of its place (`index`)."""

    each: str
    at: str
    while_: str


def for_(
    name: str,
    items: str | Sequence[Mapping[str, object]],
    do: Sequence[Task],
    **options: Unpack[ForOptions],
) -> Task:
    """The tasks for each item of an expression or of an inline list."""
    loop = some(each=options.get("each"), in_=items, at=options.get("at"))
    condition = picked(options, {"while_": "while"})
    return task(name, {"for": loop, **condition, "do": do}, options)


class ForkOptions(Options, total=False):
    """With `compete` the first branch that is done wins; else the output is a list of all."""

    compete: bool


def fork(name: str, branches: Sequence[Task], **options: Unpack[ForkOptions]) -> Task:
    """All branches at once."""
    forked = {"branches": branches, **picked(options, {"compete": "compete"})}
    return task(name, {"fork": forked}, options)


def switch(name: str, cases: Sequence[Case], **options: Unpack[Options]) -> Task:
    """Go on where the first case says that holds."""
    return task(name, {"switch": cases}, options)


def case(name: str, when: str, *, then: str) -> Case:
    return Case(name, {"when": when, "then": then})


def otherwise(then: str, *, name: str = "otherwise") -> Case:
    """The case that always holds."""
    return Case(name, {"then": then})


def try_(name: str, do: Sequence[Task], catch: "Part", **options: Unpack[Options]) -> Task:
    """The tasks, and what to do where one of them fails: see `catch`."""
    return task(name, {"try": do, "catch": catch}, options)


class ErrorFilter(TypedDict, total=False):
    """Each member that is given has to be equal in the error."""

    type: str
    status: int
    instance: str
    title: str
    detail: str


class CatchOptions(TypedDict, total=False):
    """`as_` names the variable of the error (`error`)."""

    errors: ErrorFilter
    as_: str
    when: str
    except_when: str
    retry: "Part | str"
    do: Sequence[Task]
    then: str


def catch(**options: Unpack[CatchOptions]) -> Part:
    """What is caught, and then tried again, handled, or both. `retry` is one or its name."""
    errors = {"errors": {"with": options["errors"]}} if "errors" in options else {}
    names = {
        "as_": "as",
        "when": "when",
        "except_when": "exceptWhen",
        "retry": "retry",
        "do": "do",
        "then": "then",
    }
    return Part({**errors, **picked(options, names)})


class RetryOptions(TypedDict, total=False):
    """`attempts` counts those after the first. `attempt_timeout` is for each of them, `duration`
    for all together. `jitter` is the least and the most that is added to the delay.
    """

    delay: Duration
    backoff: Literal["constant", "linear", "exponential"]
    attempts: int
    attempt_timeout: Duration
    duration: Duration
    jitter: tuple[Duration, Duration]
    when: str
    except_when: str


def retry(**options: Unpack[RetryOptions]) -> Part:
    attempt = picked(options, {"attempts": "count", "attempt_timeout": "duration"})
    limit = some(attempt=attempt or None, duration=options.get("duration"))
    plain: dict[str, object] = {}
    growth = {"backoff": {options["backoff"]: plain}} if "backoff" in options else {}
    spread = options.get("jitter")
    jitter = {"jitter": {"from": spread[0], "to": spread[1]}} if spread else {}
    names = {"when": "when", "except_when": "exceptWhen", "delay": "delay"}
    return Part({**picked(options, names), **growth, **some(limit=limit or None), **jitter})


class Error(TypedDict):
    """A problem as RFC 9457 has it; every text may be an expression."""

    type: str
    status: int
    title: NotRequired[str]
    detail: NotRequired[str]
    instance: NotRequired[str]


def raise_(name: str, error: Error | str, **options: Unpack[Options]) -> Task:
    """Fail with this error, or with that of this name in `use.errors`."""
    return task(name, {"raise": {"error": error}}, options)


def wait(name: str, duration: Duration, **options: Unpack[Options]) -> Task:
    return task(name, {"wait": duration}, options)


class ExtensionOptions(TypedDict, total=False):
    when: str
    before: Sequence[Task]
    after: Sequence[Task]


Extended = Literal[
    "call",
    "composite",
    "emit",
    "for",
    "listen",
    "raise",
    "run",
    "set",
    "switch",
    "try",
    "wait",
    "all",
]


def extension(name: str, extend: Extended, **options: Unpack[ExtensionOptions]) -> Extension:
    """Tasks around all tasks of a kind; `composite` is `do` and `fork`."""
    names = {"when": "when", "before": "before", "after": "after"}
    return Extension(name, {"extend": extend, **picked(options, names)})
