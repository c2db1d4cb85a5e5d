"""Each fault of an upstream, and what the caller of a real podium sees of it.

Every fault is met four times: by a whole answer and by a stream, each by a model alone and by a
route with a second model. `python -m tests.service.resilience` writes what was seen to
docs/reference/resilience.md.
"""

import http.client
import json
import socket
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Final, cast
from urllib.parse import urlsplit

from tests.certificates import localhost
from tests.service.drill import Object, Place, podium_in, until
from tests.service.faults import FAULTS, OF_STREAMS, bomb
from tests.service.faulty_upstream import FaultyUpstream, faulty

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "resilience.md"
GIGANTIC: Final = frozenset(name for name in FAULTS if "1 GB" in name or "bomb" in name)
AT_ONCE: Final = 4
TOTAL: Final = 25.0
"""Seconds that a call may take in all, by the configuration here."""
ELSEWHERE: Final = {
    "nobody listens": "closed",
    "a certificate that nobody trusts": "untrusted",
    "plain HTTP where TLS is expected": "plain",
    "a TLS handshake without an answer": "silent",
}
"""Faults that are no answers: each has a provider of its own."""
UNSHOWN: Final = frozenset({"none", "slow", "a connection that closes after its answer"})
"""No faults for who makes one call."""
PLAYED: Final = (*ELSEWHERE, *(name for name in FAULTS if name not in UNSHOWN))
KINDS: Final = ("whole", "stream")
CASES: Final = tuple(
    (name, kind) for name in PLAYED for kind in KINDS if kind == "stream" or name not in OF_STREAMS
)
_MANY: Final = 100

HEAD: Final = f"""version: 1
gateway:
  retries: 1
  timeouts: {{connect: 2s, first_token: 3s, between_tokens: 3s, total: {TOTAL:g}s}}
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of one call. `text` is what the caller has of the answer."""

    status: int
    text: str = ""
    error: str = ""
    whole: bool = False
    seconds: float = 0.0

    @property
    def row(self) -> str:
        if self.status != http.client.OK:
            return f"{self.status} `{self.error}`"
        if self.error:
            return f"`{self.text.partition(' ')[0]}`, then the error `{self.error}`"
        who = self.text.rpartition(" ")[2]
        end = "" if self.whole else ", and no end"
        return f"the answer of the {'second' if who.endswith('-2') else 'first'}{end}"


@dataclass(frozen=True, slots=True)
class Met:
    """One fault, met by a whole answer or a stream; `records` are those of the calls, by name."""

    fault: str
    kind: str
    alone: Seen
    routed: Seen
    records: Mapping[str, Object]

    @property
    def row(self) -> str:
        cells = (self.fault, self.kind, self.alone.row, self.routed.row, self.said)
        return f"| {' | '.join(cells)} |"

    @property
    def said(self) -> str:
        record = self.records[f"{slug_of(self.fault)}-{self.kind}-route"]
        tried = [
            f"{one['status'] or one['outcome']}"
            for one in cast("Sequence[Mapping[str, object]]", record["attempts"])
        ]
        times = [(one, len(list(group))) for one, group in groupby(tried)]
        shown = ", ".join(
            f"{count} x {one}" if count > 1 and one != "timeout" else one for one, count in times
        )
        given = cast("int", record["output_tokens"])
        return f"{shown}: {record['input_tokens']} + {given if given < _MANY else 'many'} tokens"


def ask(place: Place, model: str, *, stream: bool = False) -> Seen:
    """One chat over the API, as a client of OpenAI's would."""
    connection, answer, began = send(place, model, stream=stream)
    try:
        if stream and answer.status == http.client.OK:
            seen = _streamed(answer)
        else:
            seen = _whole(answer.status, answer.read())
    finally:
        connection.close()
    took = time.monotonic() - began
    return replace(seen, seconds=took)


def send(
    place: Place, model: str, *, stream: bool = False, seconds: float = 60.0
) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse, float]:
    """A chat whose answer has begun."""
    assert place.told is not None
    address = urlsplit(place.told["url"])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=seconds)
    asked = {"model": model, "messages": [{"role": "user", "content": "Hello"}]}
    if stream:
        asked |= {"stream": True, "stream_options": {"include_usage": True}}
    head = {"Authorization": f"Bearer {place.told['token']}", "Content-Type": "application/json"}
    began = time.monotonic()
    connection.request("POST", "/v1/chat/completions", json.dumps(asked), head)
    try:
        return connection, connection.getresponse(), began
    except TimeoutError:
        connection.close()
        raise


def _whole(status: int, body: bytes) -> Seen:
    said = cast("Mapping[str, object]", json.loads(body))
    if status != http.client.OK:
        return Seen(status, error=_code(said))
    choices = cast("Sequence[Mapping[str, Mapping[str, object]]]", said["choices"])
    return Seen(status, str(choices[0]["message"]["content"]), whole=True)


def _streamed(answer: http.client.HTTPResponse) -> Seen:
    text, error, done = "", "", False
    with suppress(http.client.IncompleteRead, ConnectionError):
        while line := answer.readline():
            data = line.removeprefix(b"data: ").strip()
            if not line.startswith(b"data: "):
                continue
            if data == b"[DONE]":
                done = True
                continue
            said = cast("Mapping[str, object]", json.loads(data))
            if "error" in said:
                error = _code(said)
            choices = cast("Sequence[Mapping[str, Mapping[str, str]]]", said.get("choices", ()))
            for choice in choices:
                text += choice["delta"].get("content") or ""
    return Seen(200, text.strip(), error, whole=done and not error)


def _code(said: Mapping[str, object]) -> str:
    error = cast("Mapping[str, object]", said["error"])
    return str(error["code"])


def models(names: Sequence[str]) -> str:
    """A model alone and two of a route, for each name."""
    lines = ["models:"]
    for name in names:
        slug, provider = slug_of(name), ELSEWHERE.get(name, "faulty")
        for kind in KINDS:
            lines += [
                f"  {slug}-{kind}: {{provider: {provider}}}",
                f"  {slug}-{kind}-1: {{provider: {provider}}}",
                f"  {slug}-{kind}-2: {{provider: fine}}",
            ]
    return "\n".join(lines) + "\n"


def routes(names: Sequence[str]) -> str:
    lines = ["routes:"]
    for name in names:
        for kind in KINDS:
            route = f"{slug_of(name)}-{kind}"
            lines.append(f"  {route}-route: {{targets: [{route}-1, {route}-2]}}")
    return "\n".join(lines) + "\n"


def slug_of(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower()).strip("-")


@contextmanager
def theatre(
    folder: Path, more_models: str = "", more_routes: str = ""
) -> Generator[tuple[Place, FaultyUpstream]]:
    """A podium, and an upstream whose models play the fault that they are named after."""
    with (
        faulty(FAULTS) as upstream,
        faulty(FAULTS, tls=localhost(folder).serving()) as untrusted,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            closed = _port(taken)
        places = {
            "closed": f"http://127.0.0.1:{closed}",
            "untrusted": untrusted.url,
            "plain": upstream.url.replace("http:", "https:"),
            "silent": f"https://127.0.0.1:{_port(silent)}",
            "faulty": upstream.url,
            "fine": upstream.url,
        }
        _ = bomb()
        providers = "".join(
            f"  {name}: {{protocol: openai_chat, base_url: '{url}/v1', api_key_env: '', "
            "free: true}\n"
            for name, url in places.items()
        )
        for name in FAULTS:
            for kind in KINDS:
                for end in ("", "-1"):
                    upstream.plays(f"{slug_of(name)}-{kind}{end}", name)
        targets = f"{models(PLAYED)}{more_models}{routes(PLAYED)}{more_routes}"
        with podium_in(folder, f"{HEAD}providers:\n{providers}{targets}") as place:
            _ = place.up()
            yield place, upstream


def _port(listening: socket.socket) -> int:
    return cast("tuple[str, int]", listening.getsockname())[1]


def perform(place: Place, memory: list[int]) -> dict[tuple[str, str], Met]:
    """All faults, a few at a time; those of a gigabyte one after the other, with `memory` before
    and after each of them.
    """
    names = [
        (f"{slug_of(fault)}-{kind}{end}", kind) for fault, kind in CASES for end in ("", "-route")
    ]
    seen: dict[str, Seen] = {}

    def one(name: str, kind: str) -> None:
        seen[name] = ask(place, name, stream=kind == "stream")

    gigantic = tuple(slug_of(fault) for fault in GIGANTIC)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        small = [each for each in names if not each[0].startswith(gigantic)]
        for done in [pool.submit(one, *each) for each in small]:
            done.result()
    for each in names:
        if each[0].startswith(gigantic):
            memory.append(place.resident())
            one(*each)
            memory.append(place.resident())
    records = _records(place, [name for name, _ in names])
    return {
        (fault, kind): Met(
            fault,
            kind,
            seen[f"{slug_of(fault)}-{kind}"],
            seen[f"{slug_of(fault)}-{kind}-route"],
            records,
        )
        for fault, kind in CASES
    }


def _records(place: Place, names: Sequence[str]) -> dict[str, Object]:
    def look() -> dict[str, Object] | None:
        found = {str(call["requested"]): call for call in place.calls()}
        return found if found.keys() >= set(names) else None

    return until("every call is recorded", look)


def page(met: Mapping[tuple[str, str], Met]) -> str:
    head = PAGE.read_text("utf-8").partition("| Fault |")[0]
    rows = "\n".join(one.row for one in met.values())
    return (
        f"{head}| Fault | of | Alone, the caller sees | With a second model | Recorded then |\n"
        f"|---|---|---|---|---|\n{rows}\n"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, theatre(Path(folder)) as (place, _):
        said = page(perform(place, []))
    _ = PAGE.write_text(said, "utf-8")
    print(said)  # noqa: T201 - a command


if __name__ == "__main__":
    main()
