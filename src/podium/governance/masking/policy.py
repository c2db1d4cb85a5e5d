"""What becomes of data of each class: in questions to models, and in what they answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from podium.governance.masking.classes import DataClass


class Treatment(StrEnum):
    """From the mildest to the strictest."""

    ALLOW = "allow"
    RESTRICT = "restrict"
    """It goes in clear, but only to targets that list its class, and lie in its region."""
    PSEUDONYMISE = "pseudonymise"
    """A placeholder goes; what it stands for is put back on the way to the caller."""
    MASK = "mask"
    """A placeholder goes and stays."""
    BLOCK = "block"


_ORDER: Final = {treatment: place for place, treatment in enumerate(Treatment)}


def strictest(treatments: Iterable[Treatment]) -> Treatment:
    return max(treatments, key=_ORDER.__getitem__, default=Treatment.ALLOW)


@dataclass(frozen=True, slots=True)
class Policy:
    """`requests` and `answers` say what becomes of a class; what is not named is allowed.

    `regions`: where a class that is restricted may go. `quick`: only keys that stand there in clear
    are looked for, which costs nothing where there are none.
    """

    requests: Mapping[DataClass, Treatment] = field(default_factory=dict[DataClass, Treatment])
    answers: Mapping[DataClass, Treatment] = field(default_factory=dict[DataClass, Treatment])
    regions: Mapping[DataClass, str] = field(default_factory=dict[DataClass, str])
    quick: bool = False

    @property
    def idle(self) -> bool:
        """Nothing is to be looked for."""
        return not _acts(self.requests) and not _acts(self.answers)

    def over(self, wider: "Policy") -> "Policy":
        """What this one says of a class counts; of the others what the wider one says."""
        return Policy(
            requests={**wider.requests, **self.requests},
            answers={**wider.answers, **self.answers},
            regions={**wider.regions, **self.regions},
            quick=wider.quick and not (self.requests or self.answers),
        )


def _acts(treatments: Mapping[DataClass, Treatment]) -> bool:
    return any(treatment is not Treatment.ALLOW for treatment in treatments.values())


USUAL: Final = Policy({DataClass.SECRET: Treatment.PSEUDONYMISE}, quick=True)
"""What holds where podium.yaml says nothing: see docs/decisions/0012-masking-by-default.md."""


@dataclass(frozen=True, slots=True)
class Policies:
    """`usual` holds for all; a workspace's stands above it, a route's above both."""

    usual: Policy = USUAL
    workspaces: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    routes: Mapping[str, Policy] = field(default_factory=dict[str, Policy])
    _made: dict[tuple[str, str], Policy] = field(default_factory=dict[tuple[str, str], Policy])

    def of(self, workspace: str, route: str) -> Policy:
        if workspace not in self.workspaces and route not in self.routes:
            return self.usual
        key = (workspace, route)
        made = self._made.get(key)
        if made is None:
            above = self.workspaces.get(workspace, Policy()).over(self.usual)
            made = self._made[key] = self.routes.get(route, Policy()).over(above)
        return made
