"""Documents to programs. The document has passed the schema and the linter: nothing is checked
here a second time, and what an error would mean is decided there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from podium.kernel.errors import Invalid
from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.external import PINNED, address, short_name
from podium.workflows.documents.risk import is_high
from podium.workflows.documents.source import pointer as json_pointer
from podium.workflows.documents.tasks import Task as Written
from podium.workflows.documents.tasks import entries
from podium.workflows.expressions.expression import VARIABLES
from podium.workflows.expressions.loose import loosened
from podium.workflows.interpreter.compile_credentials import scheme, with_credentials
from podium.workflows.interpreter.compile_values import (
    as_duration,
    cases_of,
    consumption,
    expression,
    mapping,
)
from podium.workflows.interpreter.program import (
    Backoff,
    Body,
    CallDefined,
    CallFunction,
    CallProtocol,
    Catch,
    Consume,
    DataFlow,
    Directive,
    Do,
    Duration,
    Emit,
    Extension,
    For,
    Foreach,
    Fork,
    Listen,
    Program,
    Raise,
    Read,
    Retry,
    RunProcess,
    RunWorkflow,
    Set,
    Subscribe,
    Switch,
    Task,
    Try,
    Wait,
)

PROTOCOLS = ("http", "openapi", "grpc", "asyncapi", "mcp", "a2a")
_COMPOSITE = ("do", "fork")


@dataclass(frozen=True, slots=True)
class Place:
    """Of a task: see `Task`."""

    path: str
    pointer: str


def compile_document(value: JsonObject, digest: str) -> Program:
    """`value` is a stored document: what it refers to outside of itself is pinned to it.

    Raises Invalid where that is missing.
    """
    plain = _Compiler(value)
    extended = _Compiler(value, plain.extensions())
    tasks = extended.tasks(value["do"], path="/do", pointer="/do")
    return Program(
        digest=digest,
        document={key: each for key, each in value.items() if key != PINNED},
        tasks=tasks,
        data=extended.data_flow(value),
        timeout=extended.timeout(value.get("timeout")),
        secrets=tuple(str(n) for n in cast(Sequence[Json], extended.use.get("secrets", ()))),
        paths=frozenset(extended.paths | plain.paths),
    )


@dataclass
class _Compiler:
    """Compiles with these extensions around the tasks of their kind. Extensions are compiled
    without any, and so are the functions that they call: nothing is extended twice.
    """

    document: JsonObject
    around: tuple[tuple[str, Extension], ...] = ()
    defined: dict[str, Task] = field(default_factory=dict[str, Task])
    paths: set[str] = field(default_factory=set[str])

    @property
    def use(self) -> JsonObject:
        return mapping(self.document.get("use"))

    @property
    def loose(self) -> bool:
        return mapping(self.document.get("evaluate")).get("mode") == "loose"

    def template(self, value: Json) -> Json:
        """What is evaluated wherever it holds an expression."""
        return loosened(value, VARIABLES) if self.loose else value

    def arguments(self, value: Json) -> Json:
        secrets = cast("Sequence[str]", self.use.get("secrets", ()))
        policies = mapping(self.use.get("authentications"))
        return self.template(with_credentials(value, policies, secrets))

    def filter(self, value: Json) -> Json:
        """`from` and `as`: a string is an expression; an object may hold expressions."""
        return expression(value) if isinstance(value, str) else self.template(value)

    def schema(self, value: Json) -> JsonObject | None:
        document = mapping(value).get("document")
        if isinstance(document, Mapping):
            return document
        where = address(mapping(value).get("resource"))
        return None if where is None else self.pinned("schemas", where)

    def pinned(self, kind: str, name: str) -> JsonObject:
        found = mapping(mapping(mapping(self.document.get(PINNED)).get(kind)).get(name))
        if "value" not in found:
            raise Invalid(f"{name} was not fetched with the document. Store the document again.")
        return mapping(found["value"])

    def data_flow(self, value: JsonObject) -> DataFlow:
        entrance, exit_, export = (mapping(value.get(k)) for k in ("input", "output", "export"))
        return DataFlow(
            when=expression(value.get("if")),
            input_from=self.filter(entrance.get("from")),
            input_schema=self.schema(entrance.get("schema")),
            output_as=self.filter(exit_.get("as")),
            output_schema=self.schema(exit_.get("schema")),
            export_as=self.filter(export.get("as")),
            export_schema=self.schema(export.get("schema")),
        )

    def extensions(self) -> tuple[tuple[str, Extension], ...]:
        """Each with the kind of tasks that it extends."""
        made: list[tuple[str, Extension]] = []
        listed = entries(self.use.get("extensions"), json_pointer("use", "extensions"))
        for name, value, pointer in listed:
            body = mapping(value)
            lists = {
                side: self.tasks(
                    body.get(side, ()), path=f"/{side}/{name}", pointer=f"{pointer}/{side}"
                )
                for side in ("before", "after")
            }
            made.append(
                (str(body["extend"]), Extension(name, expression(body.get("when")), **lists))
            )
        return tuple(made)

    def extending(self, kind: str) -> tuple[Extension, ...]:
        wanted = {"all", "composite" if kind in _COMPOSITE else kind}
        return tuple(extension for extends, extension in self.around if extends in wanted)

    def named(self, kind: str, value: Json) -> JsonObject:
        """An inline definition, or the one of that name in `use`."""
        if isinstance(value, str):
            return mapping(mapping(self.use.get(kind)).get(value))
        return mapping(value)

    def timeout(self, value: Json) -> Duration | None:
        return as_duration(self.named("timeouts", value).get("after"))

    def tasks(self, value: Json, *, path: str, pointer: str) -> tuple[Task, ...]:
        made: list[Task] = []
        for index, item in enumerate(cast(Sequence[JsonObject], value)):
            ((name, body),) = item.items()
            made.append(
                self.task(
                    name,
                    cast(JsonObject, body),
                    path=f"{path}/{name}",
                    pointer=f"{pointer}/{index}/{name}",
                )
            )
        return tuple(made)

    def task(self, name: str, value: JsonObject, *, path: str, pointer: str) -> Task:
        self.paths.add(path)
        return Task(
            name=name,
            path=path,
            pointer=pointer,
            body=self.body(value, path=path, pointer=pointer),
            data=self.data_flow(value),
            then=str(value.get("then", Directive.CONTINUE)),
            timeout=self.timeout(value.get("timeout")),
            definition=value,
            extensions=self.extending(Written(name, value, pointer).kind),
            scheme=scheme(mapping(self.arguments(value.get("with")))),
            high_risk=is_high(value),
        )

    def body(self, value: JsonObject, *, path: str, pointer: str) -> Body:  # noqa: C901, PLR0911, PLR0912, PLR0914 - one case a kind of task
        match value:
            case {"for": Mapping() as loop}:
                return self.loop(cast(JsonObject, loop), value, path=path, pointer=pointer)
            case {"do": tasks}:
                return Do(self.tasks(tasks, path=f"{path}/do", pointer=f"{pointer}/do"))
            case {"set": content}:
                return Set(self.template(content))
            case {"switch": cases}:
                return Switch(cases_of(cases))
            case {"fork": Mapping() as fork}:
                return self.fork(cast(JsonObject, fork), path=path, pointer=pointer)
            case {"try": tasks}:
                inner = self.tasks(tasks, path=f"{path}/try", pointer=f"{pointer}/try")
                return Try(inner, self.catch(mapping(value["catch"]), path=path, pointer=pointer))
            case {"raise": Mapping() as raised}:
                error = self.named("errors", cast(JsonObject, raised).get("error"))
                return Raise(mapping(self.template(error)))
            case {"wait": pause}:
                return Wait(as_duration(pause) or 0.0)
            case {"call": called}:
                place = Place(path, pointer)
                given = value.get("with")
                arguments = None if given is None else mapping(self.arguments(given))
                return self.call(str(called), arguments, place=place)
            case {"emit": Mapping() as emit}:
                event = mapping(cast(JsonObject, emit)["event"])
                return Emit(mapping(self.template(event.get("with"))))
            case {"listen": Mapping() as listen}:
                return self.listen(cast(JsonObject, listen), value, path=path, pointer=pointer)
            case {"run": Mapping() as run}:
                return self.run(cast(JsonObject, run))
            case _:
                raise AssertionError(f"the linter lets no such task through: {sorted(value)}")

    def call(self, name: str, given: JsonObject | None, *, place: "Place") -> Body:
        """A protocol; a function of the document or one that was fetched; or one of the catalog."""
        arguments = given or {}
        if name == "asyncapi" and "subscription" in arguments:
            return self.subscribe(arguments, place)
        if name in PROTOCOLS:
            return CallProtocol(name, arguments)
        if name in mapping(self.use.get("functions")):
            return CallDefined(self.function(name), given)
        if name in mapping(mapping(self.document.get(PINNED)).get("functions")):
            return CallDefined(self.function(name), given)
        return CallFunction(name, arguments)

    def function(self, name: str) -> Task:
        """Compiled once, however often it is called; the linter has refused those in a circle."""
        if name not in self.defined:
            local = mapping(self.use.get("functions"))
            place = ("use", "functions", name) if name in local else (PINNED, "functions", name)
            value = mapping(local[name]) if name in local else self.pinned("functions", name)
            self.defined[name] = self.task(
                short_name(name),
                value,
                path=f"/call/{short_name(name)}",
                pointer=json_pointer(*place),
            )
        return self.defined[name]

    def subscribe(self, arguments: JsonObject, place: "Place") -> Subscribe:
        subscription = mapping(arguments["subscription"])
        consume = mapping(subscription.get("consume"))
        amount = consume.get("amount")
        return Subscribe(
            arguments={k: v for k, v in arguments.items() if k != "subscription"},
            filter=expression(subscription.get("filter")),
            consume=Consume(
                amount=amount if isinstance(amount, int) else None,
                seconds=as_duration(consume.get("for")),
                while_=expression(consume.get("while")),
                until=expression(consume.get("until")),
            ),
            foreach=self.foreach(subscription.get("foreach"), place),
        )

    def listen(self, listen: JsonObject, value: JsonObject, *, path: str, pointer: str) -> Listen:
        return Listen(
            to=consumption(mapping(listen["to"])),
            read=Read(str(listen.get("read", Read.DATA))),
            foreach=self.foreach(value.get("foreach"), Place(path, pointer)),
        )

    def foreach(self, value: Json, place: "Place") -> Foreach | None:
        if not isinstance(value, Mapping):
            return None
        path, pointer = f"{place.path}/foreach", f"{place.pointer}/foreach/do"
        return Foreach(
            item=str(value.get("item", "item")),
            at=str(value.get("at", "index")),
            do=self.tasks(value["do"], path=path, pointer=pointer) if "do" in value else (),
            output_as=self.filter(mapping(value.get("output")).get("as")),
            export_as=self.filter(mapping(value.get("export")).get("as")),
        )

    def run(self, run: JsonObject) -> RunWorkflow | RunProcess:
        wait = run.get("await") is not False
        workflow = run.get("workflow")
        if isinstance(workflow, Mapping):
            given = workflow.get("input")
            return RunWorkflow(
                namespace=str(workflow["namespace"]),
                name=str(workflow["name"]),
                version=str(workflow["version"]),
                input=mapping(self.template(given)) if isinstance(given, Mapping) else None,
                wait=wait,
            )
        kind = next(name for name in ("script", "shell", "container") if name in run)
        written = mapping(run[kind])
        code = {"code": written["code"]} if "code" in written else {}  # a text, never evaluated
        arguments = {**mapping(self.arguments(written)), **code}
        return RunProcess(kind, arguments, wait, str(run.get("return", "stdout")))

    def loop(self, loop: JsonObject, value: JsonObject, *, path: str, pointer: str) -> For:
        return For(
            each=str(loop.get("each", "item")),
            at=str(loop.get("at", "index")),
            items=self.filter(loop["in"]),
            while_=expression(value.get("while")),
            do=self.tasks(value["do"], path=path, pointer=f"{pointer}/do"),
        )

    def fork(self, fork: JsonObject, *, path: str, pointer: str) -> Fork:
        branches = self.tasks(
            fork["branches"], path=f"{path}/fork", pointer=f"{pointer}/fork/branches"
        )
        return Fork(branches, compete=fork.get("compete") is True)

    def catch(self, value: JsonObject, *, path: str, pointer: str) -> Catch:
        do = value.get("do")
        return Catch(
            filter=mapping(mapping(value.get("errors")).get("with")),
            name=str(value.get("as", "error")),
            when=expression(value.get("when")),
            except_when=expression(value.get("exceptWhen")),
            retry=self.retry(value.get("retry")),
            do=None
            if do is None
            else self.tasks(do, path=f"{path}/catch", pointer=f"{pointer}/catch/do"),
            then=str(value.get("then", Directive.CONTINUE)),
        )

    def retry(self, value: Json) -> Retry | None:
        if value is None:
            return None
        policy = self.named("retries", value)
        limit = mapping(policy.get("limit"))
        attempt = mapping(limit.get("attempt"))
        jitter = mapping(policy.get("jitter"))
        count = attempt.get("count")
        return Retry(
            when=expression(policy.get("when")),
            except_when=expression(policy.get("exceptWhen")),
            delay=as_duration(policy.get("delay")) or 0.0,
            backoff=next(iter(map(Backoff, mapping(policy.get("backoff")))), Backoff.CONSTANT),
            count=count if isinstance(count, int) else None,
            attempt=as_duration(attempt.get("duration")),
            total=as_duration(limit.get("duration")),
            jitter=(as_duration(jitter.get("from")) or 0.0, as_duration(jitter.get("to")) or 0.0),
        )
