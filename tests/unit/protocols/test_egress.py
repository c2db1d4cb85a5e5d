import socket

import pytest

from podium.adapters.http.client import HttpClient, HttpRequest, _redirected
from podium.adapters.http.egress import (
    AddressRefused,
    Egress,
    GuardedResolver,
    GuardedSockets,
    is_public,
)
from podium.adapters.http.errors import EgressRefused
from podium.kernel.errors import Invalid, Unavailable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.1",
        "255.255.255.255",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:0001::",
        "2001:db8::1",
        "nonsense",
    ],
)
def test_loopback_private_and_reserved_addresses_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_that_anybody_can_reach_are_public(address):
    assert is_public(address)


class Names:
    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(self, host, port=0, family=socket.AF_INET):
        return [
            {"hostname": host, "host": a, "port": port, "family": family, "proto": 0, "flags": 0}
            for a in self.addresses
        ]

    async def close(self):
        pass


@pytest.mark.anyio
async def test_a_name_that_leads_to_a_private_address_is_refused():
    with pytest.raises(AddressRefused, match=r"'evil\.example'.*http\.allow_private"):
        _ = await GuardedResolver(Egress.public(), Names("10.0.0.1")).resolve("evil.example")


@pytest.mark.anyio
async def test_of_several_addresses_only_the_public_ones_are_left():
    found = await GuardedResolver(Egress.public(), Names("10.0.0.1", "8.8.8.8")).resolve("a")
    assert [each["host"] for each in found] == ["8.8.8.8"]


def test_the_socket_is_the_last_gate():
    address = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(AddressRefused):
        _ = GuardedSockets(Egress.public())(address)
    GuardedSockets(Egress.anywhere())(address).close()


async def _get(url: str):
    async with HttpClient(Egress.public()) as http:
        return await http.request(
            "GET",
            url,
            headers={},
            query={},
            body=None,
            deadline=2.0,
            max_bytes=100,
            follow_redirects=True,
        )


@pytest.mark.anyio
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/",
        "http://[::1]:9/",
        "http://[::ffff:7f00:1]:9/",
        "http://localhost:9/",
    ],
)
async def test_the_client_refuses_private_addresses_however_they_are_written(url):
    with pytest.raises(EgressRefused, match="allow_private"):
        _ = await _get(url)


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["http://2130706433:9/", "http://127.1:9/", "http://0x7f.1:9/"])
async def test_odd_spellings_of_loopback_do_not_get_through(url):
    with pytest.raises((EgressRefused, Invalid)):
        _ = await _get(url)


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/b", "//a", "http://", "http://["])
async def test_only_http_can_be_called(url):
    with pytest.raises(Invalid):
        _ = await _get(url)


def test_a_redirect_to_another_origin_goes_without_credentials():
    asked = HttpRequest("GET", "https://a/x", {"Authorization": "Bearer k", "Accept": "*/*"})

    assert _redirected(asked, 302, "https://a/y").headers == asked.headers
    assert _redirected(asked, 302, "https://b/y").headers == {"Accept": "*/*"}
    assert _redirected(asked, 302, "https://a:444/y").headers == {"Accept": "*/*"}
    with pytest.raises(Unavailable, match="from https"):
        _ = _redirected(asked, 302, "http://a/y")


def test_only_307_and_308_repeat_a_post():
    asked = HttpRequest("POST", "https://a/x", {"Content-Type": "a/b"}, {"q": "1"}, b"body")

    assert _redirected(asked, 307, "https://a/y").body == b"body"
    moved = _redirected(asked, 303, "https://a/y")
    assert (moved.method, moved.body, moved.headers, moved.query) == ("GET", None, {}, {})
