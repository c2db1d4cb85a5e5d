"""Names of people, where a text says that a name follows. Other names take a model.

Words begin with a capital; particles as `van` and `de` may stand between them.
"""

from podium.governance.masking.rules import Rule, shape

_PART = r"[A-ZÀ-ÞŠŽŁŚĆ][a-zß-ÿšžłśćńęąčěřůğışőű]{1,24}(?:['\u2019\-][A-ZÀ-ÞŠŽ]?[a-zß-ÿšž]{1,24})?"
_NAME = (
    rf"(?:[A-Z]['\u2019])?{_PART}(?: (?:[A-Z]\."
    rf"|(?:van|von|de|del|da|di|la|le|bin|al|der|den|dos|du|el)"
    rf"(?= )|(?:[A-Z]['\u2019]|Mc|Mac)?{_PART})){{0,4}}"
)

RULES: tuple[Rule, ...] = (
    shape(
        "person",
        r"(?<!\w)(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herr|Frau|Mme|Mlle|Monsieur|Madame|Señora?|Sra?|Sig)"
        rf"\.? (?P<v>{_NAME})",
    ),
    shape(
        "person",
        r"(?i:\b(?:my name is|my name's|name is|i am called|this is|je m'appelle|mein name ist"
        r"|ich hei(?:ß|ss)e|me llamo|mi chiamo|meu nome é))"
        rf" (?P<v>{_NAME})",
        needs=("name", "called", "this is", "appelle", "hei", "llamo", "chiamo", "nome"),
    ),
    shape(
        "person",
        r"(?i:\b(?:full ?name|first ?name|last ?name|surname|given ?name|family ?name|customer"
        r"|patient|employee|contact|cardholder|account holder|beneficiary|recipient|signed|name)"
        rf" ?[:=]) ?[\"']?(?P<v>{_NAME})",
        needs=(
            "name",
            "customer",
            "patient",
            "employee",
            "contact",
            "holder",
            "benef",
            "recip",
            "signed",
        ),
    ),
    shape(
        "person",
        r"(?i:(?:^|\n)(?:dear|hi|hello|liebe|lieber|cher|chère|estimado|estimada)) "
        rf"(?P<v>{_NAME})(?=[,!:\n])",
        needs=("dear", "hi ", "hello", "lieb", "ch", "estimad"),
    ),
    shape(
        "person",
        r"(?i:\b(?:regards|sincerely|cheers|thanks|thank you|best wishes|yours|grüße|gruß"
        rf"|cordialement|saludos)),?\s{{1,3}}(?P<v>{_NAME})(?=\s*(?:$|\n))",
        needs=(
            "regards",
            "sincerely",
            "cheers",
            "thank",
            "wishes",
            "yours",
            "gr",
            "cordial",
            "salud",
        ),
    ),
)
