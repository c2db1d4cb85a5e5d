"""The built-in policies, parsed once for all tests."""

from podium.governance.policies.bundle import Bundle
from podium.governance.policies.rule import CedarRule

RULE: CedarRule = CedarRule(Bundle.of(""))
