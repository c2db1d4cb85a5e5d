"""What an HTTP error of a provider says, as a Failure without keys."""

import re
from collections.abc import Mapping
from dataclasses import replace
from email.utils import parsedate_to_datetime

from podium.gateway.errors import MESSAGE_LIMIT, Failure, UpstreamFailed
from podium.gateway.models import Outcome
from podium.kernel.json import Json
from podium.protocols.bodies import json_object

_KEYS = re.compile(r"\b(?:sk|gsk|rk|pk|hf|xai|AIza)[-_][A-Za-z0-9_\-*.]{6,}|Bearer\s+\S+")
_STATUSES = {
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "api_error": 500,
    "server_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_LONGEST_RETRY = 86_400.0
_UNAUTHORIZED = 401
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
    code = headers.get("x-amzn-errortype", code).partition(":")[0] or code
    if b"API_KEY_INVALID" in body:
        status = _UNAUTHORIZED  # Google says 400, as if the request were at fault
    advice = f" {_ADVICE[status]}." if status in _ADVICE else ""
    message = clean(f"Provider '{provider}' answered {status}: {said or 'no reason given'}", secret)
    return Failure(
        Outcome.STATUS, f"{message}.{advice}".replace("..", "."), status, code, retry_after(headers)
    )


def malformed(what: str) -> UpstreamFailed:
    """A wire format knows no provider: `what` is half a sentence ("its answer has no 'choices'"),
    which `told_of` completes.
    """
    return UpstreamFailed(Failure(Outcome.MALFORMED, what))


def broken(error: Json) -> UpstreamFailed:
    """An `error` that a wire format found inside a stream, for `told_of` to complete."""
    said, code = _from_error(error)
    status = _status(code)
    outcome = Outcome.STATUS if status else Outcome.BROKEN
    return UpstreamFailed(Failure(outcome, said or "no reason given", status, code))


def told_of(provider: str, failed: UpstreamFailed, *, secret: str) -> UpstreamFailed:
    """What a wire format found wrong, as a sentence about the provider and without its key."""
    failure = failed.failure
    verb = "cannot be understood" if failure.outcome is Outcome.MALFORMED else "broke off"
    said = clean(f"Provider '{provider}' {verb}: {failure.message.rstrip('.')}.", secret)
    return UpstreamFailed(replace(failure, message=said))


def error_in_stream(provider: str, error: Json, *, secret: str) -> Failure:
    """From an `error` object inside a stream; its code is a status with some providers."""
    return told_of(provider, broken(error), secret=secret).failure


def _status(code: str) -> int:
    """A status as a code, or Anthropic's word for it; 0 where it is neither."""
    if code.isascii() and code.isdecimal() and len(code) == len("500"):
        return int(code)
    return _STATUSES.get(code, 0)


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
