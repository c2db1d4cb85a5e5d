"""Classes of data, and which kind belongs to which."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class DataClass(StrEnum):
    """What the law or the house says about a value, from harmless to what opens doors."""

    PUBLIC = "public"
    INTERNAL = "internal"
    PII = "pii"
    """Personal: says who somebody is, or how to reach them."""
    PHI = "phi"
    """Health of a person (HIPAA, 45 CFR 160.103)."""
    PCI = "pci"
    """Payment cards (PCI DSS)."""
    SECRET = "secret"  # noqa: S105 - its name


_CLASSES: Final[Mapping[DataClass, tuple[str, ...]]] = MappingProxyType(
    {
        DataClass.SECRET: ("secret", "url_credentials"),
        DataClass.PCI: ("card", "card_code"),
        DataClass.PHI: ("nhs_number", "medical_record", "health_insurance", "diagnosis"),
    }
)
CLASS_OF: Final[Mapping[str, DataClass]] = MappingProxyType(
    {kind: data for data, kinds in _CLASSES.items() for kind in kinds}
)
"""Kinds of the pack that are not personal data in general."""


def class_of(kind: str) -> DataClass:
    """Of a kind of the pack."""
    return CLASS_OF.get(kind, DataClass.PII)
