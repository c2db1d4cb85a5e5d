"""The target at which a session stays: nothing is stored, every process finds the same one."""

from hashlib import blake2b
from math import log

from podium.gateway.models import Target


def home(session: str, targets: tuple[Target, ...]) -> Target:
    """Weighted rendezvous hashing (Thaler and Ravishankar 1998; weights by Wang and Ravishankar).

    Where a target leaves, only its own sessions move; where one comes, it takes its share of all.
    """
    return max(targets, key=lambda target: _score(session, target))


def _score(session: str, target: Target) -> float:
    text = f"{session}\0{target.model.name}".encode("utf-8", "surrogatepass")
    number = int.from_bytes(blake2b(text, digest_size=8).digest(), "big")
    return -target.weight / log((number + 1) / (2**64 + 2))
