"""Which functions and formats an expression may name, and why some of jq's are refused."""

from collections.abc import Collection
from difflib import get_close_matches
from heapq import nlargest
from itertools import islice
from operator import add
from typing import Final

_BY_ARITY: Final[dict[int, str]] = {
    0: """abs acos acosh add all any arrays ascii_downcase ascii_upcase asin asinh atan atanh
        booleans builtins cbrt ceil combinations cos cosh debug empty env erf erfc error exp exp10
        exp2 explode expm1 fabs false finites first flatten floor frexp from_entries fromdate
        fromdateiso8601 fromjson gamma get_jq_origin get_prog_origin get_search_list gmtime halt
        halt_error have_decnum have_literal_numbers implode infinite input input_filename
        input_line_number inputs isfinite isinfinite isnan isnormal iterables j0 j1 keys
        keys_unsorted last length lgamma lgamma_r localtime log log10 log1p log2 logb ltrim max min
        mktime modf modulemeta nan nearbyint normals not now null nulls numbers objects paths
        recurse reverse rint round rtrim scalars significand sin sinh sort sqrt stderr strings tan
        tanh tgamma to_entries toboolean todate todateiso8601 tojson tonumber tostream tostring
        transpose trim true trunc type unique utf8bytelength values y0 y1""",
    1: """IN INDEX add all any bsearch capture combinations contains debug del delpaths endswith
        error first flatten format fromstream getpath group_by gsub halt_error has in index indices
        inside isempty join last ltrimstr map map_values match max_by min_by nth path paths pick
        range recurse repeat rindex rtrimstr scan select setpath sort_by split splits startswith
        strflocaltime strftime strptime sub test trimstr truncate_stream unique_by walk
        with_entries""",
    2: """IN INDEX JOIN all any atan2 capture copysign drem fdim fmax fmin fmod gsub hypot jn ldexp
        limit match nextafter nexttoward nth pow range recurse remainder scalb scalbln scan
        setpath skip split splits sub test until while yn""",
    3: "JOIN fma gsub range sub",
    4: "JOIN",
}
_WRONG_ARITY: Final = frozenset({"gsub/1", "setpath/1"})
BUILTINS: Final = (
    frozenset(f"{name}/{arity}" for arity, names in _BY_ARITY.items() for name in names.split())
    - _WRONG_ARITY
)
FORMATS: Final = frozenset(
    {
        "text",
        "json",
        "html",
        "uri",
        "urid",
        "csv",
        "tsv",
        "sh",
        "base64",
        "base64d",
    }
)

_LONGEST: Final = 40
_MOST: Final = 500
_COMPARED: Final = 10

_GIVE_IT: Final = "Pass the value in as workflow input or as a secret."
_ONE_INPUT: Final = "An expression has one input: write '.'."
_NO_OUTPUT: Final = "Leave it out; the value of every task is in the run's trace."
_STOP: Final = "Write error(\"why\") or a 'raise' task."
REFUSED: Final[dict[str, str]] = {
    "env": _GIVE_IT,
    "input": _ONE_INPUT,
    "inputs": _ONE_INPUT,
    "input_filename": _ONE_INPUT,
    "input_line_number": _ONE_INPUT,
    "debug": _NO_OUTPUT,
    "stderr": _NO_OUTPUT,
    "halt": _STOP,
    "halt_error": _STOP,
    "modulemeta": "There are no modules here.",
    "get_search_list": "There are no modules here.",
    "get_jq_origin": "There are no files here.",
    "get_prog_origin": "There are no files here.",
}


def nearest(name: str, known: Collection[str]) -> str:
    """' Did you mean "x"?' or nothing.

    difflib takes 0.2 ms for a pair of long names, so that it compares only those that share the
    most pairs of letters with this one.
    """
    pairs = _pairs(name)
    some = [each for each in islice(known, _MOST) if len(each) <= _LONGEST]
    likely = nlargest(_COMPARED, some, key=lambda each: _shared(pairs, _pairs(each)))
    close = get_close_matches(name[: 2 * _LONGEST], likely, n=1, cutoff=0.6)
    return f' Did you mean "{close[0]}"?' if close else ""


def _pairs(name: str) -> frozenset[str]:
    return frozenset(map(add, f"^{name[:_LONGEST]}", f"{name[:_LONGEST]}$"))


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)


def why_unknown(name: str, arity: int) -> str:
    """The sentence for a function that is not there."""
    arities = sorted({known.split("/")[1] for known in BUILTINS if known.split("/")[0] == name})
    if arities:
        return f"{name} takes {' or '.join(arities)} arguments, got {arity}."
    names = {known.split("/")[0] for known in BUILTINS} - REFUSED.keys()
    return f"There is no function {name} in jq.{nearest(name, names)}"
