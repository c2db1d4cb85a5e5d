"""All rules there are."""

from podium.governance.masking import contact, finance, people, secrets
from podium.governance.masking.rules import Rule

RULES: tuple[Rule, ...] = (*secrets.RULES, *finance.RULES, *people.RULES, *contact.RULES)

KINDS: tuple[str, ...] = tuple(dict.fromkeys(rule.kind for rule in RULES))
RANK = {kind: rank for rank, kind in enumerate(KINDS)}
