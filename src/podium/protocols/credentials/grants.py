"""What is asked of token endpoints.

Sources: https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow,
https://docs.databricks.com/aws/en/dev-tools/auth/oauth-m2m,
https://cloud.ibm.com/docs/account?topic=account-iamtoken_from_apikey,
https://cloud.google.com/compute/docs/access/authenticate-workloads,
https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from podium.adapters.http.client import HttpRequest
from podium.protocols.credentials.means import Means

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


def form(url: str, fields: Mapping[str, str], **headers: str) -> HttpRequest:
    return HttpRequest("POST", url, {**_FORM, **headers}, {}, urlencode(fields).encode())


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """A client with its secret, as RFC 6749, 4.4 has it; the secret is sent as HTTP Basic."""

    url: str
    id: str
    secret: str = field(repr=False)
    scope: str
    missing: str = ""

    async def asked(self, means: Means) -> HttpRequest:
        del means
        pair = b64encode(f"{self.id}:{self.secret}".encode()).decode()
        fields = {"grant_type": "client_credentials", "scope": self.scope}
        return form(self.url, fields, Authorization=f"Basic {pair}")


@dataclass(frozen=True, slots=True)
class EntraClient:
    """An application of Microsoft Entra: its secret is a part of the form."""

    url: str
    id: str
    secret: str = field(repr=False)
    scope: str
    missing: str = ""

    async def asked(self, means: Means) -> HttpRequest:
        del means
        fields = {
            "grant_type": "client_credentials",
            "client_id": self.id,
            "client_secret": self.secret,
            "scope": self.scope,
        }
        return form(self.url, fields)


@dataclass(frozen=True, slots=True)
class KeyForToken:
    """An API key of IBM Cloud, changed for a token."""

    url: str
    key: str = field(repr=False)
    missing: str = ""

    async def asked(self, means: Means) -> HttpRequest:
        del means
        grant = "urn:ibm:params:oauth:grant-type:apikey"
        return form(self.url, {"grant_type": grant, "apikey": self.key})


@dataclass(frozen=True, slots=True)
class MachineIdentity:
    """What the machine itself is, asked of the service that its cloud has for it."""

    url: str
    headers: Mapping[str, str]
    missing: str = ""

    async def asked(self, means: Means) -> HttpRequest:
        del means
        return HttpRequest("GET", self.url, self.headers)


def google_machine() -> MachineIdentity:
    place = "computeMetadata/v1/instance/service-accounts/default/token"
    return MachineIdentity(
        f"http://metadata.google.internal/{place}", {"Metadata-Flavor": "Google"}
    )


def azure_machine(resource: str) -> MachineIdentity:
    query = urlencode({"api-version": "2018-02-01", "resource": resource})
    return MachineIdentity(
        f"http://169.254.169.254/metadata/identity/oauth2/token?{query}", {"Metadata": "true"}
    )
