"""Ed25519 keys that sign checkpoints, spelled as signed notes have them.

Source: C2SP signed-note (https://c2sp.org/signed-note): a public key is
`name+hash+base64(0x01 || key)`, its hash the first four bytes of SHA-256 over name, LF, 0x01, key.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from podium.kernel.errors import Invalid

_ED25519: Final = b"\x01"
_BYTES: Final = 32
_HASH_BYTES: Final = 4


def _hash(name: str, raw: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + raw).digest()[:_HASH_BYTES]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """`name` is that of the trail, which all its keys share."""

    name: str
    raw: bytes

    @property
    def id(self) -> bytes:
        return _hash(self.name, self.raw)

    def __str__(self) -> str:
        encoded = base64.b64encode(_ED25519 + self.raw).decode()
        return f"{self.name}+{self.id.hex()}+{encoded}"

    def has_signed(self, text: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def read_public_key(text: str) -> PublicKey:
    """Raises Invalid."""
    name, _, rest = text.strip().partition("+")
    hashed, _, encoded = rest.partition("+")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    key = PublicKey(name, raw[1:])
    if not name or len(raw) != _BYTES + 1 or raw[:1] != _ED25519 or key.id.hex() != hashed:
        raise Invalid(
            f"'{text.strip()[:60]}' is no public key of an audit trail. It looks like "
            "podium-1a2b3c+1a2b3c4d+Aa…=; `podium audit key` prints it."
        )
    return key


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`public` is its other half; the private one shows itself nowhere."""

    public: PublicKey
    private: Ed25519PrivateKey

    def sign(self, text: bytes) -> bytes:
        return self.private.sign(text)

    def __repr__(self) -> str:
        return f"SigningKey({self.public})"


def name_of(private: Ed25519PrivateKey) -> str:
    """What a trail is called that this key is the first to sign."""
    return f"podium-{hashlib.sha256(private.public_key().public_bytes_raw()).hexdigest()[:12]}"


def signing_key(private: Ed25519PrivateKey, name: str) -> SigningKey:
    return SigningKey(PublicKey(name, private.public_key().public_bytes_raw()), private)


def read_private_key(pem: bytes, place: str) -> Ed25519PrivateKey:
    """PKCS #8 in PEM, without a password. Raises Invalid, which says the place and nothing of the
    key.
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Invalid(
            f"{place} holds no Ed25519 private key in PEM. Make one with "
            "`openssl genpkey -algorithm ed25519`, or restore it from a backup."
        )
    return key
