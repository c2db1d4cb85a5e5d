"""Where in the Python text something was written."""

import inspect
from types import FrameType
from typing import Final, NamedTuple, cast

_OURS: Final = "podium.workflow."


class Written(NamedTuple):
    """`line` and `column` count from 1; 0 where nobody knows."""

    file: str
    line: int
    column: int


NOWHERE: Final = Written("", 0, 0)


def written() -> Written:
    """The call in the author's file that led here, past all frames of this package."""
    frame = inspect.currentframe()
    while frame is not None and _name(frame).startswith(_OURS):
        frame = frame.f_back
    return NOWHERE if frame is None else _place(frame)


def _name(frame: FrameType) -> str:
    name = cast("object", frame.f_globals.get("__name__"))
    return name if isinstance(name, str) else ""


def _place(frame: FrameType) -> Written:
    # Since Python 3.11 each instruction, of two bytes, knows the text that it was made of.
    code, at = frame.f_code, frame.f_lasti // 2
    for index, (line, _, column, _) in enumerate(code.co_positions()):  # one for each instruction
        if index == at:
            return Written(code.co_filename, line or frame.f_lineno, (column or 0) + 1)
    return Written(code.co_filename, frame.f_lineno, 1)
