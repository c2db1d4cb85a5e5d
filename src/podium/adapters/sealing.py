"""Small secrets at rest: AES-256-GCM, each bound to what it is about."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from podium.kernel.clock import Chance
from podium.kernel.errors import Unavailable

_NONCE = 12


class KeySealer:
    """A `Sealer` with one key of 32 bytes."""

    def __init__(self, key: bytes, chance: Chance) -> None:
        self._cipher: AESGCM = AESGCM(key)
        self._chance: Chance = chance

    def seal(self, secret: bytes, about: str) -> str:
        nonce = self._chance.token(_NONCE)
        return urlsafe_b64encode(
            nonce + self._cipher.encrypt(nonce, secret, about.encode())
        ).decode()

    def open(self, sealed: str, about: str) -> bytes:
        try:
            raw = urlsafe_b64decode(sealed)
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
        except (InvalidTag, NotBase64, ValueError):
            raise Unavailable(
                "A stored secret cannot be opened: this podium has another sign-in.key in its "
                "state folder than the one that wrote it. Put that file back."
            ) from None
