"""The protocol that answers the model addresses itself, on real sockets."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import anyio
import pytest
import uvicorn
from tests.fakes_api import CHAT, FakePodium

from podium.api.app import create_app
from podium.api.compatible.hot import hot
from podium.api.door import Door

DOOR = Door(max_body_bytes=1000)


@pytest.fixture
def podium() -> FakePodium:
    return anyio.run(FakePodium().begin)


@pytest.fixture
def port(podium: FakePodium) -> Iterator[int]:
    app = create_app(podium, DOOR)
    config = uvicorn.Config(app, port=0, log_level="critical", http=hot(app), lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join(10)


def request(podium: FakePodium, body: object = CHAT, *, path: str = "/v1/chat/completions",
            secret: str = "", **headers: str) -> bytes:  # fmt: skip
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {
        "Host": "127.0.0.1",
        "Authorization": f"Bearer {secret or podium.secret}",
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value)
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + content


def exchange(port: int, *sent: bytes) -> bytes:
    """All that comes back until the server closes; the last request must say so."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        for piece in sent:
            connection.sendall(piece)
            time.sleep(0.02)
        said = b""
        while piece := connection.recv(65536):
            said += piece
        return said


def answers(said: bytes) -> list[tuple[int, bytes]]:
    """Status and body of each answer with a length."""
    found = []
    while said:
        head, _, rest = said.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = next(int(x.split(b":")[1]) for x in lines if x.startswith(b"content-length"))
        found.append((int(head.split()[1]), rest[:length]))
        said = rest[length:]
    return found


def test_requests_follow_each_other_on_one_connection(podium: FakePodium, port: int):
    body = b"".join([request(podium)])
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        for _ in range(3):
            connection.sendall(body)
            said = b""
            while b"x_unknown" not in said:
                said += connection.recv(65536)
            assert said.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"X-Content-Type-Options: nosniff\r\n" in said
    assert len(podium.records.kept) == 3


def test_it_shares_its_connections_with_all_other_addresses(podium: FakePodium, port: int):
    me = f"GET /api/v1/me HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {podium.secret}\r\n"
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        for sent, wanted in (
            (me.encode() + b"\r\n", b'"Ann"'),
            (request(podium), b"x_unknown"),
            (me.encode() + b"\r\n", b'"Ann"'),
        ):
            connection.sendall(sent)
            said = b""
            while wanted not in said:
                said += connection.recv(65536)
            assert said.startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_may_come_in_pieces_and_in_chunks(podium: FakePodium, port: int):
    whole = request(podium, Connection="close")
    for cut in (1, 20, len(whole) - 3):
        assert answers(exchange(port, whole[:cut], whole[cut:]))[0][0] == 200
    content = json.dumps(CHAT).encode()
    head = request(podium, b"", Connection="close", Content_Length="", Transfer_Encoding="chunked")
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (5, content[:5], len(content) - 5, content[5:])
    assert answers(exchange(port, head + chunks))[0][0] == 200


@pytest.mark.parametrize(
    ("change", "status", "kind"),
    [
        ({"secret": "pdm_wrong"}, 401, "authentication_error"),
        ({"Authorization": ""}, 401, "authentication_error"),
        ({"Host": "evil.example"}, 421, "invalid_request_error"),
        ({"body": b"{"}, 400, "invalid_request_error"),
        ({"body": b"[1]"}, 400, "invalid_request_error"),
        ({"body": b'{"model": "\xff"}'}, 400, "invalid_request_error"),
        ({"body": b"x" * 2000}, 413, "invalid_request_error"),
        ({"body": {"model": "none", "messages": [1]}}, 404, "invalid_request_error"),
    ],
)
def test_refusals_are_in_the_words_of_the_address(
    podium: FakePodium, port: int, change: dict, status: int, kind: str
):
    said = exchange(port, request(podium, **{"Connection": "close", **change}))
    assert answers(said)[0][0] == status
    assert json.loads(answers(said)[0][1])["error"]["type"] == kind
    anthropic = exchange(
        port, request(podium, path="/v1/messages", **{"Connection": "close", **change})
    )
    assert answers(anthropic)[0][0] == status
    assert json.loads(answers(anthropic)[0][1])["type"] == "error"


def test_anthropics_clients_show_their_key_in_a_header_of_their_own(podium: FakePodium, port: int):
    body = {"model": "chat", "max_tokens": 5, "messages": [{"role": "user", "content": "Hi"}]}
    sent = request(
        podium,
        body,
        path="/v1/messages?beta=true",
        Authorization="",
        X_Api_Key=podium.secret,
        Connection="close",
    )
    status, answer = answers(exchange(port, sent))[0]
    assert (status, json.loads(answer)["content"]) == (200, [{"type": "text", "text": "ok"}])


def test_a_request_sent_before_the_answer_to_the_last_ends_the_connection(
    podium: FakePodium, port: int
):
    said = answers(exchange(port, request(podium) + request(podium)))
    assert [status for status, _ in said] == [200]
    assert len(podium.records.kept) == 1


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /v1/chat/completions HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: a\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"POST /v1/chat/completions HTTP/1.1\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03",
    ],
    ids=["two-lengths", "negative", "long-header", "many-headers", "tls"],
)
def test_what_is_no_request_is_refused_and_ends_the_connection(port: int, sent: bytes):
    assert exchange(port, sent).startswith(b"HTTP/1.1 400")


def test_a_caller_who_leaves_ends_the_call_upstream(podium: FakePodium, port: int):
    podium.model.hangs = True
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as connection:
        connection.sendall(request(podium))
        while not podium.model.requests:
            time.sleep(0.01)
    deadline = time.monotonic() + 30
    while not podium.records.kept and time.monotonic() < deadline:
        time.sleep(0.01)
    assert podium.records.kept[0].error.code == "cancelled"


def test_an_unexpected_failure_tells_nothing_but_an_incident(podium: FakePodium, port: int):
    podium.model.crash = RuntimeError("password=hunter2")
    status, body = answers(exchange(port, request(podium, Connection="close")))[0]
    assert status == 500
    assert b"inc_" in body
    assert b"hunter2" not in body


def test_an_unexpected_failure_in_a_stream_cuts_it_off(podium: FakePodium, port: int):
    podium.model.crash, podium.model.after = RuntimeError("password=hunter2"), 1
    said = exchange(port, request(podium, {**CHAT, "stream": True}))
    assert b'"content":"o"' in said
    assert b"[DONE]" not in said
    assert b"hunter2" not in said
    assert not said.endswith(b"0\r\n\r\n")
