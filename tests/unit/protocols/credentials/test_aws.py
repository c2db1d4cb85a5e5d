"""Where AWS keys come from."""

import pytest
from tests.unit.protocols.credentials.fakes import NoFiles, NoHttp, Scripted, StillClock, Written

from podium.adapters.http.client import HttpRequest
from podium.gateway.errors import UpstreamFailed
from podium.protocols.credentials.aws import MACHINE, Aws, Environment
from podium.protocols.credentials.means import Means
from podium.protocols.credentials.sigv4 import Scope

pytestmark = pytest.mark.anyio

ASKED = HttpRequest("POST", "https://bedrock-runtime.eu-west-1.amazonaws.com/model/m/converse")
SCOPE = Scope("eu-west-1", "bedrock")
BY_FILE = {"AWS_SHARED_CREDENTIALS_FILE": "/c"}
STATIC = {"AWS_ACCESS_KEY_ID": "AK", "AWS_SECRET_ACCESS_KEY": "SK"}


def _lent(named: str = "Token", ends: object = "2015-08-30T13:36:00Z", key: str = "TK"):
    return {"AccessKeyId": key, "SecretAccessKey": "S", named: "session", "Expiration": ends}


def _aws(variables, http=None, files=None, machine="", clock=None):
    where = files or NoFiles()
    source = Environment(variables, "eu-west-1", where, machine)
    return Aws(source, SCOPE, Means(http or NoHttp(), clock or StillClock(), where))


async def _key(aws: Aws) -> str:
    head = await aws.head("bedrock", ASKED)
    return head["Authorization"].partition("Credential=")[2].partition("/")[0]


async def _refusal(aws: Aws) -> str:
    with pytest.raises(UpstreamFailed) as failed:
        _ = await aws.head("bedrock", ASKED)
    assert failed.value.failure.status == 401
    return failed.value.failure.message


async def test_the_environment_comes_first():
    aws = _aws({**STATIC, "AWS_SESSION_TOKEN": "session", **BY_FILE})
    head = await aws.head("bedrock", ASKED)

    assert await _key(aws) == "AK"
    assert head["X-Amz-Security-Token"] == aws.sent == "session"
    assert not aws.missing
    assert not aws.refused(head)


async def test_a_profile_of_the_credentials_file():
    text = """
[default]
aws_access_key_id = D1
aws_secret_access_key = S1
[work]
aws_access_key_id=W1
aws_secret_access_key=S%2
aws_session_token=T
[half]
aws_access_key_id=H1
"""
    files = Written({"/c": text, "~/.aws/credentials": text.replace("D1", "HOME")})

    assert await _key(_aws(BY_FILE, files=files)) == "D1"
    assert await _key(_aws({}, files=files)) == "HOME"
    assert await _key(_aws({**BY_FILE, "AWS_PROFILE": "work"}, files=files)) == "W1"
    said = await _refusal(_aws({**BY_FILE, "AWS_PROFILE": "half"}, files=files))
    assert "profile 'half' of the file of AWS credentials has no aws_access_key_id with" in said
    assert "no profile 'x'" in await _refusal(_aws({**BY_FILE, "AWS_PROFILE": "x"}, files=files))
    assert "cannot be read" in await _refusal(_aws(BY_FILE, files=Written({"/c": "a = 1"})))


async def test_a_web_identity_is_changed_for_keys():
    nested = {"Credentials": _lent("SessionToken", 1_440_941_760.0)}
    answer = {"AssumeRoleWithWebIdentityResponse": {"AssumeRoleWithWebIdentityResult": nested}}
    http = Scripted([(200, answer)])
    variables = {"AWS_WEB_IDENTITY_TOKEN_FILE": "/t", "AWS_ROLE_ARN": "arn:aws:iam::1:role/r"}

    assert await _key(_aws(variables, http, Written({"/t": "jwt\n"}))) == "TK"
    (asked,) = http.asked
    assert asked.url == "https://sts.eu-west-1.amazonaws.com/"
    assert asked.body is not None
    assert b"WebIdentityToken=jwt" in asked.body
    assert b"RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fr" in asked.body
    lost = await _refusal(_aws(variables, NoHttp()))
    assert "'/t' cannot be read (No such file or directory)" in lost
    denied = Scripted([(403, {"Error": "AccessDenied"})])
    said = await _refusal(_aws(variables, denied, Written({"/t": "jwt"})))
    assert "answered 403: AccessDenied" in said


async def test_a_container_hands_its_keys_out():
    full = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    relative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
    token = {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret-word"}
    by_file = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/t"}

    http = Scripted([(200, _lent())] * 3)
    assert await _key(_aws({relative: "/v2/x"}, http)) == "TK"
    assert await _key(_aws({full: "http://127.0.0.1:9/c", **token}, http)) == "TK"
    files = Written({"/t": "word\n"})
    assert await _key(_aws({full: "http://169.254.170.23/v1", **by_file}, http, files)) == "TK"
    assert [(each.url, dict(each.headers)) for each in http.asked] == [
        ("http://169.254.170.2/v2/x", {}),
        ("http://127.0.0.1:9/c", {"Authorization": "secret-word"}),
        ("http://169.254.170.23/v1", {"Authorization": "word"}),
    ]
    said = await _refusal(_aws({full: "http://evil.example/c", **token}))
    assert "neither https nor an address of a container: 'evil.example'" in said


async def test_the_machine_is_asked_only_where_that_is_wanted_and_with_a_token():
    http = Scripted([(200, "imds"), (200, "role-1\n"), (200, _lent())])

    assert await _key(_aws({}, http, machine=MACHINE)) == "TK"
    assert [(each.method, each.url.removeprefix(MACHINE)) for each in http.asked] == [
        ("PUT", "/api/token"),
        ("GET", "/meta-data/iam/security-credentials/"),
        ("GET", "/meta-data/iam/security-credentials/role-1"),
    ]
    assert http.asked[1].headers == {"X-aws-ec2-metadata-token": "imds"}
    refused = Scripted([(403, "")])
    assert "service answered 403" in await _refusal(_aws({}, refused, machine=MACHINE))
    without = Scripted([(200, "imds"), (404, "")])
    assert "has no role" in await _refusal(_aws({}, without, machine=MACHINE))


async def test_without_anything_the_variables_are_named():
    aws = _aws({})
    assert aws.missing == "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    assert "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in await _refusal(aws)
    assert not _aws({"AWS_PROFILE": "x", **BY_FILE}).missing
    assert _aws({"AWS_ACCESS_KEY_ID": "AK"}).missing


async def test_keys_are_fetched_anew_shortly_before_they_end():
    clock = StillClock()
    later = _lent(ends="2015-08-30T14:36:00Z", key="T2")
    http = Scripted([(200, _lent()), (200, later)])
    aws = _aws({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}, http, clock=clock)

    assert await _key(aws) == await _key(aws) == "TK"
    clock.time += 3_290  # 3600 less five minutes is 3300
    assert await _key(aws) == "TK"
    clock.time += 20
    assert await _key(aws) == "T2"


@pytest.mark.parametrize("answer", [{}, {"AccessKeyId": "A"}, [], "x"])
async def test_an_answer_without_keys_is_told(answer):
    http = Scripted([(200, answer)])
    said = await _refusal(_aws({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}, http))
    assert "gets no AWS keys" in said


async def test_keys_that_do_not_say_when_they_end_are_used_once():
    http = Scripted([(200, _lent(ends="soon")), (200, _lent(ends=None, key="T2"))])
    aws = _aws({"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/x"}, http)
    assert [await _key(aws), await _key(aws)] == ["TK", "T2"]


def test_no_secret_is_in_a_repr():
    aws = _aws({**STATIC, "AWS_SECRET_ACCESS_KEY": "top5ecret"})
    assert "top5ecret" not in repr(aws)
