"""/ and /start: the pages of a first visit."""

import re
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from tests.api.asgi import Answer, Caller
from tests.fakes_api import FakePodium

from podium.api.app import create_app
from podium.identity.principal import Role

pytestmark = pytest.mark.anyio
FORM = {"content_type": "application/x-www-form-urlencoded", "sec_fetch_site": "same-origin"}
PAGES = ["/", "/start?token=INVITATION", "/start?token=x", "/start", "/docs"]


async def test_the_link_shows_a_form_and_looking_uses_nothing_up(
    stranger: Caller, podium: FakePodium
):
    for _ in range(2):
        page = await stranger.get(f"/start?token={podium.invitation}")
        assert page.status == 200
        assert podium.invitation in page.text
    assert "set-cookie" not in page.headers
    assert (await _accept(stranger, podium.invitation)).status == 200


async def test_the_form_signs_in_and_says_what_to_do_next(stranger: Caller, podium: FakePodium):
    page = await _accept(stranger, podium.invitation, "Zoë <b>")
    assert page.status == 200
    assert "Welcome, Zoë &lt;b&gt;" in page.text
    assert "http://127.0.0.1:8700/v1/chat/completions" in page.text
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("podium_session=pds_")
    for part in ["HttpOnly", "SameSite=lax", "Path=/", "Max-Age=2592000"]:
        assert part in cookie
    assert "Secure" not in cookie
    session = {"cookie": cookie.partition(";")[0]}
    assert (await stranger.get("/api/v1/me", **session)).json["name"] == "Zoë <b>"
    assert "Welcome, Zoë" in (await stranger.get("/", **session)).text


@pytest.mark.parametrize("role", list(Role))
async def test_the_page_says_what_one_becomes(stranger: Caller, podium: FakePodium, role: Role):
    issued = await podium.identity.invite(podium.ann, role)
    page = (await stranger.get(f"/start?token={issued.secret}")).text
    assert f"<b>{role}</b>" in page
    other = Role.ADMIN if role is Role.ENGINEER else Role.ENGINEER
    assert f"<b>{other}</b>" not in page


async def test_only_an_admin_is_told_how_to_invite(stranger: Caller, podium: FakePodium):
    for role in Role:
        secret = (await podium.identity.invite(podium.ann, role)).secret
        page = await _accept(stranger, secret)
        session = page.headers["set-cookie"].partition(";")[0]
        for text in (page.text, (await stranger.get("/", cookie=session)).text):
            assert ("podium invite" in text) is (role in {Role.OWNER, Role.ADMIN})


async def test_over_https_the_cookie_belongs_to_this_host_alone(podium: FakePodium):
    caller = Caller(create_app(podium), scheme="https")
    cookie = (await _accept(caller, podium.invitation)).headers["set-cookie"]
    assert cookie.startswith("__Host-podium_session=")
    assert "Secure" in cookie
    value = cookie.partition(";")[0]
    assert (await caller.get("/api/v1/me", cookie=value)).status == 200
    plain = value.removeprefix("__Host-")
    assert (await caller.get("/api/v1/me", cookie=plain)).status == 401


@pytest.mark.parametrize("token", ["", "pdi_wrong", "<script>alert(1)</script>"])
async def test_a_wrong_link_has_a_clear_page(stranger: Caller, token: str):
    looked = await stranger.get(f"/start?{urlencode({'token': token})}")
    page = await _accept(stranger, token)
    for one in (looked, page):
        assert one.status == 401
        assert "This link does not work any more" in one.text
    assert "podium up" in page.text
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text


async def test_a_used_link_has_a_clear_page(stranger: Caller, podium: FakePodium):
    first = await _accept(stranger, podium.invitation)
    session = first.headers["set-cookie"].partition(";")[0]
    again = await _accept(stranger, podium.invitation, cookie=session)
    looked = await stranger.get(f"/start?token={podium.invitation}", cookie=session)
    for page in (again, looked):
        assert page.status == 401
        assert "You are signed in as Ann Other already" in page.text
    assert (await stranger.get(f"/start?token={podium.invitation}")).status == 401


async def test_an_expired_link_has_a_clear_page(stranger: Caller, podium: FakePodium):
    podium.clock.at += 25 * 3600
    assert (await _accept(stranger, podium.invitation)).status == 401


@pytest.mark.parametrize("name", ["", "   ", "x" * 81, "a\x07b"])
async def test_a_name_that_does_not_do_is_asked_for_again(
    stranger: Caller, podium: FakePodium, name: str
):
    page = await _accept(stranger, podium.invitation, name)
    assert page.status == 422
    assert 'role="alert"' in page.text
    assert podium.invitation in page.text
    assert (await _accept(stranger, podium.invitation)).status == 200


async def test_another_site_cannot_sign_somebody_in(stranger: Caller, podium: FakePodium):
    page = await _accept(stranger, podium.invitation, sec_fetch_site="cross-site")
    assert page.status == 403
    assert (await _accept(stranger, podium.invitation)).status == 200


@pytest.mark.parametrize(
    "body", [b"\xff", b"a=1&" * 20, b"[" * 10_000, b"token=a&token=b", b"%00=%ff"]
)
async def test_a_hostile_form_is_refused(stranger: Caller, body: bytes):
    assert (await stranger.post("/start", body, **FORM)).status in {401, 422}


async def test_an_old_cookie_is_no_obstacle_to_the_welcome(stranger: Caller):
    page = await stranger.get("/", cookie="podium_session=pds_old; other=1; =; junk")
    assert page.status == 200
    assert "podium is running" in page.text


async def test_a_stranger_learns_nothing_of_what_is_inside(stranger: Caller):
    assert "acme/large" not in (await stranger.get("/")).text


@pytest.mark.parametrize("path", PAGES)
async def test_pages_load_nothing_from_outside_and_run_no_script(
    stranger: Caller, podium: FakePodium, path: str
):
    page = await stranger.get(path.replace("INVITATION", podium.invitation))
    nonce = re.search(r"style-src 'nonce-([\w-]+)'", page.headers["content-security-policy"])
    assert nonce is not None
    assert page.text.count(f'<style nonce="{nonce[1]}">') == 1
    assert page.text.count(nonce[1]) == 1
    seen = _Seen(page.text)
    assert not seen.tags & {"script", "iframe", "object", "embed", "base"}
    assert not [name for _, name, _ in seen.attributes if name == "style" or name[:2] == "on"]
    loaded = [value for _, name, value in seen.attributes if name in {"src", "href", "action"}]
    assert all(value.startswith(("/", "data:image/svg")) for value in loaded)
    assert "http" not in page.text.partition("<body>")[0].replace("http://www.w3.org", "").replace(
        "http%3A", ""
    )


async def test_each_answer_has_its_own_nonce(stranger: Caller):
    policies = {(await stranger.get("/")).headers["content-security-policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize("path", PAGES)
async def test_pages_say_their_language_title_and_structure(
    stranger: Caller, podium: FakePodium, path: str
):
    page = (await stranger.get(path.replace("INVITATION", podium.invitation))).text
    seen = _Seen(page)
    assert page.startswith("<!doctype html>")
    assert ("html", "lang", "en") in seen.attributes
    assert page.count("<h1>") == 1
    assert {"main", "title", "header"} <= seen.tags
    assert "prefers-color-scheme: dark" in page
    assert seen.open == []


async def test_the_name_field_has_a_label(stranger: Caller, podium: FakePodium):
    page = (await stranger.get(f"/start?token={podium.invitation}")).text
    assert '<label for="name">' in page
    assert 'id="name"' in page


async def test_a_token_that_is_none_is_not_repeated(stranger: Caller):
    page = (await stranger.get('/start?token="><script>x</script>')).text
    assert "script" not in page


class _Seen(HTMLParser):
    """Tags and attributes of a page; `open` is what was never closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in {"meta", "link", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


async def _accept(caller: Caller, token: str, name: str = "Ann Other", **headers: str) -> Answer:
    body = urlencode({"token": token, "name": name}).encode()
    return await caller.post("/start", body, **{**FORM, **headers})
