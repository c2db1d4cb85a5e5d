"""Results as JSON Lines, in the order of the input."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from podium.cli.summary import Result, is_correct
from podium.kernel.errors import Invalid


def write(path: Path, results: Sequence[Result], field: str | None) -> None:
    """In one step, so that nobody reads half a file. Raises Invalid where it cannot be written."""
    lines = [msgspec.json.encode(record(result, field)) + b"\n" for result in results]
    fresh = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _ = fresh.write_bytes(b"".join(lines))
        _ = fresh.replace(path)
    except OSError as error:
        raise Invalid(
            f"The results cannot be written to {path}: {error.strerror}. "
            f"Name another file with --output; the runs are kept."
        ) from error


def record(result: Result, field: str | None) -> Mapping[str, object]:
    """`row` counts from 1; `correct` is there where outputs are compared with labels."""
    row, run = result.row, result.run
    found: dict[str, object] = {
        "row": row.index + 1,
        "run": run.id,
        "status": run.status,
        "input": row.input,
        "output": run.output,
        "error": run.error,
    }
    if run.waiting_on is not None and run.status == "waiting":
        found["waiting_on"] = run.waiting_on
    if row.label is not None:
        found["label"] = row.label
    if field is not None:
        found["correct"] = is_correct(result, field) if run.is_final else None
    return found
