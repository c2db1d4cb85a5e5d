"""What podium.yaml says of the audit trail."""

from typing import Annotated

from pydantic import Field

from podium.settings.durations import Seconds
from podium.settings.section import Section

_Place = Annotated[str, Field(min_length=1, max_length=1000)]


class AuditSection(Section):
    """There is no way to switch it off."""

    key: str = Field(
        default="",
        pattern=r"^(secret://\S+)?$",
        description="secret:// reference to an Ed25519 key in PEM that signs; empty: a key that "
        "podium makes in the state folder. Processes that share a database need the same one.",
    )
    every: Seconds = Field(default=2.0, description="How often what was added is sealed.")
    checkpoints: list[_Place] = Field(
        default_factory=list[_Place],
        description="Where each checkpoint goes too: a file to append to, relative to podium.yaml, "
        "or an https:// address that takes it by POST.",
    )
