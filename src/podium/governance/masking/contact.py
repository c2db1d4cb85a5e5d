"""How and where a person is reached: email, phone, postcode, IP address, URLs with a login."""

from podium.governance.masking.checks import (
    is_international_phone,
    is_ipv4,
    is_ipv6,
    is_postcode,
    is_uk_phone,
)
from podium.governance.masking.rules import Rule, shape

_LOCAL = r"[\w.+\-]"
_TO_SAY = r"(?:[ :.=#]|no\b|number\b|me\b|us\b|him\b|her\b|them\b|is\b|on\b|at\b){0,8}"

RULES: tuple[Rule, ...] = (
    shape(
        "email",
        rf"(?<![\w.+\-@%])(?:{_LOCAL}|%(?!40)|'(?=\w))++(?:@|%40)(?:[\w\-]++\.)+[^\W\d_]{{2,63}}",
        needs=("@", "%40"),
    ),
    shape(
        "phone",
        r"(?<![\w+])(?:\+|00)[ (]{0,2}[1-9](?:[ ().\-/]{0,2}\d){6,14}(?!\d)",
        accepts=is_international_phone,
    ),
    shape(
        "phone",
        r"(?<![\w+.])\(?0\d(?:[ ().\-]{0,2}\d){8,9}(?!\d)",
        accepts=is_uk_phone,
    ),
    shape(
        "phone",
        r"(?<![\w+])(?<!\d[.\-])(?:1[ .\-])?(?:\([2-9]\d{2}\)[ .\-]?|[2-9]\d{2}[ .\-])"
        r"[2-9]\d{2}[ .\-]\d{4}(?!\d)(?![.\-]\d)",
    ),
    shape(
        "phone",
        rf"(?i)\b(?:tel|telephone|phone|mobile|mob|cell|fax|call|ring|whatsapp|sms)\b{_TO_SAY}"
        r"(?P<v>\d(?:[ ().\-]{0,2}\d){6,14})(?!\d)",
        needs=("tel", "phone", "mob", "cell", "fax", "call", "ring", "whatsapp", "sms"),
    ),
    shape(
        "postcode",
        r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\d[A-Za-z\d]? ?\d[ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}(?![A-Za-z0-9])",
        accepts=is_postcode,
    ),
    shape(
        "ip_address",
        r"(?<![\w.])(?<!version )(?:\d{1,3}\.){3}\d{1,3}(?![\w])(?!\.\d)",
        accepts=is_ipv4,
        needs=(".",),
    ),
    shape(
        "ip_address",
        r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{1,44}(?:[0-9A-Fa-f]|::)(?:\.\d{1,3}){0,3}"
        r"(?!\w)",
        accepts=is_ipv6,
        needs=(":",),
    ),
    shape(
        "url_credentials",
        r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{1,20}+://(?P<v>[^\s/@:]{1,256}+:[^\s/@]{1,256}+)@",
        needs=("://",),
    ),
)
