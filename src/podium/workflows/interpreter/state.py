"""What a run carries while it executes."""

from dataclasses import dataclass, field, replace

from podium.identity.principal import Principal
from podium.kernel.ids import RunId
from podium.kernel.json import Json, JsonObject
from podium.workflows.interpreter.program import Task
from podium.workflows.interpreter.risks import Approved
from podium.workflows.interpreter.sizes import Sizes
from podium.workflows.ports import ABSENT, Absent


@dataclass(slots=True)
class Session:
    """One run or branch. `now` is its own clock: when the last recorded thing happened.

    It starts at the run's start and is moved on by recorded outcomes only, so that a replay
    sees the same times.

    `created` is when the run was asked for and `reached` when it first came to each `listen`, by
    the time of day; `consumed` are the events that it has taken, by serial. `secrets` are the
    names that its document declares.
    """

    run: RunId
    principal: Principal
    workflow: JsonObject
    context: Json
    now: float
    visits: dict[str, int] = field(default_factory=dict)
    tasks: int = 0
    created: float = 0.0
    reached: dict[str, float] = field(default_factory=dict[str, float])
    consumed: set[int] = field(default_factory=set[int])
    secrets: tuple[str, ...] = ()
    sizes: Sizes = field(default_factory=Sizes)
    approved: Approved = field(default_factory=Approved)

    def branch(self) -> "Session":
        """For a branch of a fork: what it exports, which events it takes, what is approved in it
        and how far its clock gets is its own.
        """
        return replace(
            self,
            visits={},
            reached=dict(self.reached),
            consumed=set(self.consumed),
            approved=self.approved.branch(),
        )

    def passed(self, at: Json) -> None:
        if isinstance(at, int | float):
            self.now = max(self.now, float(at))

    def visit(self, path: str) -> str:
        """The path, told apart where a `then` leads back to a task that has run before."""
        self.visits[path] = count = self.visits.get(path, 0) + 1
        return path if count == 1 else f"{path}~{count}"


@dataclass(frozen=True, slots=True)
class Frame:
    """Where execution stands: the path with iterations and attempts, the deadline, and the
    variables of enclosing loops and catches. `parent` is the id of the enclosing span; `task` is
    None for the document's own input and output.

    `limit` is the timeout of a single call, in seconds from when it really begins: a call that
    is made again after a crash has its whole time. `deadline` is a moment.

    `given` is the task's raw input, `began` when it began and `gave` its raw output. `extended` is,
    in the tasks of an extension, the frame of the task that is extended.
    """

    path: str
    parent: str
    deadline: float | None = None
    variables: JsonObject = field(default_factory=dict[str, Json])
    task: Task | None = None
    limit: float | None = None
    given: Json = None
    began: float = 0.0
    gave: Json | Absent = ABSENT
    extended: "Frame | None" = None

    def at(self, path: str) -> "Frame":
        return replace(self, path=path)

    def inside(self, part: str) -> "Frame":
        return replace(self, path=f"{self.path}/{part}")

    def bind(self, **variables: Json) -> "Frame":
        return replace(self, variables={**self.variables, **variables})

    def until(self, deadline: float | None) -> "Frame":
        """The earlier of two deadlines holds."""
        if deadline is None or (self.deadline is not None and self.deadline <= deadline):
            return self
        return replace(self, deadline=deadline)
