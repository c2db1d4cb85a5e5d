"""What became of calls, kept in a list."""

from podium.gateway.models import CallRecord


class Records:
    def __init__(self) -> None:
        self.kept: list[CallRecord] = []

    def record(self, record: CallRecord) -> None:
        self.kept.append(record)
