"""Documents that are made to take long: each just below the limit that it meets last, or beyond.

Before there were these limits some took minutes (`%TAG`, `${${`, names that are looked for among
ten thousand), and some gigabytes (long keys, patterns).
"""

from collections.abc import Callable
from typing import Final

HEAD: Final = "document: {dsl: '1.0.3', namespace: tests, name: hostile, version: '0.1.0'}\n"
SET: Final = "do:\n- a:\n    set:\n"
SIZE: Final = 2 * 1024 * 1024 - 300
"""Characters that may follow the head."""


def _many(line: Callable[[int], str], most: int) -> str:
    """As many lines as there may be, up to `most`."""
    found: list[str] = []
    size = 0
    for place in range(most):
        each = line(place)
        size += len(each)
        if size > SIZE - 2000:
            break
        found.append(each)
    return "".join(found)


def _tasks(body: Callable[[int], str], count: int = 9_990) -> str:
    return "do:\n" + _many(lambda n: f"- t{n}: {{{body(n)}}}\n", count)


def _members(value: Callable[[int], str], count: int = 99_000) -> str:
    return SET + _many(lambda n: f"      x{n}: {value(n)}\n", count)


def _schema(lines: str) -> str:
    return f"do: []\ninput:\n  schema:\n    document:\n{lines}"


def _function(schema: str, calls: str) -> str:
    head = "use:\n  functions:\n    f:\n      set: {x: 1}\n      input:\n        schema:\n"
    return f"{head}          document: {schema}\n{calls}"


_ANY_OF: Final = "".join(
    f"a{n}: {{anyOf: [{{$ref: '#/$defs/a{n + 1}'}}, {{$ref: '#/$defs/a{n + 1}'}}]}}, "
    for n in range(30)
)

TEXTS: Final = {
    "a long text": lambda: SET + "      x: " + "y" * SIZE,
    "a long quoted text": lambda: SET + "      x: '" + "''" * (SIZE // 2 - 20) + "'",
    "empty lines": lambda: SET + "      x: |\n" + "\n" * (SIZE - 50),
    "comments": lambda: "#\n" * (SIZE // 2 - 20) + "do: []",
    "a long anchor": lambda: "do: &" + "a" * (SIZE - 50) + " []",
    "openings without end": lambda: SET + "      x: 'a " + "${" * (SIZE // 2 - 30) + "'",
    "openings with an end": lambda: SET + "      x: 'a " + "${" * (SIZE // 2 - 30) + "}'",
    "digits": lambda: f"do:\n- a: {{wait: 'P{'9' * (SIZE - 100)}X'}}\n",
}
PARTS: Final = {
    "many keys": lambda: "x: {" + ",".join(f"{n:x}a: 1" for n in range(99_900)) + "}",
    "many items": lambda: SET + "      x: [" + "1," * 99_900 + "]",
    "many mappings": lambda: SET + "      x: [" + "{a: 1}," * 49_900 + "]",
    "many anchors": lambda: SET + "      x: [" + "&a 1," * 99_000 + "]",
    "repeated aliases": lambda: "x: &x [" + "1," * 950 + "]\ny: [" + "*x," * 100 + "]",
    "a long key around much": lambda: (
        f"{SET}      ? '{'k' * 1_000_000}'\n      : [" + "a," * 99_000 + "]"
    ),
    "long paths to many errors": lambda: (
        SET
        + "      x: "
        + f"{{{'k' * 80}: " * 48
        + "["
        + "'a ${b} c',"
        + "'a b c'," * 90_000
        + "]"
        + "}" * 48
    ),
    "long paths to much": lambda: (
        "do:\n- a:\n    call: http\n    with:\n      method: get\n      endpoint: http://x/\n"
        "      body: "
        + f"{{authentication{'k' * 60}: " * 46
        + "["
        + "{}," * 60_000
        + "]"
        + "}" * 46
    ),
}
ERRORS: Final = {
    "wrong types": lambda: "do:\n" + "- 1\n" * 99_000,
    "empty tasks": lambda: _tasks(lambda _: "", 40_000),
    "unknown members": lambda: "do: []\n" + _many(lambda n: f"docum{n}: 1\n", 99_000),
    "unknown members of a task": lambda: (
        "do:\n- a: {set: {x: 1}, " + ",".join(f"ca{n}: 1" for n in range(95_000)) + "}"
    ),
    "tasks in one entry": lambda: (
        "do:\n- {" + ",".join(f"ca{n}: {{set: {{x: 1}}}}" for n in range(30_000)) + "}"
    ),
    "unknown targets": lambda: _tasks(lambda n: f"set: {{x: 1}}, then: zz{n}"),
    "unknown functions": lambda: (
        "use:\n  functions:\n"
        + _many(lambda n: f"    f{n}: {{set: {{x: 1}}}}\n", 5_000)
        + _tasks(lambda n: f"call: zz{n}", 4_990)
    ),
    "unknown timeouts": lambda: (
        "use:\n  timeouts:\n"
        + _many(lambda n: f"    f{n}: {{after: PT1S}}\n", 10_000)
        + _tasks(lambda n: f"set: {{x: 1}}, timeout: z{n}", 4_990)
    ),
    "unknown cases": lambda: (
        _tasks(lambda _: "set: {x: 1}", 5_000)
        + "- s:\n    switch:\n"
        + _many(lambda n: f"    - c{n}: {{then: z{n}}}\n", 15_000)
    ),
    "unknown variables": lambda: _members(lambda n: f"${{ $zz{n} }}"),
    "unknown functions of jq": lambda: _members(lambda n: f"${{ mpa{n} }}"),
    "text around expressions": lambda: _members(lambda n: f"a ${{ .x{n} }} c"),
    "wrong arguments": lambda: _tasks(lambda _: "call: llm, with: {prompt: 1, modle: x}"),
    "warnings": lambda: _tasks(lambda _: "set: {x: 1}, then: end", 5_000),
}
EXPRESSIONS: Final = {
    "operators": lambda: _members(lambda n: f"${{ {'.+' * 9_900}.a{n} }}", 300),
    "operators and a mistake": lambda: _members(lambda n: f"${{ {'.+' * 9_900}.a{n} + }}", 300),
    "indexes": lambda: _members(lambda n: f"${{ .{'[0]' * 6_000}.a{n} }}", 300),
    "objects": lambda: _members(lambda n: f"${{ {{{'a,' * 9_800}b: {n}}} }}", 300),
    "definitions": lambda: _members(
        lambda n: f"${{ {''.join(f'def f{m}:.;' for m in range(900))}{'not|' * 2_400}.a{n} }}", 300
    ),
    "escapes": lambda: _members(lambda n: f'${{ "{chr(92)}n{n}{(chr(92) + "n") * 9_900}" }}', 300),
    "many of them": lambda: _members(lambda n: f"${{ .a{n} }}"),
}
SCHEMAS: Final = {
    "large patterns": lambda: _schema(
        "      properties:\n"
        + _many(lambda n: f"        p{n}: {{pattern: '\\pL{{80}}{n}'}}\n", 300)
    ),
    "large patterns as keys": lambda: _schema(
        "      patternProperties:\n" + _many(lambda n: f"        '\\pL{{80}}{n}': {{}}\n", 300)
    ),
    "a long pattern": lambda: _schema("      pattern: '" + "(a|b)" * 400_000 + "'\n"),
    "many patterns": lambda: _schema(
        "      properties:\n" + _many(lambda n: f"        p{n}: {{pattern: '^a{n}$'}}\n", 40_000)
    ),
    "a large one, called often": lambda: _function(
        "{properties: {" + ",".join(f"p{n}: {{type: string}}" for n in range(7_000)) + "}}",
        _tasks(lambda _: "call: f, with: {x: 1}", 4_500),
    ),
    "many rules for many values": lambda: _function(
        "{properties: {x: {allOf: ["
        + ",".join(f"{{items: {{maximum: -{n + 1}}}}}" for n in range(6_000))
        + "]}}}",
        "do:\n- g: {call: f, with: {x: [" + "1," * 20_000 + "]}}\n",
    ),
    "references that double": lambda: _function(
        "{$ref: '#/$defs/a0', $defs: {" + _ANY_OF + "a30: {type: string}}}",
        "do:\n- g: {call: f, with: {x: 1}}\n",
    ),
}
DIRECTIVES: Final = "".join(f"%TAG !a{n}! x\n" for n in range(100_000)) + f"---\n{HEAD}do: []"


def hostile() -> dict[str, Callable[[], str]]:
    """Texts by what is bad about them."""
    groups = {
        "text": TEXTS,
        "parts": PARTS,
        "errors": ERRORS,
        "expressions": EXPRESSIONS,
        "schema": SCHEMAS,
    }
    found: dict[str, Callable[[], str]] = {
        f"{group}: {name}": lambda make=make: HEAD + make()
        for group, texts in groups.items()
        for name, make in texts.items()
    }
    return {**found, "directives": lambda: DIRECTIVES}


def large(tasks: int = 10_000) -> str:
    """A document that nobody can object to, with as many tasks as there may be."""
    body = "    call: llm\n    with: {prompt: '${ \"Say \\(.text) no. %d\" }', temperature: 0.5}\n"
    task = "- t%d:\n" + body + "    output: {as: .text}\n"
    return HEAD + "do:\n" + "".join(task % (place, place) for place in range(tasks))
