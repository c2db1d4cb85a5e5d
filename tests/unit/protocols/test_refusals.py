import pytest

from podium.gateway.models import Outcome
from podium.protocols.refusals import clean, error_in_stream, refusal, retry_after


def test_the_providers_reason_and_code_are_kept():
    body = b'{"error": {"message": "Too many tokens.", "code": "context_length_exceeded"}}'

    failure = refusal("openai", 400, {}, body=body, secret="")

    assert failure.message == "Provider 'openai' answered 400: Too many tokens."
    assert (failure.status, failure.code) == (400, "context_length_exceeded")


MINE = "top5ecret"


def test_a_wrong_key_is_named_as_such_but_never_quoted():
    body = b'{"error": {"message": "Incorrect API key provided: sk-verysecret123456. x top5ecret"}}'

    failure = refusal("openai", 401, {}, body=body, secret=MINE)

    assert "secret" not in failure.message.replace("[key]", "")
    assert MINE not in failure.message
    assert failure.message.endswith("Check its API key.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>\nBad   gateway</html>", "<html> Bad gateway</html>"),
        (b'{"detail": "Not here"}', "Not here"),
        (b'{"error": "busy"}', "busy"),
        (b"", "no reason given"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"[[[[", "[[[["),
    ],
)
def test_any_body_makes_a_message(body, said):
    assert said in refusal("p", 502, {}, body=body, secret="").message


def test_messages_are_bounded():
    assert len(clean("x" * 10_000, "")) == 500


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        (
            {
                "retry-after": "Sun, 22 Nov 2026 08:00:30 GMT",
                "date": "Sun, 22 Nov 2026 08:00:00 GMT",
            },
            30.0,
        ),
        ({"retry-after": "Sun, 22 Nov 2026 08:00:30 GMT"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "999999999"}, 86_400.0),
        ({}, None),
    ],
)
def test_retry_after_is_read_in_all_its_spellings(headers, seconds):
    assert retry_after(headers) == seconds


def test_an_error_inside_a_stream_may_carry_a_status():
    overloaded = error_in_stream("p", {"message": "busy", "code": 503}, secret="")
    assert (overloaded.outcome, overloaded.status) == (Outcome.STATUS, 503)
    assert error_in_stream("p", "oops", secret="").outcome is Outcome.BROKEN


def test_amazons_code_comes_in_a_header_and_googles_bad_key_is_no_bad_request():
    amazon = refusal(
        "b",
        400,
        {"x-amzn-errortype": "ValidationException:http://internal.example/"},
        body=b'{"message": "no"}',
        secret="",
    )
    details = b'"details": [{"reason": "API_KEY_INVALID"}]'
    reason = b'{"error": {"code": 400, "message": "bad key", ' + details + b"}}"
    google = refusal("g", 400, {}, body=reason, secret="")

    assert (amazon.status, amazon.code) == (400, "ValidationException")
    assert google.status == 401
    assert "Check its API key" in google.message
