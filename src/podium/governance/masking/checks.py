"""Checksums and number plans."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from podium.governance.masking.rules import digits

_DOUBLED = bytes.maketrans(b"0123456789", bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))

# ISO/IEC 7812 issuer prefixes with the lengths that their networks issue.
_ISSUERS = re.compile(
    rb"""4(?:\d{12}|\d{15}|\d{18})                                    # Visa
    |5[1-5]\d{14}                                                    # Mastercard
    |2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}               # Mastercard
    |220[0-4]\d{12,15}                                               # Mir
    |3[47]\d{13}                                                     # American Express
    |3(?:0[0-5]|095|6\d|[89]\d)\d{11,16}                             # Diners Club
    |35(?:2[89]|[3-8]\d)\d{12,15}                                    # JCB
    |6(?:011|22\d|4[4-9]\d|5\d\d)\d{12,15}                           # Discover
    |62\d{14,17}                                                     # UnionPay
    |(?:50(?:18|20|38)|5893|6304|67(?:59|61|62|63))\d{8,15}           # Maestro
    """,
    re.VERBOSE,
)

# Lengths of IBANs by country, from the SWIFT IBAN registry.
IBAN_LENGTHS = {
    country: length
    for length, countries in (
        (15, "NO"), (16, "BE"), (18, "DK FI FO GL NL SD FK"), (19, "MK SI"),
        (20, "AT BA EE KZ LT LU XK MN"), (21, "CH CR HR LI LV"), (22, "BG BH DE GB GE IE ME RS"),
        (23, "AE GI IL IQ OM SO TL"), (24, "AD CZ ES MD PK RO SA SE SK TN VG"),
        (25, "LY PT ST"), (26, "IS TR"), (27, "BI DJ FR GR IT MC MR SM"),
        (28, "AL AZ BY CY DO GT HU LB NI PL SV"), (29, "BR EG PS QA UA"), (30, "JO KW MU YE"),
        (31, "MT SC"), (32, "LC"), (33, "RU"),
    )
    for country in countries.split()
}  # fmt: skip
_IBAN_NUMBERS = str.maketrans({chr(65 + i): str(10 + i) for i in range(26)})


def luhn(number: bytes) -> bool:
    """ISO/IEC 7812-1 annex B: the check digit of payment cards, over ASCII digits."""
    plain, doubled = number[::-2], number[-2::-2].translate(_DOUBLED)
    return (sum(plain) - 48 * len(plain) + sum(doubled)) % 10 == 0


def is_imei(value: str) -> bool:
    """3GPP TS 23.003, annex B: Luhn."""
    return luhn(value.encode())


def is_card(value: str) -> bool:
    number = value.encode().translate(None, b" -.")
    return _ISSUERS.fullmatch(number) is not None and luhn(number)


def iban_length(compact: str) -> int | None:
    """How many of these upper-case characters are a valid IBAN (ISO 13616); None where none are."""
    length = IBAN_LENGTHS.get(compact[:2])
    if length is None or len(compact) < length:
        return None
    turned = compact[4:length] + compact[:4]
    return length if int(turned.translate(_IBAN_NUMBERS)) % 97 == 1 else None


def is_ssn(value: str) -> bool:
    """US social security number: no area 000 or 666, no group 00, no serial 0000.

    Areas from 900 on are those of taxpayers without one (ITIN), and of examples.
    """
    number = digits(value)
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in {"000", "666"} and group != "00" and serial != "0000"


def is_nino(value: str) -> bool:
    """UK national insurance number: prefixes that HMRC does not issue are refused."""
    return value[:2].upper() not in {"BG", "GB", "KN", "NK", "NT", "TN", "ZZ"}


def is_ipv4(value: str) -> bool:
    try:
        address = IPv4Address(value)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


def is_ipv6(value: str) -> bool:
    try:
        address = IPv6Address(value)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or address.is_multicast)


# How many digits a phone number has, and its first group as it is written.
_AFTER_PLUS, _WITH_00 = range(8, 16), range(11, 18)
_UK_DIGITS, _UK_AREA, _UK_LONG_AREA = 11, range(3, 12), range(4, 10)


def is_international_phone(value: str) -> bool:
    """ITU-T E.164: at most 15 digits; 00 stands for +, and is longer so that it is no reference."""
    number = digits(value)
    return len(number) in (_AFTER_PLUS if value.startswith("+") else _WITH_00)


def is_uk_phone(value: str) -> bool:
    """Ofcom's number plan: 0, then 10 (rarely 9) digits whose first is none of 0, 4 and 6."""
    number = digits(value)
    first = re.split(r"[^\d]+", value.lstrip("("))[0]
    if number[1] in "046":
        return False
    if len(number) == _UK_DIGITS:
        return len(first) in _UK_AREA
    return number[1] in "18" and len(first) in _UK_LONG_AREA


# Postcode areas of the United Kingdom.
_AREAS = frozenset(
    """AB AL B BA BB BD BH BL BN BR BS BT CA CB CF CH CM CO CR CT CV CW DA DD DE DG DH DL DN DT DY
    E EC EH EN EX FK FY G GL GU GY HA HD HG HP HR HS HU HX IG IM IP IV JE KA KT KW KY L LA LD LE LL
    LN LS LU M ME MK ML N NE NG NN NP NR NW OL OX PA PE PH PL PO PR RG RH RM S SA SE SG SK SL SM SN
    SO SP SR SS ST SW SY TA TD TF TN TQ TR TS TW UB W WA WC WD WF WN WR WS WV YO ZE""".split()  # noqa: SIM905 - 124 quoted words would be read by nobody
)


def is_postcode(value: str) -> bool:
    """Areas of one letter count in capitals only: `e5 2nd` is seldom a postcode."""
    area = value[:2] if value[1].isalpha() else value[:1]
    return area.upper() in _AREAS and (len(area) > 1 or value == value.upper())


_SHORTEST_SECRET = 6


def looks_secret(value: str) -> bool:
    """A word after `password:` is one where it has a digit or a symbol inside, or mixed case."""
    bare = value.strip("\"'`,.;:!?()[]{}<>")
    mixed = bare != bare.lower() and bare[1:] != bare[1:].lower()
    return len(bare) >= _SHORTEST_SECRET and (mixed or any(not char.isalpha() for char in bare))
