"""`masking:`, at the top and at a route, and what it means to the gateway."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import Field

from podium.governance.masking.classes import DataClass
from podium.governance.masking.own import OwnEntity, own_pack
from podium.governance.masking.pack import KINDS, PACK
from podium.governance.masking.policy import USUAL, Policies, Policy, Treatment
from podium.kernel.errors import Invalid, Problem
from podium.kernel.json import pointer
from podium.settings.section import Section

KindName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,40}$")]


class MaskingRules(Section):
    """By data class: `public`, `internal`, `pii`, `phi`, `pci`, `secret`."""

    requests: dict[DataClass, Treatment] = Field(
        default_factory=dict[DataClass, Treatment],
        description="What becomes of data of a class in a question: `allow`, `restrict` (only "
        "targets that list it in `data_classes`), `pseudonymise` (a placeholder goes, and the "
        "value is put back in the answer), `mask` (a placeholder goes and stays) or `block`. "
        "Secrets are pseudonymised unless you say else.",
    )
    answers: dict[DataClass, Literal["allow", "mask", "block"]] = Field(
        default_factory=dict[DataClass, Literal["allow", "mask", "block"]],
        description="What becomes of data that a model itself says: `allow`, `mask` or `block`.",
    )
    regions: dict[DataClass, str] = Field(
        default_factory=dict[DataClass, str],
        description="Where data of a restricted class may go: targets with this in `regions`.",
    )

    def policy(self) -> Policy:
        return Policy(
            requests=self.requests,
            answers={data: Treatment(what) for data, what in self.answers.items()},
            regions=self.regions,
        )


class EntityEntry(Section):
    """A kind of your own, found by a pattern or by a list of words."""

    data_class: DataClass = Field(description="Its class.")
    pattern: str = Field(
        default="", description="What it looks like: a regular expression as RE2 takes them."
    )
    words: list[str] = Field(
        default_factory=list[str], description="Or the words themselves, whatever their case."
    )


class MaskingSection(MaskingRules):
    entities: dict[KindName, EntityEntry] = Field(
        default_factory=dict[KindName, EntityEntry], description="Kinds of your own, by name."
    )
    workspaces: dict[str, MaskingRules] = Field(
        default_factory=dict[str, MaskingRules],
        description="What holds in a workspace, above what holds for all; by its id (`ws_…`).",
    )


def own_entities(section: MaskingSection) -> tuple[OwnEntity, ...]:
    return tuple(
        OwnEntity(kind, entry.data_class, entry.pattern, tuple(entry.words))
        for kind, entry in section.entities.items()
    )


def policies(section: MaskingSection, routes: Mapping[str, MaskingRules]) -> Policies:
    return Policies(
        section.policy().over(USUAL),
        {name: rules.policy() for name, rules in section.workspaces.items()},
        {name: rules.policy() for name, rules in routes.items() if rules.model_fields_set},
    )


def masking_checks(section: MaskingSection) -> Iterator[Problem]:
    """What a schema cannot say."""
    for kind, entry in section.entities.items():
        here = pointer("masking", "entities", kind)
        if kind in KINDS:
            yield Problem(
                f"podium has a kind '{kind}' already. Name yours else.", "settings/twice", here
            )
        if bool(entry.pattern) == bool(entry.words):
            yield Problem(f"Give '{kind}' a pattern or words, not both.", "settings/masking", here)
    for entity in own_entities(section):
        try:
            _ = own_pack(PACK, [entity])
        except Invalid as bad:
            here = pointer("masking", "entities", entity.kind)
            if entity.pattern or entity.words:
                yield Problem(bad.message, "settings/masking", here)
