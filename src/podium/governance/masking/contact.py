"""How and where a person is reached: email, phone, postcode, IP address, URLs with a login."""

from podium.governance.masking.checks import (
    is_imei,
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
        "url_credentials",
        r"(?<![A-Za-z0-9+.\-])[A-Za-z][A-Za-z0-9+.\-]{1,20}+://(?P<v>[^\s/@:]{1,256}+:[^\s/@]{1,256}+)@",
        needs=("://",),
    ),
    shape(
        "email",
        rf"(?<![\w.+\-@%])(?:{_LOCAL}|%(?!40)|'(?=\w))++(?:@|%40)(?:[\w\-]++\.)+[^\W0-9_]{{2,63}}",
        needs=("@", "%40"),
    ),
    shape(
        "phone",
        r"[+0](?<![\w+][+0])(?:(?<=\+)|0)[ (]{0,2}[1-9][0-9]{0,2}"
        r"(?:\)?[ .\-/]?\([0-9]{1,5}\))?(?:[ .\-/)]{0,2}[0-9]){4,14}(?![0-9])",
        accepts=is_international_phone,
    ),
    shape(
        "phone",
        r"[0(](?<![\w+.][0(])(?:(?<=0)|0)[0-9](?:[ ).\-]{0,2}[0-9]){8,9}(?![0-9])",
        accepts=is_uk_phone,
    ),
    # An area in brackets, as in Germany and Poland; pairs of digits, as in France.
    shape("phone", r"\((?<!\w\()0[0-9]{1,5}\)[ \-]{0,2}[0-9](?:[ \-]?[0-9]){4,9}(?![0-9])"),
    shape("phone", r"0(?<![\w+.\-/]0)(?<![0-9] 0)[1-9](?:[ .][0-9]{2}){4}(?![ .\-/]?[0-9])"),
    shape(
        "phone",
        r"[1-9(](?<![\w+][1-9(])(?<![0-9][.\-][1-9(])"
        r"(?:(?<=1)[ .\-]\(?[2-9][0-9]|(?<=\()[2-9][0-9]|(?<=[2-9])[0-9])[0-9]"
        r"(?:\)[ .\-]?|[ .\-])[2-9][0-9]{2}[ .\-][0-9]{4}(?![0-9])(?![.\-][0-9])",
    ),
    shape(
        "phone",
        rf"(?i)\b(?:tel|telephone|phone|mobile|mob|cell|fax|call|ring|whatsapp|sms"
        rf"|telefon|telefono|tel[eé]fono|t[eé]l[eé]phone|handy|mobiel|bel|portable|celular|komórka)\b{_TO_SAY}"
        r"(?P<v>[0-9(](?:[ ().\-]{0,2}[0-9]){6,14})(?![0-9])",
        needs=(
            *("tel", "phone", "mob", "cel", "fax", "call", "ring", "whatsapp", "sms", "tél"),
            *("handy", "bel", "portable", "komórka"),
        ),
    ),
    shape(
        "postcode",
        r"(?<![A-Za-z0-9])[A-Za-z]{1,2}[0-9][A-Za-z0-9]?"
        r" ?[0-9][ABD-HJLNP-UW-Zabd-hjlnp-uw-z]{2}(?![A-Za-z0-9])",
        accepts=is_postcode,
    ),
    shape(
        "ip_address",
        r"(?<![\w.])(?<!ersion )(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w])(?!\.[0-9])",
        accepts=is_ipv4,
        needs=(".",),
    ),
    shape(
        "ip_address",
        r"(?<![\w:.])(?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:]{1,44}(?:[0-9A-Fa-f]|::)(?:\.[0-9]{1,3}){0,3}"
        r"(?!\w)",
        accepts=is_ipv6,
        needs=(":",),
    ),
    shape(
        "mac_address",
        r"(?<![\w:\-])[0-9A-Fa-f]{2}(?P<gap>[:\-])(?:[0-9A-Fa-f]{2}(?P=gap)){4}[0-9A-Fa-f]{2}"
        r"(?![\w:\-])",
    ),
    shape(
        "imei",
        r"(?i)\bimei\b(?:[ :=#.\-]|no\b|number\b|is\b){0,6}(?P<v>[0-9]{15})(?![0-9])",
        accepts=is_imei,
        needs=("imei",),
    ),
)
