"""`@podium.function`: a typed Python function becomes a function of the catalog.

Its arguments and result are described by its type hints: pydantic makes JSON Schemas of them,
turns arguments into the types that were asked for, and the result into JSON.
"""

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial, update_wrapper
from typing import (
    TYPE_CHECKING,
    Generic,
    Literal,
    ParamSpec,
    TypeAlias,
    TypeVar,
    cast,
    get_type_hints,
    overload,
)

from podium.kernel.errors import Invalid, PodiumError, Problem
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Effect, Function, Pure

if TYPE_CHECKING:
    from pydantic import BaseModel, TypeAdapter

P = ParamSpec("P")
R = TypeVar("R")
Kind: TypeAlias = Literal["effect", "pure"]
Values: TypeAlias = "dict[str, object]"

_PLAIN = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


class Declared(Generic[P, R]):
    """Still the Python function when it is called; `function` is what workflows call."""

    def __init__(self, written: Callable[P, R], function: Function) -> None:
        self.function: Function = function
        self._written: Callable[P, R] = written
        _ = update_wrapper(self, written)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self._written(*args, **kwargs)


@overload
def function(written: Callable[P, R], /) -> Declared[P, R]: ...
@overload
def function(
    *, kind: Kind = "effect", name: str = "", version: str = "1.0.0", summary: str = ""
) -> Callable[[Callable[P, R]], Declared[P, R]]: ...
def function(
    written: Callable[P, R] | None = None,
    /,
    *,
    kind: Kind = "effect",
    name: str = "",
    version: str = "1.0.0",
    summary: str = "",
) -> Declared[P, R] | Callable[[Callable[P, R]], Declared[P, R]]:
    """Declare a function of the catalog.

    An `effect` touches the world: it runs once and its result is recorded. A `pure` one only
    computes, and is computed again after a crash. Without `name` it has the name of the Python
    function, without `summary` the first line of its docstring. A parameter that is typed
    `podium.Call` is handed where the call comes from, with its idempotency key.

    Raises Invalid for a function whose arguments or result are not typed.
    """

    def declare(given: Callable[P, R]) -> Declared[P, R]:
        said = (inspect.getdoc(given) or "").partition("\n")[0]
        shape = _Shape.of(given)
        made = Function(
            name=name or given.__name__,
            version=version,
            summary=summary or said,
            input=shape.input,
            output=shape.output,
            body=_body(kind, shape),
        )
        return Declared(given, made)

    return declare if written is None else declare(written)


def _body(kind: Kind, shape: "_Shape") -> Pure | Effect:
    is_async = inspect.iscoroutinefunction(shape.written)
    match kind:
        case "pure" if is_async:
            name = shape.written.__name__
            raise Invalid(f"{name} is pure and async. What only computes waits for nothing.")
        case "pure":
            return Pure(shape.compute)
        case "effect":
            return Effect(shape.perform if is_async else shape.perform_in_thread)


@dataclass(frozen=True, slots=True)
class _Shape:
    """A Python function and what its hints say.

    `caller` is the parameter that wants a Call. The others are the fields of the model `arguments`
    in their order: under names of its own, since a model cannot have a field named `json`.
    """

    written: Callable[..., object]
    arguments: "type[BaseModel]"
    names: tuple[str, ...]
    result: "TypeAdapter[object]"
    caller: str

    @classmethod
    def of(cls, written: Callable[..., object]) -> "_Shape":
        from pydantic import ConfigDict, Field, TypeAdapter, create_model  # noqa: PLC0415 - 0.2 s

        hints = _hints(written)
        caller = next((each for each, hint in hints.items() if hint is Call), "")
        given = [each for each in _parameters(written, hints) if each.name != caller]
        fields = {
            f"field_{place}": (hints[each.name], Field(_default(each), alias=each.name))
            for place, each in enumerate(given)
        }
        closed = ConfigDict(extra="forbid", validate_default=True)
        model = create_model(written.__name__, __config__=closed, **fields)  # pyright: ignore[reportCallIssue, reportArgumentType, reportUnknownVariableType]
        return cls(
            written,
            cast("type[BaseModel]", model),
            tuple(each.name for each in given),
            TypeAdapter(cast("type[object]", hints["return"])),
            caller,
        )

    @property
    def input(self) -> JsonObject:
        return cast("JsonObject", self.arguments.model_json_schema())

    @property
    def output(self) -> JsonObject:
        return cast("JsonObject", self.result.json_schema(mode="serialization"))

    def compute(self, given: JsonObject, call: Call) -> Json:
        return self.answer(self.called(partial(self.written, **self.values(given, call))))

    async def perform(self, given: JsonObject, call: Call) -> Json:
        values = self.values(given, call)
        try:
            result = await cast("Awaitable[object]", self.written(**values))
        except PodiumError:
            raise
        except Exception as bug:
            raise self.broke(bug) from bug
        return self.answer(result)

    async def perform_in_thread(self, given: JsonObject, call: Call) -> Json:
        from anyio import to_thread  # noqa: PLC0415 - `import podium` is to be quick

        work = partial(self.written, **self.values(given, call))
        run = partial(self.called, work)
        return self.answer(await to_thread.run_sync(run, abandon_on_cancel=True))

    def called(self, work: Callable[[], object]) -> object:
        try:
            return work()
        except PodiumError:
            raise
        except Exception as bug:
            raise self.broke(bug) from bug

    def broke(self, bug: Exception) -> PodiumError:
        return PodiumError(f"{self.written.__name__} broke: {type(bug).__name__}: {bug}")

    def values(self, given: JsonObject, call: Call) -> Values:
        """Arguments as the types that the function wants. Raises Invalid."""
        from pydantic import ValidationError  # noqa: PLC0415 - it is there by now

        try:
            model = self.arguments.model_validate(dict(given))
        except ValidationError as error:
            problems = [
                Problem(each["msg"], each["type"], "".join(f"/{part}" for part in each["loc"]))
                for each in error.errors(include_url=False, include_input=False)
            ]
            first = problems[0]
            message = f"{self.written.__name__} cannot be called: {first.path} {first.message}."
            raise Invalid(message, problems=problems) from error
        fields = self.arguments.model_fields
        values: Values = {
            name: cast("object", getattr(model, field))
            for name, field in zip(self.names, fields, strict=True)
        }
        return {**values, self.caller: call} if self.caller else values

    def answer(self, result: object) -> Json:
        return _json(self.result, result, name=self.written.__name__)


def _parameters(
    written: Callable[..., object], hints: Mapping[str, object]
) -> list[inspect.Parameter]:
    found = list(inspect.signature(written).parameters.values())
    for each in found:
        if each.kind not in _PLAIN:
            raise Invalid(f"{written.__name__} has *{each.name}. Give each argument a name.")
        if each.name not in hints:
            raise _untyped(written, f"the argument '{each.name}' has no type")
    if "return" not in hints:
        raise _untyped(written, "its result has no type (None where it has none)")
    return found


def _default(parameter: inspect.Parameter) -> object:
    """`...` is pydantic's word for none."""
    default = cast("object", parameter.default)
    return ... if default is inspect.Parameter.empty else default


def _hints(written: Callable[..., object]) -> dict[str, object]:
    try:
        return cast("dict[str, object]", get_type_hints(written, include_extras=True))
    except NameError as error:
        raise _untyped(written, f"the type {error.name} is not known where it stands") from error


def _untyped(written: Callable[..., object], what: str) -> Invalid:
    return Invalid(
        f"{written.__name__} cannot be a function of the catalog: {what}. "
        "Its JSON Schemas are made from type hints."
    )


def _json(adapter: "TypeAdapter[object]", value: object, *, name: str = "") -> Json:
    """As JSON has it; a value that is not of the type is refused rather than guessed at."""
    from pydantic_core import PydanticSerializationError  # noqa: PLC0415 - it is there by now

    try:
        return cast("Json", json.loads(adapter.dump_json(value, warnings="error")))
    except PydanticSerializationError as error:
        reason = str(error).splitlines()[0]
        raise PodiumError(f"{name} answered what its type does not allow: {reason}") from error
