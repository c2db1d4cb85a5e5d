"""How people sign in."""

from typing import Literal

from pydantic import Field

from podium.settings.durations import Seconds
from podium.settings.section import Section


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
    proof: Seconds = Field(
        default=600.0, description="How long a second factor counts for what needs it."
    )
