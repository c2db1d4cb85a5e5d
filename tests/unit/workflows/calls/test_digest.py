"""Digest authentication: the RFC's own examples, and a server that checks every answer."""

import pytest
from aiohttp import web
from tests.pace import within
from tests.unit.workflows.calls.digest_server import DigestServer
from tests.unit.workflows.calls.loopback import answers, calling, site

from podium.kernel.errors import Unavailable
from podium.workflows.calls.authentication.digest import Asked, answer, challenge
from podium.workflows.calls.authentication.policies import Digest

LOGIN = Digest("Mufasa", "Circle of Life")
RFC = (
    'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616_3_9_1(algorithm, response):
    given = challenge(RFC.format(algorithm=algorithm))
    assert given is not None
    said = answer(given, LOGIN, Asked("GET", "/dir/index.html"), count=1, cnonce=CNONCE)
    assert f'response="{response}"' in said
    assert 'qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"' in said


def test_the_example_of_rfc_7616_3_9_2_with_a_hashed_user_name():
    given = challenge(
        'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, '
        'nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", '
        'opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true'
    )
    assert given is not None
    said = answer(
        given,
        Digest("J\u00e4s\u00f8n Doe", "Secret, or not?"),
        Asked("GET", "/doe.json"),
        count=1,
        cnonce="NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
    )
    assert (
        'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"' in said
    )  # erratum 4897 to the RFC
    assert 'response="3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"' in said
    assert said.endswith("userhash=true")


def test_a_name_beyond_ascii_is_written_as_rfc_7616_3_4_has_it():
    given = challenge('Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256')
    assert given is not None
    login = Digest("J\u00e4s\u00f8n Doe", "x")
    said = answer(given, login, Asked("GET", "/"), count=1, cnonce="c")
    assert said.startswith("Digest username*=UTF-8''J%C3%A4s%C3%B8n%20Doe, realm=")


@pytest.mark.parametrize(
    "header",
    [
        "",
        'Basic realm="x"',
        "Digest",
        'Digest realm="x"',
        'Digest realm="x", nonce=""',
        'Digest realm="x", nonce="n", algorithm=ROT13',
        'Digest realm="x", nonce="n", qop="token"',
        'Digest realm="x", nonce="n", qop="auth',
        "\x00\x01,,,===",
    ],
)
def test_what_is_no_digest_challenge_is_none(header):
    given = challenge(header)
    assert given is None or given.nonce == "n"


def test_of_several_challenges_the_strongest_is_taken():
    header = (
        'Basic realm="a, Digest b", Digest realm="r", nonce="1", algorithm=MD5, '
        'Negotiate abc==, Digest realm="r", nonce="2", algorithm=SHA-512-256, '
        'Digest realm="r", nonce="3", algorithm="sha-256"'
    )
    given = challenge(header)
    assert given is not None
    assert (given.nonce, given.hash) == ("2", "SHA-512-256")


@pytest.mark.timed
@pytest.mark.parametrize(
    "hostile", [" " * 100_000, 'a="' * 50_000, "\\" * 100_000, 'x="\\"' * 30_000, "a" * 100_000]
)
def test_a_hostile_challenge_takes_no_time(hostile):
    with within(0.5):
        _ = challenge("Digest " + hostile)


AUTHENTICATION = {"digest": {"username": "Mufasa", "password": "Circle of Life"}}


@pytest.mark.anyio
@pytest.mark.parametrize("algorithm", ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess", "SHA-512-256"])
@pytest.mark.parametrize("qop", ["auth", "auth-int", "auth,auth-int", ""])
async def test_the_server_lets_a_right_answer_in(algorithm, qop):
    if algorithm.endswith("-sess") and not qop:
        return  # there is no client nonce then, which a session is made of
    digest = DigestServer((algorithm,), qop)
    async with site(digest) as server, calling() as call:
        endpoint = {"uri": f"{server.url}/a%2Fb?x=1", "authentication": AUTHENTICATION}
        found = await call(method="post", endpoint=endpoint, body={"n": 1})
    assert found == {"authenticated": True, "path": "/a/b"}
    assert [len(seen.body) for seen in server.seen] == [8, 8]


@pytest.mark.anyio
async def test_the_strongest_of_the_servers_challenges_is_answered_with_a_hashed_name():
    digest = DigestServer(("MD5", "SHA-256", "SHA-512-256"), userhash=True)
    async with site(digest) as server, calling() as call:
        await call(endpoint={"uri": server.url, "authentication": AUTHENTICATION})
    assert "algorithm=SHA-512-256" in server.last.headers["Authorization"]
    assert "Mufasa" not in server.last.headers["Authorization"]


@pytest.mark.anyio
async def test_the_next_call_answers_before_it_is_asked_and_a_stale_nonce_is_renewed():
    digest = DigestServer(uses=2)
    async with site(digest) as server, calling() as call:
        for number in range(4):
            endpoint = {"uri": f"{server.url}/{number}", "authentication": AUTHENTICATION}
            await call(endpoint=endpoint)
    assert [seen.target for seen in server.seen] == ["/0", "/0", "/1", "/2", "/2", "/3"]
    assert digest.refused == ["no digest", "stale"]


@pytest.mark.anyio
async def test_a_wrong_password_is_tried_once_and_never_told():
    digest = DigestServer()
    wrong = {"digest": {"username": "Mufasa", "password": "a-wrong-one"}}
    async with site(digest) as server, calling() as call:
        with pytest.raises(Unavailable, match="answered 401") as failed:
            await call(endpoint={"uri": server.url, "authentication": wrong})
    assert digest.refused == ["no digest", "response"]
    assert failed.value.details == {"status": 401}
    assert "a-wrong-one" not in failed.value.message


@pytest.mark.anyio
async def test_an_answer_is_made_for_where_a_redirect_led_to():
    digest = DigestServer()

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/here":
            return web.Response(status=303, headers={"Location": "/there?x=1"})
        return await digest(request)

    async with site(handler) as server, calling() as call:
        for _ in range(2):
            endpoint = {"uri": f"{server.url}/here", "authentication": AUTHENTICATION}
            found = await call(method="post", endpoint=endpoint, body={"a": 1}, redirect=True)
            assert found == {"authenticated": True, "path": "/there"}
    assert digest.refused == ["no digest", "no digest"]


@pytest.mark.anyio
async def test_a_challenge_of_another_origin_behind_a_redirect_is_not_answered():
    digest = DigestServer()
    async with (
        site(digest) as other,
        site(answers(b"", status=307, Location=f"{other.url}/x")) as server,
        calling() as call,
    ):
        endpoint = {"uri": server.url, "authentication": AUTHENTICATION}
        with pytest.raises(Unavailable, match="401"):
            await call(endpoint=endpoint, redirect=True)
    assert digest.refused == ["no digest"]
