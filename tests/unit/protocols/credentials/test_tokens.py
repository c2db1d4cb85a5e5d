"""Tokens: fetched once, kept until shortly before they end."""

import json
from base64 import b64decode
from urllib.parse import parse_qs

import anyio
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jwt
from joserfc.jwk import RSAKey
from tests.unit.protocols.credentials.fakes import NoFiles, NoHttp, Scripted, StillClock, Written

from podium.adapters.http.client import HttpRequest
from podium.gateway.errors import UpstreamFailed
from podium.protocols.credentials.google import GoogleCredentials
from podium.protocols.credentials.grants import (
    ClientCredentials,
    EntraClient,
    KeyForToken,
    azure_machine,
    google_machine,
)
from podium.protocols.credentials.means import Means, SystemFiles
from podium.protocols.credentials.tokens import Token

pytestmark = pytest.mark.anyio

ASKED = HttpRequest("POST", "https://x.example")
GRANT = EntraClient("https://login.example/t", "id", "s3cret", "scope/.default")


def _granted(text, seconds: object = 3600):
    return (200, {"access_token": text, "expires_in": seconds, "token_type": "Bearer"})


def _token(http, grant=GRANT, clock=None, files=None):
    return Token(grant, Means(http, clock or StillClock(), files or NoFiles()))


async def _shown(token: Token) -> str:
    head = await token.head("acme", ASKED)
    return head["Authorization"].removeprefix("Bearer ")


async def _refusal(token: Token) -> str:
    with pytest.raises(UpstreamFailed) as failed:
        _ = await token.head("acme", ASKED)
    assert failed.value.failure.status == 401
    return failed.value.failure.message


def _form(asked: HttpRequest) -> dict[str, str]:
    assert asked.body is not None
    return {key: values[0] for key, values in parse_qs(asked.body.decode()).items()}


async def test_a_token_is_kept_until_shortly_before_its_end():
    clock, http = StillClock(), Scripted([_granted("one"), _granted("two")])
    token = _token(http, clock=clock)

    assert await _shown(token) == await _shown(token) == "one"
    assert token.sent == "one"
    clock.time += 3_539
    assert await _shown(token) == "one"
    clock.time += 2
    assert await _shown(token) == "two"


async def test_many_who_come_at_once_wait_for_one():
    class Slow(Scripted):
        async def request(self, *given: object, **named: object):
            await anyio.sleep(0.01)
            return await super().request(*given, **named)

    http = Slow([_granted("one")])
    token = _token(http)
    seen: list[str] = []

    async def ask():
        seen.append(await _shown(token))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            _ = group.start_soon(ask)
    assert seen == ["one"] * 20
    assert len(http.asked) == 1


async def test_a_refused_token_is_fetched_anew_unless_it_is_young():
    clock, http = StillClock(), Scripted([_granted("one"), _granted("two")])
    token = _token(http, clock=clock)
    head = await token.head("acme", ASKED)

    assert not token.refused(head)
    assert await _shown(token) == "one"
    clock.time += 60
    assert token.refused(head)
    assert await _shown(token) == "two"
    assert token.refused(head), "another one came meanwhile"
    assert await _shown(token) == "two"


@pytest.mark.parametrize(
    ("seconds", "lasts"), [("600", 539), (10, 8), ("soon", 269), (None, 269), (10**9, 86_000)]
)
async def test_how_long_a_token_lasts_is_what_the_endpoint_says(seconds, lasts):
    clock, http = StillClock(), Scripted([_granted("one", seconds), _granted("two")])
    token = _token(http, clock=clock)
    _ = await _shown(token)

    clock.time += lasts
    assert await _shown(token) == "one"
    clock.time += 500
    assert await _shown(token) == "two"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((400, {"error": "invalid_client", "error_description": "bad"}), "answered 400: bad"),
        ((400, {"errorMessage": "Provided API key could not be found"}), "could not be found"),
        ((200, {"access_token": ""}), "answered 200: no token"),
        ((200, {"access_token": "a\nb"}), "no token"),
        ((500, "<html>"), "answered 500: no token"),
    ],
)
async def test_why_there_is_no_token_is_told(answer, said):
    message = await _refusal(_token(Scripted([answer])))
    assert said in message
    assert "s3cret" not in message


async def test_a_missing_variable_is_named():
    token = _token(NoHttp(), KeyForToken("https://iam.example", "", "WATSONX_APIKEY"))
    assert token.missing == "WATSONX_APIKEY"
    assert "Set WATSONX_APIKEY" in await _refusal(token)


async def test_each_grant_asks_in_its_own_words():
    async def sent(grant) -> HttpRequest:
        http = Scripted([_granted("t")])
        _ = await _shown(_token(http, grant))
        return http.asked[0]

    entra = await sent(GRANT)
    assert _form(entra) == {
        "grant_type": "client_credentials",
        "client_id": "id",
        "client_secret": "s3cret",
        "scope": "scope/.default",
    }
    basic = await sent(ClientCredentials("https://h.example/oidc/v1/token", "id", "s", "all-apis"))
    pair = b64decode(basic.headers["Authorization"].removeprefix("Basic "))
    assert pair == b"id:s"
    assert _form(basic) == {"grant_type": "client_credentials", "scope": "all-apis"}
    ibm = await sent(KeyForToken("https://iam.example", "key"))
    assert _form(ibm)["apikey"] == "key"
    google = await sent(google_machine())
    assert (google.method, google.headers["Metadata-Flavor"]) == ("GET", "Google")
    azure = await sent(azure_machine("https://r.example"))
    assert azure.url.endswith("?api-version=2018-02-01&resource=https%3A%2F%2Fr.example")


PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
ACCOUNT = {
    "type": "service_account",
    "client_email": "p@x.iam.gserviceaccount.com",
    "private_key": PEM,
    "token_uri": "https://evil.example/token",
}


async def test_a_service_account_signs_for_googles_own_endpoint():
    http = Scripted([_granted("t")])
    files = Written({"/key.json": json.dumps(ACCOUNT)})
    assert await _shown(_token(http, GoogleCredentials("/key.json"), files=files)) == "t"

    (asked,) = http.asked
    form = _form(asked)
    signed = jwt.decode(form["assertion"], RSAKey.import_key(PEM), algorithms=["RS256"])
    assert asked.url == "https://oauth2.googleapis.com/token"
    assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert signed.claims == {
        "iss": "p@x.iam.gserviceaccount.com",
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "aud": "https://oauth2.googleapis.com/token",
        "iat": 1_440_938_160,
        "exp": 1_440_941_760,
    }


async def test_what_gcloud_leaves_behind_works_and_so_does_json_itself():
    user = {
        "type": "authorized_user",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "r",
    }
    http = Scripted([_granted("t")])

    assert await _shown(_token(http, GoogleCredentials(json.dumps(user)))) == "t"
    assert _form(http.asked[0])["refresh_token"] == user["refresh_token"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("", "Set GOOGLE_APPLICATION_CREDENTIALS"),
        ("/nowhere", "names '/nowhere', which cannot be read (No such file or directory)"),
        ("{", "holds no JSON object"),
        ('{"type": "external_account"}', "is of type 'external_account'"),
        ('{"type": "service_account"}', "has no 'client_email'"),
        (json.dumps({**ACCOUNT, "private_key": "x"}), "is no private RSA key"),
    ],
)
async def test_what_is_wrong_with_googles_credentials_is_told(given, said):
    message = await _refusal(_token(NoHttp(), GoogleCredentials(given)))
    assert said in message
    assert "PRIVATE KEY" not in message


async def test_files_of_the_machine_are_read_within_bounds(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"a" * 300_000)

    assert len(await SystemFiles().text(str(path))) == 262_144
    assert SystemFiles().has(str(path))
    assert not SystemFiles().has(str(tmp_path))
