"""Moments as expressions see them: the specification's date-time descriptor."""

from datetime import UTC, datetime

from podium.kernel.json import JsonObject


def moment(at: float) -> JsonObject:
    """`at` is in seconds since 1970."""
    milliseconds = int(at * 1000)
    written = datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "iso8601": written.replace("+00:00", "Z"),
        "epoch": {"seconds": milliseconds // 1000, "milliseconds": milliseconds},
    }
