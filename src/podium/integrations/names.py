"""What to say about a name that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches

from podium.kernel.errors import NotFound


def unknown(kind: str, name: str, known: Iterable[str], *, where: str) -> NotFound:
    """The error with names that look alike, or all names; `where` says where to add one."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3)
    if near:
        hint = f"Did you mean {' or '.join(repr(one) for one in near)}?"
    elif names:
        hint = f"There are: {', '.join(names[:20])}."
    else:
        hint = f"There is none yet; add it under {where}."
    return NotFound(f"There is no {kind} {name!r}. {hint}", details={"near": near})
