"""Signing in and out on pages without scripts."""

import re
from base64 import b32decode
from urllib.parse import urlencode

import pytest
from tests.api.asgi import Answer, Caller
from tests.fakes_api import FakePodium

from podium.governance.terms import Comment, Risk, Terms
from podium.identity import totp
from podium.identity.sign_in import Shown

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("browser")]
NAME, PASSWORD = "ann@example.com", "four quiet brown horses"
OURS = {"sec-fetch-site": "same-origin", "content-type": "application/x-www-form-urlencoded"}


class Browser:
    """Keeps its cookie, and sends forms as they are on the page."""

    def __init__(self, stranger: Caller) -> None:
        self.caller: Caller = stranger
        self.cookie: str = ""
        self.page: str = ""

    async def get(self, target: str) -> Answer:
        return self._seen(await self.caller.get(target, cookie=self.cookie))

    async def send(self, target: str, **form: str) -> Answer:
        token = re.search(r'name="csrf" value="([^"]*)"', self.page)
        fields = {"csrf": token[1] if token else "", **form}
        body = urlencode(fields).encode()
        headers = {**OURS, "cookie": self.cookie}
        return self._seen(await self.caller.call("POST", target, body, headers=headers))

    def _seen(self, answer: Answer) -> Answer:
        if "set-cookie" in answer.headers:
            self.cookie = answer.headers["set-cookie"].split(";")[0]
        self.page = answer.text or self.page
        return answer


@pytest.fixture
async def browser(podium: FakePodium, stranger: Caller) -> Browser:
    """Somebody has come in by the link and set a password."""
    one = Browser(stranger)
    _ = await one.send("/start", token=podium.invitation, name="Ann")
    _ = await one.get("/account")
    assert (await one.send("/account/password", name=NAME, password=PASSWORD)).status == 303
    return one


async def test_a_name_and_a_password_lead_to_the_page_that_was_wanted(stranger: Caller):
    fresh = Browser(stranger)
    sent = await fresh.get("/approvals?x=1")
    assert (sent.status, sent.headers["location"]) == (303, "/login?next=%2Fapprovals%3Fx%3D1")
    assert (await fresh.get(sent.headers["location"])).status == 200
    form = {"name": NAME, "password": PASSWORD, "next": "/approvals?x=1"}
    done = await fresh.send("/login", **form)
    assert (done.status, done.headers["location"]) == (303, "/approvals?x=1")
    assert "HttpOnly" in done.headers["set-cookie"]
    assert "SameSite=lax" in done.headers["set-cookie"]
    assert "Nothing waits for you" in (await fresh.get("/approvals")).text
    assert (await fresh.get("/login?next=/account")).headers["location"] == "/account"


async def test_over_https_the_cookie_is_of_this_host_alone(stranger: Caller):
    safe = Browser(Caller(stranger.app, scheme="https"))
    done = await safe.send("/login", name=NAME, password=PASSWORD)
    assert re.match(r"__Host-podium_session=pds_\S+; ", done.headers["set-cookie"])
    assert "Secure" in done.headers["set-cookie"]
    assert "Domain" not in done.headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x", "", "/a\nb"],
)
async def test_nobody_is_led_to_another_site(stranger: Caller, wanted: str):
    done = await Browser(stranger).send("/login", name=NAME, password=PASSWORD, next=wanted)
    assert done.headers["location"] == "/"


async def test_what_is_wrong_is_told_on_the_form_with_the_name_kept(stranger: Caller):
    refused = await Browser(stranger).send("/login", name="<ann>", password="wrong")  # noqa: S106
    assert refused.status == 401
    assert "The name, the password or the code is wrong" in refused.text
    assert 'value="&lt;ann&gt;"' in refused.text
    for _ in range(11):
        refused = await Browser(stranger).send("/login", name=NAME, password="wrong")  # noqa: S106
    assert (refused.status, "try again in" in refused.text) == (429, True)


async def test_a_form_of_another_site_or_session_changes_nothing(
    browser: Browser, stranger: Caller
):
    _ = await browser.get("/account")
    body = urlencode({"csrf": "0" * 64, "name": NAME, "password": PASSWORD}).encode()
    cookie = {"cookie": browser.cookie}
    forged = await stranger.call("POST", "/account/password", body, headers={**OURS, **cookie})
    assert forged.status == 403
    assert "of another session" in forged.json["detail"]
    other = {**OURS, **cookie, "sec-fetch-site": "cross-site"}
    assert (await stranger.call("POST", "/logout", body, headers=other)).status == 403
    assert (await stranger.call("POST", "/login", body, headers=other)).status == 403
    assert (await browser.get("/account")).status == 200


async def test_signing_out_ends_the_session(browser: Browser):
    _ = await browser.get("/")
    kept = browser.cookie
    assert (await browser.send("/logout")).headers["location"] == "/login"
    browser.cookie = kept
    assert (await browser.get("/account")).headers["location"] == "/login?next=%2Faccount"


async def test_every_page_has_a_policy_with_a_nonce_and_no_scripts(browser: Browser):
    for path in ("/", "/login", "/account", "/step-up", "/approvals", "/approvals/appr_none"):
        answer = await browser.get(path)
        if answer.status == 303:
            continue
        policy = answer.headers["content-security-policy"]
        nonce = re.search(r"style-src 'nonce-([^']+)'", policy)
        assert nonce is not None, path
        assert f'<style nonce="{nonce[1]}">' in answer.text
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "<script" not in answer.text
        assert " style=" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


async def _enrolled(browser: Browser, podium: FakePodium) -> bytes:
    _ = await browser.get("/account")
    shown = await browser.send("/account/factor")
    assert "<svg " in shown.text
    secret = re.search(r"<code>([A-Z2-7]{32})</code>", shown.text)
    assert secret is not None
    raw = b32decode(secret[1])
    done = await browser.send("/account/factor/confirm", code=_code(raw, podium))
    assert "Your second factor is on" in done.text
    assert len(re.findall(r"<li><code>[a-z2-7-]{19}</code>", done.text)) == 10
    podium.clock.at += 30
    return raw


def _code(secret: bytes, podium: FakePodium) -> str:
    return totp.code(secret, int(podium.clock.at // 30))


async def test_a_second_factor_is_added_asked_for_and_removed(
    browser: Browser, stranger: Caller, podium: FakePodium
):
    secret = await _enrolled(browser, podium)
    form = {"name": NAME, "password": PASSWORD}
    assert (await Browser(stranger).send("/login", **form)).status == 401
    done = await Browser(stranger).send("/login", **form, code=_code(secret, podium))
    assert done.status == 303
    podium.clock.at += 30
    _ = await browser.get("/account")
    wrong = await browser.send("/account/factor/remove", code="0")
    assert (wrong.status, "This code is wrong" in wrong.text) == (403, True)
    assert (await browser.send("/account/factor/remove", code=_code(secret, podium))).status == 303
    assert (await Browser(stranger).send("/login", **form)).status == 303


async def test_sessions_are_listed_and_ended_on_the_page_and_over_the_api(
    browser: Browser, podium: FakePodium
):
    _ = await podium.sign_ins.sign_in(Shown(NAME, PASSWORD))
    page = (await browser.get("/account")).text
    (other,) = re.findall(r'name="session" value="(key_\w+)"', page)
    listed = (await browser.get("/api/v1/sessions")).json["items"]
    assert {one["id"]: one["is_this"] for one in listed}[other] is False
    assert [one["is_this"] for one in listed].count(True) == 1
    _ = await browser.get("/account")
    assert (await browser.send("/account/sessions/end", session=other)).status == 303
    _ = await podium.sign_ins.sign_in(Shown(NAME, PASSWORD))
    _ = await browser.get("/account")
    assert (await browser.send("/account/sessions/end")).status == 303
    left = (await browser.get("/api/v1/sessions")).json["items"]
    assert [one["is_this"] for one in left] == [True]
    headers = {**OURS, "cookie": browser.cookie}
    path = f"/api/v1/sessions/{left[0]['id']}"
    assert (await browser.caller.call("DELETE", path, headers=headers)).status == 204


TERMS = Terms(comment=Comment.ON_REJECT)


async def test_a_question_is_read_edited_and_approved_on_its_page(
    browser: Browser, podium: FakePodium
):
    asked = await podium.question(await podium.run(), {"to": "<b>", "amount": 5}, TERMS)
    assert asked.id in (await browser.get("/approvals")).text
    page = (await browser.get(f"/approvals/{asked.id}")).text
    assert "&lt;b&gt;" in page
    assert "<b>" not in page.split("<textarea")[1].split("</textarea>")[0]
    shown = '{\r\n  "to": "<b>",\r\n  "amount": 5\r\n}'
    form = {"seen": asked.proposal_digest, "shown": shown, "verdict": "approve"}
    broken = await browser.send(f"/approvals/{asked.id}", **form, payload="{")
    assert (broken.status, "is no JSON any more" in broken.text) == (422, True)
    stale = {**form, "seen": "0" * 64}
    assert (await browser.send(f"/approvals/{asked.id}", **stale, payload=shown)).status == 409
    edited = shown.replace("5", "4")
    assert (await browser.send(f"/approvals/{asked.id}", **form, payload=edited)).status == 303
    done = (await browser.get(f"/approvals/{asked.id}")).text
    assert "<del><code>5</code></del>" in done
    assert "<ins><code>4</code></ins>" in done
    assert podium.engine.sent[0][2]["payload"] == {"to": "<b>", "amount": 4}


async def test_a_question_is_rejected_with_a_comment(browser: Browser, podium: FakePodium):
    asked = await podium.question(await podium.run(), {"amount": 5}, TERMS)
    _ = await browser.get(f"/approvals/{asked.id}")
    form = {"seen": asked.proposal_digest, "verdict": "reject"}
    missing = await browser.send(f"/approvals/{asked.id}", **form)
    assert (missing.status, "needs a comment" in missing.text) == (422, True)
    assert (await browser.send(f"/approvals/{asked.id}", **form, comment="no")).status == 303
    assert "rejected" in (await browser.get(f"/approvals/{asked.id}")).text
    assert (await browser.get("/approvals/appr_none")).status == 404


async def test_a_high_risk_needs_the_second_factor_of_a_moment_ago(
    browser: Browser, podium: FakePodium, ann: Caller
):
    asked = await podium.question(await podium.run(), {"amount": 5}, Terms(risk=Risk.HIGH))
    form = {"seen": asked.proposal_digest, "verdict": "approve"}
    _ = await browser.get(f"/approvals/{asked.id}")
    sent = await browser.send(f"/approvals/{asked.id}", **form)
    assert sent.headers["location"] == f"/step-up?next=/approvals/{asked.id}"
    secret = await _enrolled(browser, podium)
    _ = await browser.get(sent.headers["location"])
    wrong = await browser.send("/step-up", code="0")
    assert (wrong.status, "This code is wrong" in wrong.text) == (403, True)
    back = await browser.send("/step-up", code=_code(secret, podium), next=f"/approvals/{asked.id}")
    assert back.headers["location"] == f"/approvals/{asked.id}"
    _ = await browser.get(f"/approvals/{asked.id}")
    assert (await browser.send(f"/approvals/{asked.id}", **form)).status == 303
    assert "approved" in (await browser.get(f"/approvals/{asked.id}")).text
    other = await podium.question(await podium.run(), 1, Terms(self_approval=True, risk=Risk.HIGH))
    refused = await ann.post(f"/api/v1/approvals/{other.id}/approve")
    assert (refused.status, refused.json["details"]) == (403, {"step_up": "/step-up"})
