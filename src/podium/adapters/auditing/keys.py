"""The key that signs checkpoints: made at the first start, in the state folder, or given."""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from podium.governance.audit.keys import (
    PublicKey,
    SigningKey,
    name_of,
    read_private_key,
    read_public_key,
    signing_key,
)
from podium.kernel.errors import Invalid, Unavailable

KEY: Final = "audit.key"
_NEW: Final = "audit.key.new"
PUBLIC: Final = "audit.pub"
"""The first public key of the trail: from it all signatures can be followed."""


class FileKeys:
    """A `KeyRing` in a folder. PEM, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder: Path = folder

    def keys(self, name: str | None) -> Sequence[SigningKey]:
        """Raises Invalid for a file that holds no key, Unavailable for a disk that takes none."""
        if not (self._folder / KEY).exists():
            if name is not None:
                raise Invalid(
                    f"{self._folder / KEY} is missing, with which the audit trail {name} is "
                    "signed. Restore it from a backup."
                )
            _write(self._folder / KEY, Ed25519PrivateKey.generate())
        found = [_read(self._folder / KEY)]
        if (self._folder / _NEW).exists():
            found.append(_read(self._folder / _NEW))
        return [signing_key(private, name or name_of(found[0])) for private in found]

    def successor(self, name: str) -> SigningKey:
        fresh = Ed25519PrivateKey.generate()
        with suppress(FileNotFoundError):
            (self._folder / _NEW).unlink()
        _write(self._folder / _NEW, fresh)
        return signing_key(fresh, name)

    def promote(self) -> None:
        _ = (self._folder / _NEW).replace(self._folder / KEY)


class GivenKey:
    """A `KeyRing` of one key out of a secret, for several processes over one database."""

    def __init__(self, pem: str) -> None:
        self._private: Ed25519PrivateKey = read_private_key(pem.encode(), "audit.key")

    def keys(self, name: str | None) -> Sequence[SigningKey]:
        return [signing_key(self._private, name or name_of(self._private))]

    def successor(self, name: str) -> SigningKey:
        raise Invalid(
            f"The key of {name} is given by audit.key in podium.yaml: podium cannot make the next "
            "one. Only keys in the state folder are rotated."
        )

    def promote(self) -> None:
        """There is none."""


def trusted(folder: Path, first: PublicKey) -> PublicKey:
    """The first key of the trail as this folder has always known it. Raises Invalid."""
    path = folder / PUBLIC
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        _ = fresh.write_text(f"{first}\n")
        with suppress(FileExistsError):
            os.link(fresh, path)  # whole or not at all, and the first process wins
        fresh.unlink()
    return read_public_key(path.read_text())


def _read(path: Path) -> Ed25519PrivateKey:
    return read_private_key(path.read_bytes(), str(path))


def _write(path: Path, key: Ed25519PrivateKey) -> None:
    """Whole or not at all; another process may be faster."""
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            _ = file.write(pem)
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    except OSError as error:
        raise Unavailable(f"{path} cannot be written: {error.strerror}.") from error
