"""The keys in the state folder: 32 random bytes each, readable by their owner alone."""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from podium.kernel.clock import Chance
from podium.kernel.errors import Invalid

_BYTES: Final = 32


def mask_key(folder: Path, chance: Chance) -> bytes:
    """Keys the placeholders of `mask`: the same value has the same placeholder for years."""
    return _key(folder / "mask.key", chance, "masked values get new placeholders")


def sign_in_key(folder: Path, chance: Chance) -> bytes:
    """Seals the secrets of second factors."""
    return _key(folder / "sign-in.key", chance, "people add their second factors again")


def _key(path: Path, chance: Chance, loss: str) -> bytes:
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
            f"Restore it from a backup; or remove it, then {loss}."
        )
    return key
