"""How people sign in."""

from typing import Literal

from pydantic import Field

from podium.settings.durations import Seconds
from podium.settings.section import Section


class OidcSection(Section):
    issuer: str = Field(
        pattern=r"^https?://[^\s?#]+$", description="The provider, as its metadata spells it."
    )
    client_id: str = Field(min_length=1, description="What the provider knows podium as.")
    client_secret: str = Field(
        pattern=r"^secret://env/[A-Za-z_][A-Za-z0-9_]*$",
        description="A secret:// reference to the client's secret.",
    )
    name: str = Field(
        default="single sign-on", min_length=1, description="What the button on the page says."
    )
    scopes: list[str] = Field(
        default_factory=lambda: ["openid", "profile", "email"],
        description="What is asked for; `openid` is needed.",
    )
    groups_claim: str = Field(
        default="groups", min_length=1, description="The claim with the names of groups."
    )
    roles: dict[str, str] = Field(
        default_factory=dict[str, str],
        description="Roles by the name of a group; `*` is everybody. Without one nobody comes in.",
    )
    url: str = Field(
        default="",
        pattern=r"^(https?://[^\s?#]+)?$",
        description="Where browsers reach podium, if not where they say they do.",
    )


class SignInSection(Section):
    session: Seconds = Field(
        default=2_592_000.0, description="How long a session lives, however much it is used."
    )
    idle: Seconds = Field(
        default=604_800.0, description="How long a session lives while nobody uses it."
    )
    second_factor: Literal["required", "off"] = Field(
        default="required",
        description="Whether a yes to a high risk needs a second factor; `off` lets API keys and "
        "the command line give it too.",
    )
    oidc: OidcSection | None = Field(
        default=None, description="An OpenID Connect provider at which people sign in."
    )
    proof: Seconds = Field(
        default=600.0, description="How long a second factor counts for what needs it."
    )
