"""The frame of the few pages that a browser sees: no scripts, nothing from outside, both themes."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final

from starlette.responses import HTMLResponse

_CODE: Final = re.compile(r"`([^`]+)`")

_STYLE: Final = """
:root { color-scheme: light dark;
  --page: #f6f6f3; --card: #fff; --text: #1d1f24; --soft: #5a5f6b; --line: #dcdcd6;
  --accent: #3b4bd8; --on-accent: #fff; --code: #efefea; --bad: #a8201a; --good: #1a6b3c; }
@media (prefers-color-scheme: dark) { :root {
  --page: #14151a; --card: #1c1e25; --text: #ececf1; --soft: #a3a8b5; --line: #32353f;
  --accent: #9aa5ff; --on-accent: #14151a; --code: #262932; --bad: #ff9a92; --good: #7fd8a4; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 48rem; margin: 0 auto; padding: 3.5rem 1.25rem 4rem; }
header { display: flex; align-items: center; gap: .7rem; margin-bottom: 2.2rem; font-weight: 650; }
header svg { width: 2rem; height: 2rem; color: var(--accent); }
header .version { color: var(--soft); font-weight: 400; font-size: .9rem; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .6rem;
  text-wrap: balance; }
h2 { font-size: 1.1rem; margin: 2.2rem 0 .6rem; }
h3 { font-size: 1rem; margin: 0 0 .3rem; }
p { margin: 0 0 1rem; text-wrap: pretty; }
.lead { font-size: 1.12rem; color: var(--soft); margin-bottom: 1.4rem; }
a { color: var(--accent); text-underline-offset: .2em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .3rem; }
.card, details { background: var(--card); border: 1px solid var(--line); border-radius: .8rem;
  padding: 1.15rem 1.25rem; margin: 0 0 .9rem; }
.card p:last-child, details p:last-child { margin-bottom: 0; }
code { font: .88em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace;
  background: var(--code); padding: .12em .35em; border-radius: .3em; overflow-wrap: anywhere;
  display: inline-block; max-width: 100%; }
pre { background: var(--code); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto;
  margin: .6rem 0 0; }
pre code { background: none; padding: 0; overflow-wrap: normal; display: inline; }
label { display: block; font-weight: 600; margin-bottom: .35rem; }
label + input, label + textarea { margin-bottom: 1rem; }
.soft { color: var(--soft); font-weight: 400; }
nav { margin-left: auto; display: flex; gap: 1rem; font-weight: 500; flex-wrap: wrap; }
header { flex-wrap: wrap; }
textarea { font: .88rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; width: 100%;
  color: inherit; background: var(--page); border: 1px solid var(--soft); border-radius: .5rem;
  padding: .65rem .8rem; min-height: 9rem; resize: vertical; }
button.quiet { color: var(--text); background: transparent; border: 1px solid var(--soft); }
button.danger { color: var(--bad); background: transparent; border: 1px solid var(--bad); }
button.small { padding: .2rem .7rem; margin: 0; font-size: .9rem; width: auto; }
.actions { display: flex; gap: .8rem; flex-wrap: wrap; }
.codes { columns: 2; list-style: none; }
.codes li { padding: .2rem 0; }
.qr { max-width: 100%; height: auto; border-radius: .5rem; display: block; margin-bottom: 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1rem; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
del { color: var(--bad); } ins { color: var(--good); text-decoration: none; }
input { font: inherit; width: 100%; color: inherit; background: var(--page);
  border: 1px solid var(--soft); border-radius: .5rem; padding: .65rem .8rem; }
button { font: inherit; font-weight: 600; color: var(--on-accent); background: var(--accent);
  border: 0; border-radius: .5rem; padding: .7rem 1.3rem; margin-top: 1rem; cursor: pointer; }
.button { display: inline-block; font-weight: 600; border: 1px solid var(--accent);
  border-radius: .5rem; padding: .65rem 1.3rem; text-decoration: none; }
button:hover { filter: brightness(1.08); }
.hint { color: var(--soft); font-size: .92rem; }
.bad { color: var(--bad); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
details { padding: .75rem 1.1rem; margin-bottom: .5rem; }
summary { cursor: pointer; overflow-wrap: anywhere; }
details[open] summary { margin-bottom: .8rem; }
.method { display: inline-block; min-width: 3.6rem; font-weight: 700; font-size: .8rem;
  color: var(--accent); }
table { width: 100%; border-collapse: collapse; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .4rem .6rem .4rem 0;
  border-top: 1px solid var(--line); }
footer { margin-top: 3rem; color: var(--soft); font-size: .9rem; }
footer a { margin-right: 1.2rem; }
@media (max-width: 30rem) { main { padding-top: 2rem; } button { width: 100%; }
  pre { white-space: pre-wrap; } pre code { overflow-wrap: anywhere; } }
@media (prefers-reduced-motion: no-preference) { button { transition: filter .15s; } }
"""
_ICON: Final = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32' fill='{color}' "
    "aria-hidden='true'><rect x='3' y='17' width='8' height='11' rx='1.5'/>"
    "<rect x='12' y='8' width='8' height='20' rx='1.5'/>"
    "<rect x='21' y='21' width='8' height='7' rx='1.5'/></svg>"
)
_FAVICON: Final = "data:image/svg+xml," + (
    _ICON.format(color="%233b4bd8").replace("<", "%3C").replace(">", "%3E")
)


@dataclass(frozen=True, slots=True)
class Page:
    """`body` is HTML; everything in it that came from outside has gone through `text`. `visitor` is
    the name of who is signed in.
    """

    title: str
    body: str
    version: str
    status: int = 200
    visitor: str = ""


def text(value: object) -> str:
    """For text and for attribute values."""
    return escape(str(value))


def prose(value: str) -> str:
    """Text in which `backticks` mark code."""
    return _CODE.sub(r"<code>\1</code>", escape(value))


def block(code: str) -> str:
    return f'<pre tabindex="0"><code>{escape(code)}</code></pre>'


def cards(parts: Iterable[tuple[str, str]]) -> str:
    """Pairs of a heading and HTML."""
    return "".join(
        f'<section class="card"><h3>{escape(head)}</h3>{inner}</section>' for head, inner in parts
    )


def moment(at: float) -> str:
    """A time for people and programs."""
    when = datetime.fromtimestamp(at, UTC)
    shown = when.strftime("%Y-%m-%d %H:%M")
    return f'<time datetime="{when.isoformat()}">{shown} UTC</time>'


def _nav(page: Page) -> str:
    if not page.visitor:
        return ""
    return f"""<nav aria-label="Pages"><a href="/approvals">Approvals</a>
<a href="/account">{escape(page.visitor)}</a></nav>"""


def rendered(page: Page) -> HTMLResponse:
    nonce = secrets.token_urlsafe(18)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src data:; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{escape(page.title)} · podium</title>
<link rel="icon" href="{escape(_FAVICON)}">
<style nonce="{nonce}">{_STYLE}</style>
</head>
<body>
<main>
<header>{_ICON.format(color="currentColor")}<span>podium</span>
<span class="version">{escape(page.version)}</span>{_nav(page)}</header>
{page.body}
<footer><a href="/">Start</a><a href="/docs">API reference</a><a href="/openapi.json">OpenAPI</a>
</footer>
</main>
</body>
</html>
"""
    headers = {"Content-Security-Policy": policy}
    return HTMLResponse(html, status_code=page.status, headers=headers)
