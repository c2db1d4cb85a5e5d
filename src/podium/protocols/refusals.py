"""What an HTTP error of a provider says, as a Failure without keys."""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from podium.gateway.errors import MESSAGE_LIMIT, Failure
from podium.gateway.models import Outcome
from podium.kernel.json import Json
from podium.protocols.bodies import json_object

_KEYS = re.compile(r"\b(?:sk|gsk|rk|pk|hf|xai|AIza)[-_][A-Za-z0-9_\-*.]{6,}|Bearer\s+\S+")
_LONGEST_RETRY = 86_400.0
_ADVICE = {
    401: "Check its API key",
    402: "Check its billing",
    403: "Check what its API key may do",
    404: "Check the model's name and the base_url",
}


def clean(text: str, secret: str) -> str:
    """One line of bounded length without the secret or anything that looks like a key."""
    if secret:
        text = text.replace(secret, "[key]")
    return " ".join(_KEYS.sub("[key]", text).split())[:MESSAGE_LIMIT]


def refusal(
    provider: str, status: int, headers: Mapping[str, str], *, body: bytes, secret: str
) -> Failure:
    """From a response with an error status; the body may be anything."""
    said, code = _said(body)
    advice = f" {_ADVICE[status]}." if status in _ADVICE else ""
    message = clean(f"Provider '{provider}' answered {status}: {said or 'no reason given'}", secret)
    return Failure(
        Outcome.STATUS, f"{message}.{advice}".replace("..", "."), status, code, retry_after(headers)
    )


def error_in_stream(provider: str, error: Json, *, secret: str) -> Failure:
    """From an `error` object inside a stream; its code is a status with some providers."""
    said, code = _from_error(error)
    status = int(code) if code.isdecimal() and len(code) == len("500") else 0
    message = clean(f"Provider '{provider}' broke off: {said or 'no reason given'}", secret)
    return Failure(Outcome.STATUS if status else Outcome.BROKEN, message, status, code)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from `retry-after-ms` (OpenAI) or Retry-After; its date counts from the response's
    own Date, so that no clock has to agree. None where it is absent or makes no sense.
    """
    millis = _seconds(headers.get("retry-after-ms", ""))
    if millis is not None:
        return min(millis / 1000, _LONGEST_RETRY)
    value = headers.get("retry-after", "")
    seconds = _seconds(value)
    if seconds is None:
        seconds = _until(value, headers.get("date", ""))
    return None if seconds is None else min(seconds, _LONGEST_RETRY)


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text.strip()) else None


def _until(then: str, now: str) -> float | None:
    try:
        wait = parsedate_to_datetime(then) - parsedate_to_datetime(now)
    except (ValueError, TypeError):
        return None
    return max(0.0, wait.total_seconds())


def _said(body: bytes) -> tuple[str, str]:
    """Message and code: OpenAI's `error` object, a bare string, FastAPI's `detail`, or the text."""
    content = json_object(body)
    if content is None:
        return body[:MESSAGE_LIMIT].decode("utf-8", "replace"), ""
    for key in ("error", "detail", "message"):
        if key in content:
            return _from_error(content[key])
    return "", ""


def _from_error(error: Json) -> tuple[str, str]:
    if not isinstance(error, Mapping):
        return (error if isinstance(error, str) else str(error)), ""
    message = error.get("message") or error.get("detail") or ""
    code = error.get("code") or error.get("type") or ""
    return str(message), str(code)[:80]
