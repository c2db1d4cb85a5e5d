"""Signing in at a provider that others wrote: npm's oidc-provider; see `make test-oidc`."""

import json
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Generator
from http.cookiejar import CookieJar
from pathlib import Path

import pytest
from tests.service.drill import Place

HERE = Path(__file__).parent / "openid"
NODE = shutil.which("node") or ""
INSTALLED = Path(__file__).parents[2] / ".openid"
needed = pytest.mark.skipif(
    not NODE or not (INSTALLED / "node_modules/oidc-provider").is_dir(),
    reason="oidc-provider is not installed: `make test-oidc` does that, and needs node and npm.",
)


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Browser:
    """Follows where it is sent, and keeps cookies."""

    def __init__(self) -> None:
        self._opener: urllib.request.OpenerDirector = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(CookieJar())
        )
        self.url: str = ""
        self.page: str = ""

    def open(self, url: str, **form: str) -> str:
        body = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self._opener.open(url, body, timeout=30) as answer:
                self.url, self.page = answer.url, answer.read().decode()
        except urllib.error.HTTPError as refused:
            self.url, self.page = refused.url or url, refused.read().decode()
        return self.page

    def send(self, **form: str) -> str:
        """The form of the page."""
        found = re.search(r'<form[^>]* action="([^"]+)"', self.page)
        assert found is not None, self.page
        return self.open(urllib.parse.urljoin(self.url, found[1]), **form)

    def sign_in(self, place: str, person: str) -> str:
        _ = self.open(f"{place}/login/oidc?next=/account")
        _ = self.send(prompt="login", login=person, password="anything")  # noqa: S106
        return self.send(prompt="consent")


@pytest.fixture
def podium(tmp_path: Path) -> Generator[str]:
    theirs, ours = _free(), _free()
    url = f"http://127.0.0.1:{ours}"
    for name in ("provider.js", "package.json"):
        _ = shutil.copy(HERE / name, INSTALLED / name)
    with subprocess.Popen(
        [NODE, "provider.js", str(theirs), f"{url}/login/oidc/callback"],
        cwd=INSTALLED,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as provider:
        assert provider.stdout is not None
        assert provider.stdout.readline() == b"serving\n"
        place = Place(tmp_path, {"OIDC_CLIENT_SECRET": "s/cret:+"})
        _ = place.write("podium.yaml", _SETTINGS.format(port=theirs))
        try:
            _ = place.serve("up", "--port", str(ours))
            yield url
        finally:
            if place.lives:
                place.kill()
            provider.kill()


_SETTINGS = """
version: 1
sign_in:
  oidc:
    issuer: http://127.0.0.1:{port}
    client_id: podium
    client_secret: secret://env/OIDC_CLIENT_SECRET
    roles: {{podium-admins: admin}}
"""


@needed
def test_people_come_in_by_a_real_provider_if_a_group_lets_them(podium: str):
    boss = Browser()
    page = boss.sign_in(podium, "boss")
    assert boss.url == f"{podium}/account", page
    assert "You are boss of the provider" in page
    me = json.loads(boss.open(f"{podium}/api/v1/me"))
    assert me["roles"] == ["admin"]
    other = Browser()
    assert "None of your groups has a role" in other.sign_in(podium, "other")
    assert other.open(f"{podium}/account").count("<h1>Sign in</h1>") == 1
    again = Browser()
    assert "You are boss of the provider" in again.sign_in(podium, "boss")
    assert json.loads(again.open(f"{podium}/api/v1/me"))["user"] == me["user"]
