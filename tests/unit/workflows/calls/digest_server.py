"""A server that asks for digest authentication and checks the answers by its own reckoning."""

import hashlib
import re
import secrets
from dataclasses import dataclass, field

from aiohttp import web

HASHES = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


@dataclass
class DigestServer:
    """Gives one challenge for each algorithm, in this order. A nonce holds `uses` times."""

    algorithms: tuple[str, ...] = ("SHA-256",)
    qop: str = "auth"
    username: str = "Mufasa"
    password: str = "Circle of Life"  # noqa: S105 - the RFC's
    realm: str = 'a "realm", of sorts'
    userhash: bool = False
    uses: int = 1000
    nonces: dict[str, int] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        header = request.headers.get("Authorization", "")
        why = self.trouble(request.method, request.raw_path, body, header)
        if why:
            self.refused.append(why)
            return web.Response(status=401, headers=self.challenges(stale=why == "stale"))
        return web.json_response({"authenticated": True, "path": request.path})

    def challenges(self, *, stale: bool) -> list[tuple[str, str]]:
        realm = self.realm.replace('"', '\\"')
        headers = [("WWW-Authenticate", 'Basic realm="x, y"'), ("WWW-Authenticate", "Negotiate")]
        for algorithm in self.algorithms:
            nonce = secrets.token_hex(16)
            self.nonces[nonce] = 0
            more = (f', qop="{self.qop}"' if self.qop else "") + (", stale=true" if stale else "")
            more += ", userhash=true" if self.userhash else ""
            value = f'Digest realm="{realm}", nonce="{nonce}", opaque="o/p", algorithm={algorithm}'
            headers.append(("WWW-Authenticate", value + more))
        return headers

    def trouble(self, method: str, target: str, body: bytes, header: str) -> str:  # noqa: PLR0911 - one a reason
        if not header.startswith("Digest "):
            return "no digest"
        found = {
            name: (quoted or plain).replace('\\"', '"')
            for name, quoted, plain in re.findall(
                r'(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^,\s]*))', header[7:]
            )
        }
        if found["uri"] != target or found["realm"] != self.realm or found["opaque"] != "o/p":
            return "not for this request"
        nonce = found["nonce"]
        if nonce not in self.nonces:
            return "no such nonce"
        if self.nonces[nonce] >= self.uses:
            return "stale"
        self.nonces[nonce] += 1
        if self.qop and int(found["nc"], 16) != self.nonces[nonce]:
            return "count"
        if found["response"] != self.response(found, method, body):
            return "response"
        return ""

    def response(self, found: dict[str, str], method: str, body: bytes) -> str:
        algorithm = found["algorithm"]
        name = HASHES[algorithm.removesuffix("-sess")]

        def h(text: str | bytes) -> str:
            data = text if isinstance(text, bytes) else text.encode()
            return hashlib.new(name, data).hexdigest()

        user = h(f"{self.username}:{self.realm}") if self.userhash else self.username
        if found["username"] != user:
            return "another user"
        one = h(f"{self.username}:{self.realm}:{self.password}")
        if algorithm.endswith("-sess"):
            one = h(f"{one}:{found['nonce']}:{found['cnonce']}")
        two = f"{method}:{found['uri']}"
        if found.get("qop") == "auth-int":
            two += f":{h(body)}"
        if not self.qop:
            return h(f"{one}:{found['nonce']}:{h(two)}")
        middle = f"{found['nonce']}:{found['nc']}:{found['cnonce']}:{found['qop']}"
        return h(f"{one}:{middle}:{h(two)}")
