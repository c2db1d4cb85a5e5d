"""Checksums of national numbers. Each names the rule that it computes.

Letters may be of either case, and groups apart: `_plain` takes both away.
"""

from podium.governance.masking.checks import luhn
from podium.governance.masking.rules import digits

_NIF_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_HETU_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_LEAST_DIGITS = 3


def _plain(value: str) -> str:
    return value.upper().replace(" ", "").replace("-", "").replace(".", "")


def _weighted(number: str, weights: str) -> int:
    return sum(int(one) * int(weight) for one, weight in zip(number, weights, strict=False))


def has_digits(value: str) -> bool:
    """A word after `passport` is a number where it has at least three digits."""
    return sum(char.isdecimal() for char in value) >= _LEAST_DIGITS


def is_nif(value: str) -> bool:
    """Spain, DNI and NIE: the number modulo 23 is the place of its letter."""
    number = _plain(value)
    first = {"X": "0", "Y": "1", "Z": "2"}.get(number[0], number[0])
    return _NIF_LETTERS[int(first + number[1:8]) % 23] == number[-1]


def is_nir(value: str) -> bool:
    """France, numéro de sécurité sociale: 97 less the number modulo 97. Corsica has 2A and 2B."""
    number = _plain(value)
    place = {"2A": "19", "2B": "18"}.get(number[5:7], number[5:7])
    counted = number[:5] + place + number[7:13]
    return counted.isdecimal() and 97 - int(counted) % 97 == int(number[13:])


_ODD = {
    **dict(zip("0123456789", (1, 0, 5, 7, 9, 13, 15, 17, 19, 21), strict=True)),
    **dict(
        zip(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25,
             24, 23),
            strict=True,
        )
    ),
}  # fmt: skip


def is_codice_fiscale(value: str) -> bool:
    """Italy, D.M. 23/12/1976: odd places by a table, even ones by their value, modulo 26."""
    code = value.upper()
    odd = sum(_ODD[char] for char in code[:15:2])
    even = sum(int(char) if char.isdecimal() else ord(char) - 65 for char in code[1:15:2])
    return chr(65 + (odd + even) % 26) == code[15]


def is_hetu(value: str) -> bool:
    """Finland, henkilötunnus: date and number modulo 31."""
    code = value.upper()
    if not _is_day(code[:2], code[2:4]):
        return False
    return _HETU_LETTERS[int(code[:6] + code[7:10]) % 31] == code[10]


def is_personnummer(value: str) -> bool:
    """Sweden: Luhn over ten digits. Coordination numbers add 60 to the day."""
    number = digits(value)[-10:]
    day = int(number[4:6])
    return _is_day(f"{day - 60 if day > 60 else day:02}", number[2:4]) and luhn(number.encode())  # noqa: PLR2004


def _is_day(day: str, month: str) -> bool:
    return "01" <= day <= "31" and "01" <= month <= "12"


def is_cpf(value: str) -> bool:
    """Brazil: two digits modulo 11; eleven equal ones pass it and belong to nobody."""
    number = digits(value)
    if len(set(number)) == 1:
        return False
    for size in (9, 10):
        total = sum(int(one) * (size + 1 - at) for at, one in enumerate(number[:size]))
        if total * 10 % 11 % 10 != int(number[size]):
            return False
    return True


def is_resident_id(value: str) -> bool:
    """China, GB 11643-1999: ISO 7064 MOD 11-2 over 17 digits, and a day of birth in them."""
    number = value.upper()
    if number[6:8] not in {"18", "19", "20"} or not _is_day(number[12:14], number[10:12]):
        return False
    total = sum(int(one) * pow(2, 17 - at, 11) for at, one in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17]


_MULTIPLY = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
_PERMUTE = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def is_aadhaar(value: str) -> bool:
    """India, UIDAI: Verhoeff's check over twelve digits."""
    check = 0
    for at, one in enumerate(reversed(digits(value))):
        check = int(_MULTIPLY[check][int(_PERMUTE[at % 8][int(one)])])
    return check == 0


def is_steuer_id(value: str) -> bool:
    """Germany, § 139b AO: ISO 7064 MOD 11,10."""
    number, product = digits(value), 10
    for one in number[:10]:
        product = ((int(one) + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(number[10])


def is_bsn(value: str) -> bool:
    """The Netherlands: the elfproef, whose last weight is -1."""
    number = digits(value)
    total = _weighted(number[:8], "98765432") - int(number[8])
    return total % 11 == 0 and number != "000000000"


def is_pesel(value: str) -> bool:
    """Poland: weights 1379, modulo 10."""
    return (_weighted(value[:10], "1379137913") + int(value[10])) % 10 == 0


def is_fnr(value: str) -> bool:
    """Norway: two check digits, each modulo 11."""
    number = digits(value)
    first = _weighted(number[:10], "3761894521") % 11
    return first == 0 and _weighted(number, "54327654321") % 11 == 0


def is_sin(value: str) -> bool:
    """Canada: Luhn; no number begins with 0 or 8."""
    number = digits(value)
    return number[0] not in "08" and luhn(number.encode())


_TFN, _TFN_OLD = (1, 4, 3, 7, 5, 8, 6, 9, 10), (10, 7, 8, 4, 6, 3, 5, 1)


def is_tfn(value: str) -> bool:
    """Australia: nine digits modulo 11, or eight with the weights of old."""
    number = digits(value)
    weights = _TFN_OLD if len(number) == len(_TFN_OLD) else _TFN
    return sum(int(one) * weight for one, weight in zip(number, weights, strict=True)) % 11 == 0


def is_nhs_number(value: str) -> bool:
    """United Kingdom: ten digits modulo 11."""
    number = digits(value)
    total = sum(int(one) * (10 - at) for at, one in enumerate(number[:9]))
    return (11 - total % 11) % 11 == int(number[9])
