"""Lengths of time as people write them: 500ms, 30s, 15m, 24h, 7d."""

import re

PATTERN = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}


def seconds(text: str) -> float | None:
    """None where it is no such length."""
    found = re.match(PATTERN, text)
    if found is None:
        return None
    unit = found.group(2)
    return float(text.strip().removesuffix(unit)) * _UNITS[unit]
