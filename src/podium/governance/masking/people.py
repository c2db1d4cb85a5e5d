"""Who a person is to a state: social security and insurance numbers, date of birth."""

from podium.governance.masking.checks import is_nino, is_ssn
from podium.governance.masking.rules import Rule, shape

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_DATE = (
    r"(?:[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}"
    r"|[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}"
    rf"|[0-9]{{1,2}}(?:st|nd|rd|th)?(?: of)?[ \-]{_MONTH},?[ \-][0-9]{{2,4}}"
    rf"|{_MONTH} [0-9]{{1,2}}(?:st|nd|rd|th)?,? [0-9]{{2,4}}"
    r"|[0-9]{8})"
)

RULES: tuple[Rule, ...] = (
    shape(
        "us_ssn",
        r"[0-9](?<![\w\-][0-9])(?<![0-9] [0-9])[0-9]{2}([\- ])[0-9]{2}\1[0-9]{4}"
        r"(?![\w\-])(?! [0-9])",
        accepts=is_ssn,
    ),
    shape(
        "us_ssn",
        r"(?i)\b(?:ssn|social security)\b(?:[ :=#.\-]|no\b|number\b|is\b){0,8}"
        r"(?P<v>[0-9]{3}[ \-.]?[0-9]{2}[ \-.]?[0-9]{4})(?![0-9])",
        accepts=is_ssn,
        needs=("ssn", "social"),
    ),
    shape(
        "uk_nino",
        r"(?i)(?<![A-Z0-9])[A-Z]{2}"
        r"[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[0-9]{2}[ \-]?[A-D]"
        r"(?![A-Z0-9])",
        accepts=is_nino,
    ),
    shape(
        "date_of_birth",
        r"(?i)\b(?:date of birth|birth ?date|d\.?o\.?b\b\.?|born|birthday)"
        rf"(?:[ :=,\-(]|is\b|on\b|the\b|in\b){{0,8}}(?P<v>{_DATE})(?![0-9])",
        needs=("birth", "born", "dob", "d.o.b"),
    ),
)
