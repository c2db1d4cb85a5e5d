"""Token endpoints, files and a clock as tests want them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from podium.adapters.http.client import HttpRequest
from podium.adapters.http.exchange import HttpResponse


class StillClock:
    def __init__(self, now: float = 1_440_938_160.0) -> None:
        """2015-08-30T12:36:00Z, the moment of AWS's test suite."""
        self.time = now

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds


@dataclass
class Scripted:
    """Answers in order; what was asked is kept."""

    answers: list[tuple[int, object]]
    asked: list[HttpRequest] = field(default_factory=list[HttpRequest])

    async def request(  # noqa: PLR0913 - as the HTTP client has it
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        query: Mapping[str, str],
        body: bytes | None,
        deadline: float,
        max_bytes: int,
        follow_redirects: bool,
    ) -> HttpResponse:
        assert deadline > 0
        assert max_bytes > 0
        assert not follow_redirects
        self.asked.append(HttpRequest(method, url, headers, query, body))
        status, said = self.answers.pop(0)
        text = said if isinstance(said, str) else json.dumps(said)
        return HttpResponse(status, {}, text.encode(), url, method)


def NoHttp() -> Scripted:  # noqa: N802 - stands for a class
    return Scripted([])


@dataclass
class Written:
    files: dict[str, str]

    async def text(self, path: str) -> str:
        if path not in self.files:
            raise FileNotFoundError(2, "No such file or directory")
        return self.files[path]

    def has(self, path: str) -> bool:
        return path in self.files


def NoFiles() -> Written:  # noqa: N802 - stands for a class
    return Written({})
