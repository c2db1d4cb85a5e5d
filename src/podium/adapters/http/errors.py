"""What an HTTP request can end with instead of a response. No message holds a header or a query."""

from enum import StrEnum
from typing import ClassVar

from podium.kernel.errors import LimitReached, Refused, TimedOut, Unavailable


class ConnectFailed(Unavailable):
    """No connection: refused, no such host, or TLS did not hold. Nothing was sent."""

    code: ClassVar[str] = "connect_failed"


class BrokenOff(Unavailable):
    """The other side went away or spoke no HTTP after the request was sent."""

    code: ClassVar[str] = "broken_off"


class Phase(StrEnum):
    CONNECT = "connect"
    FIRST_BYTE = "first byte"
    BETWEEN_BYTES = "between bytes"
    TOTAL = "total"


class DeadlinePassed(TimedOut):
    """A phase took longer than it may."""

    def __init__(self, message: str, phase: Phase) -> None:
        super().__init__(message)
        self.phase: Phase = phase


class TooLarge(LimitReached):
    """The response is larger than was asked for."""

    code: ClassVar[str] = "response_too_large"


class EgressRefused(Refused):
    """The address is one that requests may not go to."""

    code: ClassVar[str] = "egress_refused"
