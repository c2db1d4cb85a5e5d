"""The secret of this installation's placeholders."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from podium.kernel.clock import Chance
from podium.kernel.errors import Invalid

_BYTES: Final = 32


def mask_key(folder: Path, chance: Chance) -> bytes:
    """Keys the placeholders of `mask`: the same value has the same placeholder for years."""
    path = folder / "mask.key"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _ = file.write(chance.token(_BYTES))
        with suppress(FileExistsError):
            os.link(fresh, path)  # whole or not at all, and the first process wins
        fresh.unlink()
    key = path.read_bytes()
    if len(key) != _BYTES:
        raise Invalid(
            f"{path} is damaged: it has {len(key)} bytes instead of {_BYTES}. "
            f"Restore it from a backup; or remove it, then masked values get new placeholders."
        )
    return key
