"""`call: http` against a real server on loopback."""

import base64
import json
from urllib.parse import parse_qs

import pytest
from tests.unit.workflows.calls.loopback import a_call, answers, calling, parts, site

from podium.kernel.errors import Invalid, Unavailable
from podium.workflows.calls.http import HttpCall

pytestmark = pytest.mark.anyio


async def test_the_content_of_a_json_answer_is_its_value():
    async with site(answers({"id": 1, "name": "Rex"})) as server, calling() as call:
        assert await call(endpoint=f"{server.url}/pet/1") == {"id": 1, "name": "Rex"}
    assert (server.last.method, server.last.target) == ("GET", "/pet/1")


async def test_the_endpoint_is_a_template_over_the_tasks_input():
    async with site(answers([])) as server, calling() as call:
        await call(
            endpoint={"uri": f"{server.url}/pet/{{id}}?status={{status}}"},
            input={"id": 17, "status": ["a b", "c/d?&="]},
        )
    assert server.last.target == "/pet/17?status=a%20b,c%2Fd%3F%26%3D"


@pytest.mark.parametrize(
    ("template", "target"),
    [
        ("/p{/a,b}", "/p/x/y%20z"),
        ("/p{?a,missing,list*}", "/p?a=x&list=1&list=2"),
        ("/p?k=v{&a}", "/p?k=v&a=x"),
        ("/p/{+url}", "/p/http://h/i"),
        ("/p/{a}{b}", "/p/xy%20z"),
        ("/p/{flag}/{number}", "/p/true/1.5"),
        ("/p/{word:2}", "/p/%C3%BCb"),
        ('/p?q={"not": "a place"}', "/p?q=%7B%22not%22:%20%22a%20place%22%7D"),
    ],
)
async def test_templates_are_those_of_rfc_6570(template, target):
    values = {
        "a": "x",
        "b": "y z",
        "list": [1, 2],
        "url": "http://h/i",
        "flag": True,
        "number": 1.5,
        "word": "über",
    }
    async with site(answers({})) as server, calling() as call:
        await call(endpoint=server.url + template, input=values)
    assert server.last.target == target


@pytest.mark.parametrize(
    ("template", "input", "says"),
    [
        ("/pet/{petId}", {"id": 1}, r"names \{petId\}, but the input has id"),
        ("/pet/{petId}", None, "but the input has nothing"),
        ("/pet/{petId}", {"petId": None}, "names {petId}"),
        ("/pet/{petId}", {"petId": ""}, "needs a value"),
        ("/pet/{petId}/x", {"petId": ".."}, "another place"),
        ("/pet/{a}{b}", {"a": ".", "b": "."}, "another place"),
        ("/pet/{a}", {"a": [[1]]}, "'a' holds a list"),
        ("/pet/{a}", {"a": "\ud800"}, "half of a character"),
    ],
)
async def test_a_value_that_would_lead_elsewhere_makes_no_request(template, input, says):
    async with site(answers({})) as server, calling() as call:
        with pytest.raises(Invalid, match=says):
            await call(endpoint=server.url + template, input=input)
    assert not server.seen


@pytest.mark.parametrize(
    ("endpoint", "says"),
    [
        ("/pets/1", "relative address"),
        ("pets", "relative address"),
        ("ftp://h/x", "cannot be called"),
        ("file:///etc/passwd", "cannot be called"),
        ("http://user:pw@127.0.0.1/x", "holds a user or password"),
        ("http://127.0.0.1:99999/", "cannot be read"),
        ("http://[::1", "cannot be read"),
        ({"uri": {"a": 1}}, "endpoint is no text"),
        (5, "endpoint is no text"),
        ("http://a b/x", "space"),
    ],
)
async def test_an_address_that_cannot_be_called_is_refused_in_words(endpoint, says):
    async with calling() as call:
        with pytest.raises(Invalid, match=says):
            await call(endpoint=endpoint)


async def test_what_is_percent_encoded_arrives_as_it_was_written():
    async with site(answers({})) as server, calling() as call:
        await call(endpoint=f"{server.url}/a%2Fb/c%2Cd?x=%2C,%20+&ü=1")
    assert server.last.target == "/a%2Fb/c%2Cd?x=%2C,%20+&%C3%BC=1"


async def test_query_and_headers_come_beside_those_of_the_address():
    async with site(answers({})) as server, calling() as call:
        await call(
            endpoint=f"{server.url}/x?a=1",
            query={"search": "r2 & d2", "n": 5, "tags": ["x", "y"], "none": None, "é": "ß"},
            headers={"Accept": "text/x", "X-N": 7},
        )
    assert server.last.target == "/x?a=1&search=r2%20%26%20d2&n=5&tags=x&tags=y&%C3%A9=%C3%9F"
    assert (server.last.headers["Accept"], server.last.headers["X-N"]) == ("text/x", "7")


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"X-A": "a\r\nX-B: b"}, "X-A holds a line break"),
        ({"X A": "b"}, "no name of a header"),
        ({"Content-Length": "5"}, "podium's own"),
        ({"Transfer-Encoding": "chunked"}, "podium's own"),
        (["a"], "has to be a mapping"),
    ],
)
async def test_headers_that_would_break_the_request_are_refused(headers, says):
    async with site(answers({})) as server, calling() as call:
        with pytest.raises(Invalid, match=says) as refused:
            await call(endpoint=server.url, headers=headers)
    assert not server.seen
    assert "X-B: b" not in refused.value.message


@pytest.mark.parametrize("method", ["get", "head", "options", "delete", "patch", "PUT", "propfind"])
async def test_any_method_may_be_called(method):
    async with site(answers({"ok": True})) as server, calling() as call:
        answer = await call(method=method, endpoint=server.url)
    assert server.last.method == method.upper()
    assert answer == (None if method == "head" else {"ok": True})


@pytest.mark.parametrize("method", ["connect", "GET /x HTTP/1.1\r\n", ""])
async def test_what_is_no_method_is_refused(method):
    async with calling() as call:
        with pytest.raises(Invalid, match="no method"):
            await call(method=method, endpoint="http://127.0.0.1:9/")


async def test_only_what_changes_something_carries_an_idempotency_key():
    async with site(answers({})) as server, calling() as call:
        for method in ("get", "head", "options", "post", "delete"):
            await call(method=method, endpoint=server.url)
        await call(method="post", endpoint=server.url, headers={"idempotency-key": "mine"})
    keys = [seen.headers.get("Idempotency-Key") for seen in server.seen[:-1]]
    assert keys == [None, None, None, "run_1:/do/get", "run_1:/do/get"]
    assert server.last.headers["idempotency-key"] == "mine"


@pytest.mark.parametrize(
    ("body", "kind", "sent", "as_kind"),
    [
        ({"a": [1, "ü"]}, None, '{"a": [1, "ü"]}'.encode(), "application/json"),
        ([1], None, b"[1]", "application/json"),
        (5, None, b"5", "application/json"),
        (False, None, b"false", "application/json"),
        ("hi ü", None, "hi ü".encode(), "text/plain; charset=utf-8"),
        ('{"a":1}', "application/json", b'{"a":1}', "application/json"),
        ({"a": 1}, "application/vnd.api+json", b'{"a": 1}', "application/vnd.api+json"),
        ({"a": "x y", "b": [1, 2], "c": None}, "application/x-www-form-urlencoded",
         b"a=x+y&b=1&b=2", "application/x-www-form-urlencoded"),
        ("<a/>", "application/xml", b"<a/>", "application/xml"),
        ("aGk=", "application/octet-stream", b"hi", "application/octet-stream"),
        ("aGk=", "image/png", b"hi", "image/png"),
        (None, None, b"", None),
    ],
)  # fmt: skip
async def test_a_body_goes_as_its_content_type_says(body, kind, sent, as_kind):
    headers = {"content-type": kind} if kind else {}
    async with site(answers({})) as server, calling() as call:
        await call(method="post", endpoint=server.url, body=body, headers=headers)
    assert server.last.body == sent
    found = {name.lower(): value for name, value in server.last.headers.items()}
    assert found.get("content-type") == as_kind


async def test_a_mapping_may_go_as_multipart():
    async with site(answers({})) as server, calling() as call:
        await call(
            method="post",
            endpoint=server.url,
            headers={"Content-Type": "multipart/form-data"},
            body={"a": "x\r\ny", 'b"\r\n': 7},
        )
    assert parts(server.last) == {"a": b"x\r\ny", "b%22%0D%0A": b"7"}


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        ("Ann", "application/json", "tojson"),
        ("no base64!", "image/png", "base64"),
        ({"a": 1}, "image/png", "base64"),
        ([1], "application/x-www-form-urlencoded", "form is a mapping"),
        ({"a": {"b": 1}}, "application/x-www-form-urlencoded", "'a' holds"),
        ("\ud800", None, "half of a character"),
        ({"a": float("nan")}, None, "NaN"),
    ],
)
async def test_a_body_that_does_not_fit_its_content_type_is_refused(body, kind, says):
    async with site(answers({})) as server, calling() as call:
        with pytest.raises(Invalid, match=says):
            await call(
                method="post",
                endpoint=server.url,
                body=body,
                headers={"Content-Type": kind} if kind else {},
            )
    assert not server.seen


async def test_the_response_has_request_status_headers_and_content():
    async with site(answers({"id": 1}, status=201, X_Trace="t")) as server, calling() as call:
        answer = await call(
            method="post",
            endpoint=f"{server.url}/x",
            query={"api_key": "k-1", "q": "z"},
            headers={"X-Api-Key": "k-2", "Accept": "*/*", "X-Auth-Token": "k-3"},
            body={"a": 1},
            output="response",
        )
    assert answer["statusCode"] == 201
    assert answer["content"] == {"id": 1}
    assert answer["headers"]["x-trace"] == "t"
    request = answer["request"]
    assert request["method"] == "POST"
    assert request["uri"] == f"{server.url}/x?api_key=***&q=z"
    assert request["headers"]["X-Api-Key"] == request["headers"]["X-Auth-Token"] == "***"
    assert request["headers"]["Accept"] == "*/*"
    assert not {"k-1", "k-2", "k-3"} & set(json.dumps(answer).replace('"', " ").split())


async def test_raw_is_the_bytes_in_base64():
    async with site(answers(b"\x00\xff", Content_Type="image/png")) as server, calling() as call:
        answer = await call(endpoint=server.url, output="raw")
    assert base64.b64decode(answer) == b"\x00\xff"


@pytest.mark.parametrize(
    ("body", "kind", "content"),
    [
        (b'{"a":1}', "application/problem+json; charset=utf-8", {"a": 1}),
        (b'\xef\xbb\xbf{"a":1}', "application/json", {"a": 1}),
        (b"plain", "text/plain", "plain"),
        ("ü".encode("latin-1"), "text/plain; charset=ISO-8859-1", "ü"),
        (b"<a/>", "application/xml", "<a/>"),
        (b"\xff\xfe", "application/octet-stream", "//4="),
        (b"\xff", "text/plain; charset=punycode", "/w=="),
        (b"", "application/json", None),
    ],
)
async def test_content_is_what_the_content_type_says(body, kind, content):
    async with site(answers(body, Content_Type=kind)) as server, calling() as call:
        assert await call(endpoint=server.url) == content


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "not JSON"),
        (b"[NaN]", "not JSON"),
        (b'"\\ud800"', "not JSON"),
        (b"[" * 200 + b"]" * 200, "deeper than 100"),
        (b"[" * 100_000, "deeper than 100|not JSON"),
    ],
)
async def test_json_that_is_none_is_the_callees_failure(body, says):
    async with (
        site(answers(body, Content_Type="application/json")) as server,
        calling() as call,
    ):
        with pytest.raises(Unavailable, match=says):
            await call(endpoint=server.url)


@pytest.mark.parametrize("status", [300, 304, 400, 401, 404, 418, 500, 503])
async def test_a_status_that_is_no_success_is_an_error_that_has_it(status):
    async with site(answers(b"why\x00 not", status=status)) as server, calling() as call:
        with pytest.raises(Unavailable) as failed:
            await call(endpoint=f"{server.url}/pets?token=abc")
    assert failed.value.details == {"status": status}
    assert f"GET {server.url}/pets answered {status}" in failed.value.message
    assert "abc" not in failed.value.message
    if status >= 400:
        assert "why  not" in failed.value.message


async def test_a_form_is_read_by_a_server_as_it_was_meant():
    async with site(answers({})) as server, calling() as call:
        await call(
            method="post",
            endpoint=server.url,
            headers={"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
            body={"name": "Änne & Co", "tag": ["a=b", ""]},
        )
    found = parse_qs(server.last.body.decode(), keep_blank_values=True)
    assert found == {"name": ["Änne & Co"], "tag": ["a=b", ""]}


async def test_what_the_document_keeps_secret_is_nowhere_in_the_output():
    async with site(answers({})) as server, calling() as call:
        made = a_call()
        made.secrets = ("k very/secret",)
        arguments = {
            "method": "get",
            "endpoint": f"{server.url}/k%20very%2Fsecret",
            "headers": {"X-Shop": "k very/secret"},
            "query": {"shop": "k very/secret"},
            "output": "response",
        }
        found = await HttpCall(call.sender).call(arguments, made)
    assert server.last.target == "/k%20very%2Fsecret?shop=k%20very%2Fsecret"
    assert found["request"]["headers"]["X-Shop"] == "***"
    assert found["request"]["uri"] == f"{server.url}/***?shop=***"
    assert made.notes == [f"GET {server.url}/*** answered 200"]
