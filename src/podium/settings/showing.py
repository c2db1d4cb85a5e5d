"""How each provider is shown who asks, out of settings and variables."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeAlias

from podium.protocols.credentials.aws import MACHINE, VARIABLES, Aws, Environment
from podium.protocols.credentials.google import VARIABLE as GOOGLE
from podium.protocols.credentials.google import GoogleCredentials
from podium.protocols.credentials.grants import (
    ClientCredentials,
    EntraClient,
    KeyForToken,
    azure_machine,
    google_machine,
)
from podium.protocols.credentials.means import Means, SystemFiles
from podium.protocols.credentials.sigv4 import Scope
from podium.protocols.credentials.tokens import Grant, Token
from podium.protocols.endpoints import Credential, Key, Unplaced
from podium.providers.shelf import Auth, Shipped, shelf
from podium.settings.model import Settings
from podium.settings.providing import ProviderEntry
from podium.settings.secrets import named
from podium.settings.secrets import shown as shown_name

_ENTRA: Final = ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET")
_DATABRICKS: Final = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET")
_AWS_REGION: Final = "AWS_REGION"
_AZURE_RESOURCE: Final = "https://cognitiveservices.azure.com"
_IBM_TOKENS: Final = "https://iam.cloud.ibm.com/identity/token"
_BY_KEY: Final = frozenset({Auth.KEY, Auth.IBM})
_UNKNOWN: Final = Shipped("", "", "", "", "", frozenset(), "", date(2026, 1, 1))


@dataclass(frozen=True, slots=True)
class Signing:
    """Requests are signed with keys from here, for this scope."""

    source: Environment
    scope: Scope

    @property
    def missing(self) -> str:
        return self.source.missing


Shown: TypeAlias = Key | Unplaced | Signing | Grant


def credential(shown: Shown, means: Means) -> Credential:
    match shown:
        case Key() | Unplaced():
            return shown
        case Signing(source, scope):
            return Aws(source, scope, means)
        case _:
            return Token(shown, means)


def shown(settings: Settings, name: str) -> Shown:
    """What a provider is shown, or what has to be said before anything can be."""
    for place, known in _shipped(name).place.items():
        if _needs(settings, name, place) and not filled(settings, name, place):
            return Unplaced(place, known.variable)
    return _SHOWN[authentication(settings, name)](settings, name)


def _needs(settings: Settings, name: str, place: str) -> bool:
    """An address of the operator's own may leave nothing open."""
    url = _entry(settings, name).base_url or _shipped(name).base_url
    return "{" + place + "}" in url


def authentication(settings: Settings, name: str) -> Auth:
    return _entry(settings, name).auth or _shipped(name).auth[0]


def filled(settings: Settings, name: str, place: str) -> str:
    """What stands at a place of a base URL: podium.yaml's, the variable's, or the default.

    A variable may hold a whole URL of a host, as DATABRICKS_HOST does.
    """
    given = _entry(settings, name).places.get(place, "")
    known = _shipped(name).place.get(place)
    if given or known is None:
        return given
    found = settings.variable(known.variable) or known.default
    return found.removeprefix("https://").rstrip("/")


def base_url(settings: Settings, name: str) -> str:
    """With its places filled; those that nobody filled stay as they are."""
    shipped = _shipped(name)
    url = _entry(settings, name).base_url or shipped.base_url
    for place in {*shipped.place, *_entry(settings, name).places}:
        value = filled(settings, name, place)
        if value == "global":
            url = url.replace("{region}-", "")  # the address of Vertex AI's location has no region
        if value:
            url = url.replace("{" + place + "}", value)
    return url


def variables(settings: Settings, name: str) -> Iterator[str]:
    """Names of the variables that a provider is filled and shown with, but for its key."""
    for place in _shipped(name).place.values():
        yield place.variable
    match authentication(settings, name):
        case Auth.AWS:
            yield from (*VARIABLES, _AWS_REGION)
        case Auth.GOOGLE:
            yield GOOGLE
        case Auth.ENTRA:
            yield from _ENTRA
        case Auth.DATABRICKS:
            yield from _DATABRICKS
        case Auth.KEY | Auth.IBM:
            pass


def key_variable(settings: Settings, name: str) -> str:
    """Where a provider's key comes from, as `named` has it; empty where it needs none."""
    entry = _entry(settings, name)
    if authentication(settings, name) not in _BY_KEY:
        return ""
    if entry.api_key is not None:
        return named(entry.api_key)
    return _shipped(name).api_key_env if entry.api_key_env is None else entry.api_key_env


def _key(settings: Settings, name: str) -> Key:
    header = _entry(settings, name).key_header or _shipped(name).key_header
    scheme = "Bearer" if header.lower() == "authorization" else ""
    source = shown_name(key_variable(settings, name))
    return Key(settings.provider_key(name), source, header, scheme)


def _aws(settings: Settings, name: str) -> Signing | Unplaced:
    """What is signed names a region, whether the address does or not."""
    region = filled(settings, name, "region") or settings.variable(_AWS_REGION)
    if not region:
        return Unplaced("region", _AWS_REGION)
    known = {each: settings.variable(each) for each in VARIABLES}
    machine = MACHINE if _entry(settings, name).machine_identity else ""
    source = Environment(known, region, SystemFiles(), machine)
    return Signing(source, Scope(region, "bedrock"))


def _google(settings: Settings, name: str) -> Grant:
    if _entry(settings, name).machine_identity:
        return google_machine()
    return GoogleCredentials(settings.variable(GOOGLE))


def _entra(settings: Settings, name: str) -> Grant:
    if _entry(settings, name).machine_identity:
        return azure_machine(_AZURE_RESOURCE)
    directory, client, secret = (settings.variable(each) for each in _ENTRA)
    url = f"https://login.microsoftonline.com/{directory}/oauth2/v2.0/token"
    lacking = _lacking(settings, _ENTRA)
    return EntraClient(url, client, secret, f"{_AZURE_RESOURCE}/.default", lacking)


def _ibm(settings: Settings, name: str) -> Grant:
    key = settings.provider_key(name)
    return KeyForToken(_IBM_TOKENS, key, "" if key else shown_name(key_variable(settings, name)))


def _databricks(settings: Settings, name: str) -> Grant:
    client, secret = (settings.variable(each) for each in _DATABRICKS)
    url = f"https://{filled(settings, name, 'account')}/oidc/v1/token"
    return ClientCredentials(url, client, secret, "all-apis", _lacking(settings, _DATABRICKS))


_SHOWN: Final[Mapping[Auth, Callable[[Settings, str], Shown]]] = {
    Auth.KEY: _key,
    Auth.AWS: _aws,
    Auth.GOOGLE: _google,
    Auth.ENTRA: _entra,
    Auth.IBM: _ibm,
    Auth.DATABRICKS: _databricks,
}


def _lacking(settings: Settings, names: tuple[str, ...]) -> str:
    return " and ".join(name for name in names if not settings.variable(name))


def _entry(settings: Settings, name: str) -> ProviderEntry:
    return settings.providers.get(name, ProviderEntry())


def _shipped(name: str) -> Shipped:
    return shelf().by_name.get(name, _UNKNOWN)
