"""HTTP digest authentication, RFC 7616: its challenges, and the answers to them.

Our own, because the one that aiohttp has looks at the first challenge only, lacks SHA-512-256 and
follows `domain` to other hosts; and because here the RFC's own examples can be tests.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from podium.workflows.calls.authentication.policies import Digest

_HASHES: Final = {"SHA-512-256": "sha512_256", "SHA-256": "sha256", "MD5": "md5"}
"""Strongest first."""
_STRENGTH: Final = tuple(_HASHES)
_SESSION: Final = "-SESS"
_MOST: Final = 16_384
_GAP: Final = re.compile(r"[\s,]*")
_PART: Final = re.compile(
    r"([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*=[ \t]*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,\"]*)))?"
)
_ESCAPED: Final = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Challenge:
    """`algorithm` as the server spells it; `qop` is auth, auth-int or empty (RFC 2069)."""

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: str = ""
    opaque: str = ""
    stale: bool = False
    hashes_user: bool = False

    @property
    def hash(self) -> str:
        return self.algorithm.upper().removesuffix(_SESSION)

    @property
    def session(self) -> bool:
        return self.algorithm.upper().endswith(_SESSION)


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that is to be answered for; `uri` is what stands in its first line."""

    method: str
    uri: str
    body: bytes = b""


def challenge(header: str) -> Challenge | None:
    """The strongest digest challenge of a WWW-Authenticate header, which may hold several."""
    offered = [each for each in map(_challenge, _schemes(header[:_MOST])) if each is not None]
    return min(offered, key=lambda each: _STRENGTH.index(each.hash), default=None)


def _schemes(header: str) -> list[dict[str, str]]:
    """The parameters of each digest challenge. A name without a value begins a new scheme."""
    found: list[dict[str, str]] = []
    members: dict[str, str] = {}
    place = 0
    while place < len(header):
        gap = _GAP.match(header, place)
        place = gap.end() if gap else place
        part = _PART.match(header, place)
        if part is None:
            place += 1
            continue
        place = part.end()
        name, quoted, plain = part.group(1).lower(), part.group(2), part.group(3)
        if quoted is None and plain is None:
            members = {}
            if name == "digest":
                found.append(members)
        else:
            value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else plain
            _ = members.setdefault(name, value)
    return found


def _challenge(members: dict[str, str]) -> Challenge | None:
    qops = {each.strip().lower() for each in members.get("qop", "").split(",")} - {""}
    usable = [each for each in ("auth", "auth-int") if each in qops]
    made = Challenge(
        realm=members.get("realm", ""),
        nonce=members.get("nonce", ""),
        algorithm=members.get("algorithm", "MD5"),
        qop=usable[0] if usable else "",
        opaque=members.get("opaque", ""),
        stale=members.get("stale", "").lower() == "true",
        hashes_user=members.get("userhash", "").lower() == "true",
    )
    if "realm" not in members or not made.nonce or made.hash not in _HASHES:
        return None
    return None if qops and not usable else made


def answer(challenge: Challenge, login: Digest, asked: Asked, *, count: int, cnonce: str) -> str:
    """The value of an Authorization header. `count` is how often this nonce has been used."""
    user = login.username
    first = _digest(challenge, f"{user}:{challenge.realm}:{login.password}")
    if challenge.session:
        first = _digest(challenge, f"{first}:{challenge.nonce}:{cnonce}")
    second = f"{asked.method}:{asked.uri}"
    if challenge.qop == "auth-int":
        second = f"{second}:{_digest(challenge, asked.body)}"
    second = _digest(challenge, second)
    times = f"{count:08x}"
    middle = [challenge.nonce]
    if challenge.qop:
        middle += [times, cnonce, challenge.qop]
    response = _digest(challenge, ":".join([first, *middle, second]))
    if challenge.hashes_user:
        user = _digest(challenge, f"{user}:{challenge.realm}")
    members = [
        f"username={_quoted(user)}" if user.isascii() else f"username*=UTF-8''{quote(user, '')}",
        f"realm={_quoted(challenge.realm)}",
        f"nonce={_quoted(challenge.nonce)}",
        f"uri={_quoted(asked.uri)}",
        f"response={_quoted(response)}",
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.opaque:
        members.append(f"opaque={_quoted(challenge.opaque)}")
    if challenge.qop:
        members += [f"qop={challenge.qop}", f"nc={times}", f"cnonce={_quoted(cnonce)}"]
    if challenge.hashes_user:
        members.append("userhash=true")
    return "Digest " + ", ".join(members)


def _digest(challenge: Challenge, text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode(errors="replace")
    # The server chooses the algorithm; MD5 is what most of them still have.
    return hashlib.new(_HASHES[challenge.hash], data, usedforsecurity=False).hexdigest()


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
