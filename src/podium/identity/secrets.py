"""How secrets are spelled and kept: a prefix that says what it is and 256 random bits; only its
SHA-256 is stored.
"""

import hashlib
from base64 import urlsafe_b64encode

from podium.identity.ports import CredentialKind
from podium.kernel.clock import Chance

PREFIXES = {
    CredentialKind.INVITATION: "pdi_",
    CredentialKind.SESSION: "pds_",
    CredentialKind.API_KEY: "pdm_",
}
_SHOWN = 8
"""Of 47 characters, so that people tell keys apart: 24 of 256 bits are no help to who guesses."""


def new_secret(kind: str, chance: Chance) -> str:
    return PREFIXES[kind] + urlsafe_b64encode(chance.token(32)).decode().rstrip("=")


def sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()


def kind_of(secret: str) -> str:
    """Of what may sign in: a session, or else an API key."""
    is_session = secret.startswith(PREFIXES[CredentialKind.SESSION])
    return CredentialKind.SESSION if is_session else CredentialKind.API_KEY


def hint_of(secret: str) -> str:
    """How it begins."""
    return secret[:_SHOWN]
