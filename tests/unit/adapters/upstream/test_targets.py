"""What may be sent: nothing that is given can end a line of the head or begin another request."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podium.adapters.http.client import HttpRequest
from podium.adapters.upstream.target import target, target_of
from podium.kernel.errors import Invalid

URL = "https://api.example/v1/x"
CONTROLS = ["\r", "\n", "\r\nX: y", "\0", "\x0b", "\x7f"]


@pytest.mark.parametrize("evil", CONTROLS)
def test_a_header_cannot_hold_a_line_break_or_another_control_character(evil):
    with pytest.raises(Invalid, match="header 'X-Key' holds a line break") as refused:
        target("POST", URL, {"X-Key": f"SECRET{evil}"})
    assert "SECRET" not in str(refused.value)

    with pytest.raises(Invalid, match="The name of a header") as refused:
        target("POST", URL, {f"SECRET{evil}": "a"})
    assert "SECRET" not in str(refused.value)

    with pytest.raises(Invalid):
        target("POST", URL).head_for(1, {"X-Key": f"a{evil}"})


@pytest.mark.parametrize("name", ["", "a b", "a:b", "ä"])
def test_the_name_of_a_header_is_a_token(name):
    with pytest.raises(Invalid, match="The name of a header"):
        target("POST", URL, {name: "a"})


@pytest.mark.parametrize("name", ["Content-Length", "transfer-encoding", "Connection", "Upgrade"])
def test_how_a_message_is_framed_is_nobody_elses_business(name):
    with pytest.raises(Invalid, match=f"'{name}' is set by podium"):
        target("POST", URL, {name: "1"})


def test_half_a_character_cannot_be_sent():
    with pytest.raises(Invalid, match="half a character"):
        target("POST", URL, {"A": "\ud800"})


@pytest.mark.parametrize("method", ["", "GET /", "GET\r\n", "GÄT"])
def test_a_method_is_a_token(method):
    with pytest.raises(Invalid, match="The method or the path"):
        target(method, URL)


@pytest.mark.parametrize(
    "url", ["ftp://a/", "nowhere", "http://", "http://u:p@a/", "http://a:99999/"]
)
def test_only_addresses_of_http_can_be_called(url):
    with pytest.raises(Invalid):
        target("GET", url)


@given(st.text(max_size=30), st.text(max_size=30))
def test_whatever_a_url_holds_the_head_stays_one_head(path, query):
    asked = HttpRequest("GET", f"http://a.example/{path}", {}, {"q": query})
    try:
        head = target_of(asked).head_for(0)
    except Invalid:
        return
    lines = head.split(b"\r\n")
    assert len(lines) == 7
    assert lines[-2:] == [b"", b""]
    assert lines[0].count(b" ") == 2
    assert all(0x20 <= byte < 0x7F for line in lines for byte in line)


def test_a_url_that_is_encoded_goes_out_byte_for_byte():
    head = target("GET", "http://a.example/a%2Fb,c?d=%2C&e").head
    assert head.startswith(b"GET /a%2Fb,c?d=%2C&e HTTP/1.1\r\nHost: a.example\r\n")


@pytest.mark.parametrize(
    ("url", "host", "origin"),
    [
        ("http://a.example", b"a.example", ("a.example", 80)),
        ("https://a.example:443/", b"a.example", ("a.example", 443)),
        ("https://a.example:8443/", b"a.example:8443", ("a.example", 8443)),
        ("http://[::1]:80/", b"[::1]", ("::1", 80)),
        ("http://ä.example/", b"xn--4ca.example", ("xn--4ca.example", 80)),
    ],
)
def test_an_origin_is_scheme_host_and_port(url, host, origin):
    made = target("GET", url)
    assert f"Host: {host.decode()}\r\n".encode() in made.head
    assert (made.origin.host, made.origin.port) == origin


def test_the_same_origin_has_the_same_name_however_it_is_written():
    names = {
        target("GET", url).origin.name
        for url in ("https://A.example", "https://a.example:443/x", "HTTPS://a.example/y?z")
    }
    assert len(names) == 1


def test_what_is_given_takes_the_place_of_what_is_always_sent():
    head = target("GET", URL, {"host": "b.example", "USER-AGENT": "me"}).head
    assert head.count(b"\r\n") == 5
    assert b"host: b.example\r\n" in head
    assert b"USER-AGENT: me\r\n" in head


def test_a_key_is_not_in_the_repr():
    assert "SECRET" not in repr(target("POST", URL, {"Authorization": "Bearer SECRET"}))


@pytest.mark.parametrize(
    ("method", "headers", "may"),
    [
        ("GET", {}, True),
        ("PUT", {}, True),
        ("POST", {}, False),
        ("PATCH", {}, False),
        ("POST", {"idempotency-KEY": "1"}, True),
    ],
)
def test_a_request_may_be_sent_again_where_that_does_no_harm(method, headers, may):
    assert target(method, URL, headers).repeatable is may
