"""What a model is told, in few words: small models follow nothing else."""

from collections.abc import Mapping, Sequence

import msgspec

from podium.kernel.json import Json, JsonObject


def instructed(messages: Sequence[Json], text: str) -> list[Json]:
    """With one more instruction, after those that are there: many models take one system message,
    and take it first.
    """
    first = messages[0] if messages else None
    if isinstance(first, Mapping) and first.get("role") in {"system", "developer"}:
        return [{**first, "content": f"{plain(first.get('content'))}\n\n{text}"}, *messages[1:]]
    return [{"role": "system", "content": text}, *messages]


def plain(content: Json) -> str:
    """The text of a message's content; what is no text is left out."""
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list | tuple) else ()
    texts = (part.get("text") for part in parts if isinstance(part, Mapping))
    return "\n".join(text for text in texts if isinstance(text, str))


def spelled(value: Json) -> str:
    return msgspec.json.encode(value).decode()


def of_tools(described: Sequence[JsonObject], *, several: bool, may_answer: bool) -> str:
    call = '{"tool": NAME, "arguments": {…}}'
    form = f'{{"calls": [{call}, …]}}' if several else call
    lines = [
        f"- {tool['name']}: {tool.get('description') or 'no description'}\n"
        f"  arguments: {spelled(tool.get('parameters') or {})}"
        for tool in described
    ]
    answer = ', or {"answer": …} to answer yourself' if may_answer else ""
    return (
        "You can use these tools:\n" + "\n".join(lines) + "\n"
        f"Reply with JSON and nothing else: {form} to use a tool{answer}."
    )


def of_json(schema: JsonObject) -> str:
    return (
        "Answer with JSON and nothing else, no words before or after it. It must fit this JSON "
        f"schema: {spelled(schema)}"
    )


def of_repair(problems: Sequence[str]) -> str:
    return (
        f"That is not right: {'; '.join(problems)}. Answer again, with the whole JSON corrected "
        "and nothing else."
    )
