"""AWS's published test suite for Signature Version 4: aws-signing-test-suite of aws-c-auth."""

import pytest

from podium.adapters.http.client import HttpRequest
from podium.protocols.credentials.sigv4 import AwsKeys, Scope, signature

NOW = 1_440_938_160.0
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"  # noqa: S105 - of the test suite
KEYS = AwsKeys("AKIDEXAMPLE", SECRET)
SCOPE = Scope("us-east-1", "service")
HOST = "https://example.amazonaws.com"
TOKEN = "6e86291e8372ff2a2260956d9b8aae1d763fbf315fa00fa31553b73ebf194267"  # noqa: S105
UNRESERVED = "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _signed(asked: HttpRequest, keys: AwsKeys = KEYS) -> tuple[str, str]:
    """The names of the signed headers, and the signature."""
    head = signature(asked, keys, SCOPE, now=NOW)
    assert head["X-Amz-Date"] == "20150830T123600Z"
    start = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
    assert head["Authorization"].startswith(start)
    names, made = head["Authorization"].removeprefix(start).split(", ")
    return names.removeprefix("SignedHeaders="), made.removeprefix("Signature=")


@pytest.mark.parametrize(
    ("method", "path", "made"),
    [
        ("GET", "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        (
            "GET",
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "GET",
            f"/?{UNRESERVED}={UNRESERVED}",
            "9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197",
        ),
        ("GET", "/ሴ", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
        (
            "GET",
            "/example space/",
            "652487583200325589f1fba4c7e578f72c47cb61beeca81406b39ddec1366741",
        ),
    ],
)
def test_plain_requests(method, path, made):
    assert _signed(HttpRequest(method, HOST + path)) == ("host;x-amz-date", made)


def test_a_session_token_is_signed():
    keys = AwsKeys("AKIDEXAMPLE", SECRET, TOKEN)
    asked = HttpRequest("GET", HOST + "/")

    assert signature(asked, keys, SCOPE, now=NOW)["X-Amz-Security-Token"] == TOKEN
    assert _signed(asked, keys) == (
        "host;x-amz-date;x-amz-security-token",
        "07ec1639c89043aa0e3e2de82b96708f198cceab042d4a97044c66dd9f74e7f8",
    )


def test_spaces_in_headers_count_once():
    headers = {"My-Header1": " value1", "My-Header2": ' "a   b   c"'}
    assert _signed(HttpRequest("GET", HOST + "/", headers)) == (
        "host;my-header1;my-header2;x-amz-date",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    )


def test_a_body_is_signed():
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": "13",
        "x-amz-content-sha256": "9095672bbd1f56dfc5b65f3e153adc8731a4a654192329106275f4c7b24d0b6e",
    }
    assert _signed(HttpRequest("POST", HOST + "/", headers, {}, b"Param1=value1")) == (
        "content-length;content-type;host;x-amz-content-sha256;x-amz-date",
        "d3875051da38690788ef43de4db0d8f280229d82040bfac253562e56c3f20e0b",
    )


def test_a_path_that_is_encoded_already_is_encoded_once_more():
    """As botocore 1.44.8 signs this request of Bedrock."""
    url = "https://bedrock-runtime.eu-central-1.amazonaws.com"
    asked = HttpRequest(
        "POST",
        f"{url}/model/anthropic.claude-v2%3A1/converse",
        {"Content-Type": "application/json"},
        {},
        b'{"messages":[]}',
    )
    head = signature(asked, KEYS, Scope("eu-central-1", "bedrock"), now=NOW)

    assert head["Authorization"].endswith(BOTOCORE)


BOTOCORE = "Signature=557cc41fc88fe9ca144064e8f9833de93970406f94493ea9a4ba90fdf99886fc"
