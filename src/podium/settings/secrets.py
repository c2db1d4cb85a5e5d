"""Secrets are references to environment variables or files; what looks like one is refused."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import Json, JsonObject, pointer

ENV_NAME = r"^[A-Z_][A-Z0-9_]*$"
PREFIX = "secret://env/"
FILE = "file/"
REFERENCE = r"secret://(env/[A-Za-z_][A-Za-z0-9_]*|file/\S+)"
PLACE = "provider:"
"""Before a provider's name: where its key is kept among the secrets."""

_REFERENCE = re.compile(r"^secret://(env/[A-Z_][A-Z0-9_]*|file/\S+)$")
_KEY = re.compile(
    r"""sk-[A-Za-z0-9_-]{16,}
    | (gsk|hf|ghp|gho|xai|pat|glpat)[_-][A-Za-z0-9_-]{16,}
    | AIza[\w-]{30,} | AKIA[A-Z0-9]{16} | xox[abpr]-[\w-]{10,}
    | -----BEGIN[ ][A-Z ]*PRIVATE[ ]KEY""",
    re.VERBOSE,
)
_SECRET_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "x-api-key", "api-key", "cookie", "x-auth-token"}
)
_ADVICE = (
    "Put the value into an environment variable and write secret://env/ and its name, or into a "
    "file and write secret://file/ and its path."
)


def is_reference(text: str) -> bool:
    return _REFERENCE.match(text) is not None


def named(reference: str) -> str:
    """Its variable; or `file/` and a path, which is relative to podium.yaml or begins with `/`."""
    return reference.removeprefix(PREFIX).removeprefix("secret://")


def shown(name: str) -> str:
    """For people."""
    return f"the file {name.removeprefix(FILE)}" if name.startswith(FILE) else name


def resolved(text: str, secrets: Mapping[str, str]) -> str:
    if not text.startswith("secret://"):
        return text
    name = named(text)
    value = secrets.get(name, "")
    if value:
        return value
    if name.startswith(FILE):
        raise Invalid(f"'{text}' refers to a file that is empty or cannot be read. Put it there.")
    raise Invalid(f"'{text}' refers to {name}, which is not set. Set {name} and start again.")


def references(value: Json) -> Iterator[str]:
    """Names of the variables and files that are referred to."""
    for _, text in strings(value):
        if is_reference(text):
            yield named(text)


def literal_secrets(value: JsonObject) -> Iterator[Problem]:
    """A problem for each string that is, or probably is, a secret. No message quotes it."""
    for path, text in strings(value):
        what = _suspicion(path, text)
        if what:
            yield Problem(what, "settings/secret", pointer(*path))


def _suspicion(path: tuple[str, ...], text: str) -> str:
    where = ".".join(path)
    if text.startswith("secret://"):
        right, ways = is_reference(text), "secret://env/NAME or secret://file/PATH"
        return "" if right else f"{where} is no reference podium knows. Write {ways}."
    if path[-1] == "api_key":
        return f"{where} holds the key itself. {_ADVICE}"
    if path[-2:-1] == ("headers",) and path[-1].lower() in _SECRET_HEADERS:
        return f"{where} holds a secret. {_ADVICE}"
    if _has_password(text):
        return f"{where} holds a password. {_ADVICE}"
    return f"{where} looks like a key. {_ADVICE}" if _KEY.search(text) else ""


def _has_password(text: str) -> bool:
    try:
        return "://" in text and bool(urlsplit(text).password)
    except ValueError:
        return False


def strings(value: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every string with its path. The document's depth is bounded by its reader."""
    stack: list[tuple[tuple[str, ...], Json]] = [((), value)]
    while stack:
        path, here = stack.pop()
        if isinstance(here, str):
            yield path, here
        elif isinstance(here, Mapping):
            stack.extend(((*path, key), inner) for key, inner in here.items())
        elif isinstance(here, list):
            stack.extend(((*path, str(i)), inner) for i, inner in enumerate(here))
