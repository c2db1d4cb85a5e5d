"""Numbers by which states know people. Where a checksum is weak, words have to stand before."""

from collections.abc import Callable

from podium.governance.masking import national_checks as checks
from podium.governance.masking.rules import Rule, shape

_SAY = r"(?:[ :=#.\-()]|no\b|nr\b|num\b|number\b|is\b|nummer\b){0,8}"
_OPEN, _SHUT = r"(?<![\w\-])", r"(?![\w\-])"


def _after(
    kind: str, words: str, pattern: str, *, accepts: Callable[[str], bool], needs: tuple[str, ...]
) -> Rule:
    """A number that counts only behind one of these words."""
    found = rf"(?i)\b(?:{words})\b{_SAY}(?P<v>{pattern})(?![\w])"
    return shape(kind, found, accepts=accepts, needs=needs)


RULES: tuple[Rule, ...] = (
    shape(
        "es_nif",
        rf"(?i){_OPEN}(?:[0-9]{{8}}[ \-]?[A-Z]|[XYZ][ \-]?[0-9]{{7}}[ \-]?[A-Z]){_SHUT}",
        accepts=checks.is_nif,
    ),
    shape(
        "fr_nir",
        rf"{_OPEN}[12][ ]?[0-9]{{2}}[ ]?[0-9]{{2}}[ ]?[0-9][0-9AB][ ]?[0-9]{{3}}[ ]?[0-9]{{3}}"
        rf"[ ]?[0-9]{{2}}{_SHUT}",
        accepts=checks.is_nir,
    ),
    shape(
        "it_codice_fiscale",
        rf"(?i){_OPEN}[A-Z]{{6}}[0-9LMNP-V]{{2}}[A-EHLMPRST][0-9LMNP-V]{{2}}[A-Z]"
        rf"[0-9LMNP-V]{{3}}[A-Z]{_SHUT}",
        accepts=checks.is_codice_fiscale,
    ),
    shape(
        "fi_hetu",
        rf"(?i){_OPEN}[0-9]{{6}}[+\-A-FU-Y][0-9]{{3}}[0-9A-FHJ-NPR-Y]{_SHUT}",
        accepts=checks.is_hetu,
    ),
    shape(
        "se_personnummer",
        r"[0-9](?<![\w\-][0-9])(?:[0-9]{7}|[0-9]{5})[\-+][0-9]{4}(?![\w\-])",
        accepts=checks.is_personnummer,
    ),
    shape(
        "br_cpf",
        r"[0-9](?<![\w\-.][0-9])[0-9]{2}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}(?![\w\-])",
        accepts=checks.is_cpf,
    ),
    shape(
        "cn_resident_id",
        r"[1-9](?<![\w\-.][1-9])[0-9]{16}[0-9Xx](?![\w\-])",
        accepts=checks.is_resident_id,
    ),
    shape(
        "in_aadhaar",
        r"[2-9](?<![\w\-.][2-9])(?<![0-9] [2-9])[0-9]{3} [0-9]{4} [0-9]{4}(?![\w\-])(?! [0-9])",
        accepts=checks.is_aadhaar,
    ),
    shape(
        "in_pan",
        rf"{_OPEN}[A-Z]{{3}}[ABCFGHLJPT][A-Z][0-9]{{4}}[A-Z]{_SHUT}",
    ),
    _after(
        "in_aadhaar",
        "aadhaar|aadhar|uidai",
        r"[2-9][0-9]{3}[ \-]?[0-9]{4}[ \-]?[0-9]{4}",
        accepts=checks.is_aadhaar,
        needs=("aadha", "uidai"),
    ),
    _after(
        "de_tax_id",
        "steuer-?id|steuerliche identifikationsnummer|identifikationsnummer|idnr|tin|tax[ -]?id",
        r"[1-9][0-9](?:[ ]?[0-9]{3}){3}",
        accepts=checks.is_steuer_id,
        needs=("steuer", "identifikation", "idnr", "tin", "tax"),
    ),
    _after(
        "nl_bsn",
        "bsn|burgerservicenummer|sofi-?nummer",
        r"[0-9]{3}[. ]?[0-9]{3}[. ]?[0-9]{3}",
        accepts=checks.is_bsn,
        needs=("bsn", "burgerservice", "sofi"),
    ),
    _after("pl_pesel", "pesel", r"[0-9]{11}", accepts=checks.is_pesel, needs=("pesel",)),
    _after(
        "no_fnr",
        "fødselsnummer|fodselsnummer|personnummer|fnr",
        r"[0-9]{6}[ ]?[0-9]{5}",
        accepts=checks.is_fnr,
        needs=("selsnummer", "personnummer", "fnr"),
    ),
    _after("br_cpf", "cpf", r"[0-9]{11}", accepts=checks.is_cpf, needs=("cpf",)),
    _after(
        "ca_sin",
        "sin|social insurance",
        r"[0-9]{3}[ \-]?[0-9]{3}[ \-]?[0-9]{3}",
        accepts=checks.is_sin,
        needs=("sin", "social insurance"),
    ),
    _after(
        "au_tfn",
        "tfn|tax file",
        r"[0-9]{3}[ ]?[0-9]{3}[ ]?[0-9]{2,3}",
        accepts=checks.is_tfn,
        needs=("tfn", "tax file"),
    ),
    _after(
        "passport",
        "passport|reisepass|passeport|pasaporte",
        r"(?=[A-Z0-9]{0,8}[0-9])[A-Z0-9]{6,9}",
        accepts=checks.has_digits,
        needs=("passport", "reisepass", "passeport", "pasaporte"),
    ),
    _after(
        "driving_licence",
        "driver'?s? licen[cs]e|driving licen[cs]e|licen[cs]e number|f(?:ü|ue)hrerschein",
        r"(?=[A-Z0-9\-]{0,15}[0-9])[A-Z0-9][A-Z0-9\-]{4,15}",
        accepts=checks.has_digits,
        needs=("licen", "hrerschein"),
    ),
)
