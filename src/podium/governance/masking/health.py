"""Health of a person: numbers of patients and insured, diagnoses that are named as such."""

from podium.governance.masking.national_checks import has_digits, is_nhs_number
from podium.governance.masking.rules import Rule, shape

_SAY = r"(?:[ :=#.\-()]|no\b|number\b|num\b|id\b|is\b|code\b){0,8}"
_NUMBER = r"(?=[A-Z0-9\-]{0,15}[0-9])[A-Z0-9][A-Z0-9\-]{4,19}"

RULES: tuple[Rule, ...] = (
    shape(
        "nhs_number",
        r"[0-9](?<![\w\-.+][0-9])(?<![0-9] [0-9])[0-9]{2}([ \-])[0-9]{3}\1[0-9]{4}(?![\w\-])",
        accepts=is_nhs_number,
        needs=("nhs", "patient", "hospital", "gp "),
    ),
    shape(
        "nhs_number",
        rf"(?i)\bnhs\b{_SAY}(?P<v>[0-9]{{3}}[ \-]?[0-9]{{3}}[ \-]?[0-9]{{4}})(?![0-9])",
        accepts=is_nhs_number,
        needs=("nhs",),
    ),
    shape(
        "medical_record",
        rf"(?i)\b(?:mrn|medical record|patient id|patient number|patient no|chart number)\b{_SAY}"
        rf"(?P<v>{_NUMBER})(?!\w)",
        accepts=has_digits,
        needs=("mrn", "medical record", "patient", "chart number"),
    ),
    shape(
        "health_insurance",
        r"(?i)\b(?:medicare|medicaid|health insurance|health plan|member id|subscriber id"
        rf"|krankenversicherung(?:snummer)?|mutuelle)\b{_SAY}(?P<v>{_NUMBER})(?!\w)",
        accepts=has_digits,
        needs=("medica", "health ", "member id", "subscriber id", "krankenv", "mutuelle"),
    ),
    shape(
        "diagnosis",
        r"(?i)\b(?:icd(?:-?10)?(?:-?cm)?|diagnos[ie]s|dx)\b(?:[ :=#\-(]|code\b|is\b|of\b){0,6}"
        r"(?P<v>[A-TV-Z][0-9][0-9AB](?:\.[0-9A-Z]{1,4})?)(?!\w)",
        needs=("icd", "diagnos", "dx"),
    ),
)
