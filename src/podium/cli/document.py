"""A workflow document from a file, and its findings without a server."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from podium.kernel.errors import Invalid, NotFound, Problem
from podium.workflows.documents.findings import Finding


@dataclass(frozen=True, slots=True)
class Document:
    name: str
    text: str


def read(path: Path) -> Document:
    """Raises NotFound, Invalid."""
    try:
        return Document(str(path), path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}. Give the path of a workflow.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8 text. Save it as UTF-8 and try again.") from error
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def of_refusal(error: Invalid) -> Sequence[Finding]:
    """The findings in an Invalid, be it the server's or the reader's."""
    problems = error.problems or (Problem(error.message, "document"),)
    return [Finding(one.rule, one.message, one.path, one.line, one.column) for one in problems]
