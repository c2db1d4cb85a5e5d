"""Documents to programs. The document has passed the schema and the linter: nothing is checked
here a second time, and what an error would mean is decided there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from podium.kernel.json import Json, JsonObject
from podium.workflows.documents.durations import duration_seconds
from podium.workflows.expressions.expression import is_expression
from podium.workflows.interpreter.program import (
    Backoff,
    Body,
    CallFunction,
    CallProtocol,
    Case,
    Catch,
    Consume,
    Consumption,
    Correlation,
    DataFlow,
    Directive,
    Do,
    Duration,
    Emit,
    EventFilter,
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
    Strategy,
    Subscribe,
    Switch,
    Task,
    Try,
    Wait,
)

PROTOCOLS = ("http", "openapi", "grpc", "asyncapi", "mcp", "a2a")


@dataclass(frozen=True, slots=True)
class Place:
    """Of a task: see `Task`."""

    path: str
    pointer: str


def compile_document(value: JsonObject, digest: str) -> Program:
    compiler = _Compiler(_object(value.get("use")))
    tasks = compiler.tasks(value["do"], path="/do", pointer="/do")
    timeout = compiler.timeout(value.get("timeout"))
    secrets = compiler.use.get("secrets", ())
    return Program(
        digest=digest,
        document=value,
        tasks=tasks,
        data=_data_flow(value),
        timeout=timeout,
        secrets=tuple(str(name) for name in cast(Sequence[Json], secrets)),
    )


def expression(value: Json) -> str | None:
    """A field that is always an expression: authors may leave out its `${ }`."""
    if value is None:
        return None
    text = str(value).strip()
    return text if text.startswith("${") else f"${{ {text} }}"


def _template(value: Json) -> Json:
    """`from` and `as`: a string is an expression; an object may hold expressions."""
    return expression(value) if isinstance(value, str) else value


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, Mapping) else {}


def _schema(value: Json) -> JsonObject | None:
    document = _object(value).get("document")
    return document if isinstance(document, Mapping) else None


def _data_flow(value: JsonObject) -> DataFlow:
    entrance, exit_, export = (_object(value.get(k)) for k in ("input", "output", "export"))
    return DataFlow(
        when=expression(value.get("if")),
        input_from=_template(entrance.get("from")),
        input_schema=_schema(entrance.get("schema")),
        output_as=_template(exit_.get("as")),
        output_schema=_schema(exit_.get("schema")),
        export_as=_template(export.get("as")),
        export_schema=_schema(export.get("schema")),
    )


@dataclass
class _Compiler:
    use: JsonObject

    def named(self, kind: str, value: Json) -> JsonObject:
        """An inline definition, or the one of that name in `use`."""
        if isinstance(value, str):
            return _object(_object(self.use.get(kind)).get(value))
        return _object(value)

    def timeout(self, value: Json) -> Duration | None:
        return _duration(self.named("timeouts", value).get("after"))

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
        return Task(
            name=name,
            path=path,
            pointer=pointer,
            body=self.body(value, path=path, pointer=pointer),
            data=_data_flow(value),
            then=str(value.get("then", Directive.CONTINUE)),
            timeout=self.timeout(value.get("timeout")),
        )

    def body(self, value: JsonObject, *, path: str, pointer: str) -> Body:  # noqa: C901, PLR0911, PLR0912 - one case a kind of task
        match value:
            case {"for": Mapping() as loop}:
                return self.loop(cast(JsonObject, loop), value, path=path, pointer=pointer)
            case {"do": tasks}:
                return Do(self.tasks(tasks, path=f"{path}/do", pointer=f"{pointer}/do"))
            case {"set": content}:
                return Set(content)
            case {"switch": cases}:
                return Switch(_cases(cases))
            case {"fork": Mapping() as fork}:
                return self.fork(cast(JsonObject, fork), path=path, pointer=pointer)
            case {"try": tasks}:
                inner = self.tasks(tasks, path=f"{path}/try", pointer=f"{pointer}/try")
                return Try(inner, self.catch(_object(value["catch"]), path=path, pointer=pointer))
            case {"raise": Mapping() as raised}:
                return Raise(self.named("errors", raised.get("error")))
            case {"wait": duration}:
                return Wait(_duration(duration) or 0.0)
            case {"call": called}:
                place = Place(path, pointer)
                return self.call(str(called), _object(value.get("with")), place=place)
            case {"emit": Mapping() as emit}:
                return Emit(_object(_object(cast(JsonObject, emit)["event"]).get("with")))
            case {"listen": Mapping() as listen}:
                return self.listen(cast(JsonObject, listen), value, path=path, pointer=pointer)
            case {"run": Mapping() as run}:
                return self.run(cast(JsonObject, run))
            case _:
                raise AssertionError(f"the linter lets no such task through: {sorted(value)}")

    def call(self, name: str, arguments: JsonObject, *, place: "Place") -> Body:
        """A protocol; a function of the catalog; or one of `use.functions`, whose arguments
        come first.
        """
        if name == "asyncapi" and "subscription" in arguments:
            return self.subscribe(arguments, place)
        if name in PROTOCOLS:
            return CallProtocol(name, arguments)
        defined = self.named("functions", name)
        if "call" not in defined:
            return CallFunction(name, arguments)
        merged = {**_object(defined.get("with")), **arguments}
        return self.call(str(defined["call"]), merged, place=place)

    def subscribe(self, arguments: JsonObject, place: "Place") -> Subscribe:
        subscription = _object(arguments["subscription"])
        consume = _object(subscription.get("consume"))
        amount = consume.get("amount")
        return Subscribe(
            arguments={k: v for k, v in arguments.items() if k != "subscription"},
            filter=expression(subscription.get("filter")),
            consume=Consume(
                amount=amount if isinstance(amount, int) else None,
                seconds=_duration(consume.get("for")),
                while_=expression(consume.get("while")),
                until=expression(consume.get("until")),
            ),
            foreach=self.foreach(subscription.get("foreach"), place),
        )

    def listen(self, listen: JsonObject, value: JsonObject, *, path: str, pointer: str) -> Listen:
        return Listen(
            to=consumption(_object(listen["to"])),
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
            output_as=_template(_object(value.get("output")).get("as")),
            export_as=_template(_object(value.get("export")).get("as")),
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
                input=given if isinstance(given, Mapping) else None,
                wait=wait,
            )
        kind = next(name for name in ("script", "shell", "container") if name in run)
        return RunProcess(kind, _object(run[kind]), wait, str(run.get("return", "stdout")))

    def loop(self, loop: JsonObject, value: JsonObject, *, path: str, pointer: str) -> For:
        return For(
            each=str(loop.get("each", "item")),
            at=str(loop.get("at", "index")),
            items=expression(loop["in"]) or "",
            while_=expression(value.get("while")),
            do=self.tasks(value["do"], path=f"{path}/do", pointer=f"{pointer}/do"),
        )

    def fork(self, fork: JsonObject, *, path: str, pointer: str) -> Fork:
        branches = self.tasks(
            fork["branches"], path=f"{path}/fork", pointer=f"{pointer}/fork/branches"
        )
        return Fork(branches, compete=fork.get("compete") is True)

    def catch(self, value: JsonObject, *, path: str, pointer: str) -> Catch:
        do = value.get("do")
        return Catch(
            filter=_object(_object(value.get("errors")).get("with")),
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
        limit = _object(policy.get("limit"))
        attempt = _object(limit.get("attempt"))
        jitter = _object(policy.get("jitter"))
        count = attempt.get("count")
        return Retry(
            when=expression(policy.get("when")),
            except_when=expression(policy.get("exceptWhen")),
            delay=_duration(policy.get("delay")) or 0.0,
            backoff=next(iter(map(Backoff, _object(policy.get("backoff")))), Backoff.CONSTANT),
            count=count if isinstance(count, int) else None,
            attempt=_duration(attempt.get("duration")),
            total=_duration(limit.get("duration")),
            jitter=(_duration(jitter.get("from")) or 0.0, _duration(jitter.get("to")) or 0.0),
        )


def consumption(value: JsonObject) -> Consumption:
    """What a `listen.to`, or a `schedule.on`, waits for."""
    strategy = next(each for each in Strategy if each in value)
    filters = value[strategy]
    listed = [filters] if strategy is Strategy.ONE else cast(Sequence[Json], filters)
    until = value.get("until")
    return Consumption(
        strategy=strategy,
        filters=tuple(_event_filter(_object(each)) for each in listed),
        until=consumption(until) if isinstance(until, Mapping) else expression(until),
    )


def _event_filter(value: JsonObject) -> EventFilter:
    correlate = _object(value.get("correlate"))
    return EventFilter(
        attributes=_object(value.get("with")),
        correlate={
            name: Correlation(of=expression(of.get("from")) or "", expect=_text(of.get("expect")))
            for name, of in ((name, _object(of)) for name, of in correlate.items())
        },
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None


def _duration(value: Json) -> Duration | None:
    if value is None or (isinstance(value, str) and is_expression(value)):
        return value
    return duration_seconds(value)


def _cases(value: Json) -> tuple[Case, ...]:
    made: list[Case] = []
    for item in cast(Sequence[JsonObject], value):
        ((name, case),) = item.items()
        body = _object(case)
        made.append(Case(name, expression(body.get("when")), str(body["then"])))
    return tuple(made)
