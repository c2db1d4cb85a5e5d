"""Findings in a document, each with the line it is about."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from podium.cli.show.words import count
from podium.workflows.documents.findings import Finding

_STYLES = {"error": "red", "warning": "yellow"}


def listing(name: str, text: str, findings: Sequence[Finding]) -> Group:
    lines = text.splitlines()
    parts: list[RenderableType] = []
    for finding in findings:
        parts.append(_head(name, finding))
        if 0 < finding.line <= len(lines):
            parts += _source(lines[finding.line - 1], finding)
    return Group(*parts)


def verdict(name: str, findings: Sequence[Finding]) -> Text:
    errors = sum(one.severity == "error" for one in findings)
    warnings = len(findings) - errors
    if not findings:
        return Text(f"{name} is valid.", "green")
    said = f"{name} has {count(errors, 'error')} and {count(warnings, 'warning')}."
    return Text(said, "red" if errors else "yellow")


def _head(name: str, finding: Finding) -> Text:
    place = f"{name}:{finding.line}:{finding.column} " if finding.line else f"{name} "
    text = Text(place, "bold", overflow="fold")
    _ = text.append(f"{finding.severity}: ", _STYLES[finding.severity])
    _ = text.append(finding.message, "not bold default")
    _ = text.append(f" [{finding.rule}]", "not bold dim")
    return text


def _source(line: str, finding: Finding) -> list[Text]:
    number = f"{finding.line:>5} │ "
    shown = Text(number, "dim", no_wrap=True, overflow="ellipsis")
    _ = shown.append(line.replace("\t", " "), "default")
    pointer = " " * (len(number) - 2) + "│ " + " " * (finding.column - 1)
    mark = Text(pointer, "dim", no_wrap=True, overflow="ellipsis")
    _ = mark.append("^", _STYLES[finding.severity])
    return [shown, mark]
