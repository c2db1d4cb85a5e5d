"""A look at the bytes of a request for the beginnings of keys: a few microseconds a kilobyte.

It decides only whether the rules are asked at all; they decide what is a key. Keys within base64 or
in URLs are found where `masking` is configured, as then the rules read every text.
"""

from typing import Final

import msgspec

from podium.gateway.requests import Request
from podium.governance.masking.patterns import compiled_bytes

_BEGINNINGS: Final = (
    r"sk-[A-Za-z0-9_-]{16}|[sr]k_(?:live|test)_|AIza[0-9A-Za-z_-]{16}|hf_[A-Za-z0-9]{16}"
    r"|gh[pousr]_[A-Za-z0-9]{16}|github_pat_|glpat-|xox[abeoprs]-|npm_[A-Za-z0-9]{16}"
    r"|pypi-[A-Za-z0-9_-]{16}"
    r"|SG\.[A-Za-z0-9_-]{16}|gsk_[A-Za-z0-9]{16}|xai-[A-Za-z0-9]{16}|pd[mis]_[A-Za-z0-9_-]{16}"
    r"|A(?:KI|SI|BI|CC)A[A-Z0-9]{16}|eyJ[A-Za-z0-9_-]{8}|PRIVATE KEY|hooks\.slack\.com"
    r"|dapi[0-9a-f]{32}"
    r"|(?:AC|SK)[0-9a-f]{32}|ya29\.|AGE-SECRET|GOCSPX-|whsec_|shp(?:at|ca|pa|ss)_|do[opr]_v1_"
    r"|glsa_|nvapi-|pplx-|dckr_pat_|r8_[A-Za-z0-9]{16}|hvs\.[A-Za-z0-9]{16}|AccountKey="
    r"|\\u00[2-7][0-9A-Fa-f]"
)
"""The last one is a letter written as an escape: whoever writes so is read in full."""
_PATTERN: Final = compiled_bytes(_BEGINNINGS.encode())


def suspicious(request: Request) -> bool:
    body = request.body or msgspec.json.encode(request.fields)
    return _PATTERN.search(body) is not None
