"""What opens doors: API keys, tokens, private keys, passwords."""

import re

from podium.governance.masking.checks import looks_secret
from podium.governance.masking.rules import Rule, shape

# One alternative for each issuer's published prefix; all start at the edge of a token.
_ISSUED = r"""(?<![A-Za-z0-9])(?:
    sk-[A-Za-z0-9_\-]{16,512}+                  # OpenAI, Anthropic (sk-ant-), DeepSeek, …
    |[sr]k_(?:live|test)_[A-Za-z0-9]{16,256}+   # Stripe
    |AIza[A-Za-z0-9_\-]{35}                     # Google
    |hf_[A-Za-z0-9]{20,256}+                    # Hugging Face
    |gh[pousr]_[A-Za-z0-9]{30,256}+             # GitHub
    |github_pat_[A-Za-z0-9_]{40,256}+
    |glpat-[A-Za-z0-9_\-]{18,256}+              # GitLab
    |xox[abeoprs]-[A-Za-z0-9\-]{10,256}+        # Slack
    |npm_[A-Za-z0-9]{36}
    |pypi-[A-Za-z0-9_\-]{50,512}+
    |SG\.[A-Za-z0-9_\-]{16,64}\.[A-Za-z0-9_\-]{16,128}+   # SendGrid
    |gsk_[A-Za-z0-9]{20,256}+                   # Groq
    |xai-[A-Za-z0-9]{20,256}+
    |pd[mis]_[A-Za-z0-9_\-]{40,256}+            # podium itself
)"""

_SELDOM = r"""(?<![A-Za-z0-9])(?:
    (?:pplx|ntn|lin_api|dckr_pat|r8|shp(?:at|ca|pa|ss)|do[opr]_v1|gl(?:sa|c)|tgp_v1|nvapi|key|whsec
      |PMAK|sntry[su]|GOCSPX|figd|rnd|vercel|sbp|sq0[a-z]{3}|hvs|EAAA)[_\-.]
      (?=[A-Za-z_\-]{0,64}[0-9])[A-Za-z0-9_\-]{20,256}+
    |dapi[0-9a-f]{32}                           # Databricks
    |ya29\.[A-Za-z0-9_\-]{20,1024}+             # Google OAuth
    |AGE-SECRET-KEY-1[A-Z0-9]{50,80}+
)"""
_SELDOM_NEEDS = (
    *("pplx-", "ntn_", "lin_api_", "dckr_pat_", "r8_", "shpat_", "shpca_", "shppa_", "shpss_"),
    *("dop_v1_", "doo_v1_", "dor_v1_", "glsa_", "glc_", "tgp_v1_", "nvapi-", "key-", "whsec_"),
    *("pmak-", "sntrys_", "sntryu_", "gocspx-", "figd_", "rnd_", "vercel_", "sbp_", "sq0", "hvs."),
    *("eaaa", "dapi", "ya29.", "age-secret-key-"),
)

# Keys of JSON objects whose whole text is secret, after `_` and `-` became spaces.
SECRET_NAME: re.Pattern[str] = re.compile(
    r"(?i)(?:\w{1,20} )?(?:password|passwd|pwd|passphrase|secret|client secret|secret key|api ?key"
    r"|access ?token|refresh ?token|auth ?token|bearer|private ?key|credentials?)"
)

RULES: tuple[Rule, ...] = (
    shape(
        "secret",
        f"(?x){_ISSUED}",
        needs=(
            *("sk-", "sk_", "rk_", "aiza", "hf_", "gh", "glpat-", "xox", "npm_", "pypi-", "sg."),
            *("xai-", "pdm_", "pdi_", "pds_"),
        ),
    ),
    shape(
        "secret",
        r"(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])",  # AWS
        needs=("akia", "asia", "abia", "acca"),
    ),
    shape(
        "secret",
        r"(?<![A-Za-z0-9_\-])eyJ[A-Za-z0-9_\-]{8,8192}+\.[A-Za-z0-9_\-]{8,16384}+"
        r"\.?[A-Za-z0-9_\-]{0,2048}+",
        needs=("eyj",),
    ),
    # Without an end everything after the beginning counts: better too much than half a key.
    shape(
        "secret",
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:[\s\S]*?-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----|[\s\S]*)",
        needs=("private key",),
    ),
    shape("secret", f"(?x){_SELDOM}", needs=_SELDOM_NEEDS),
    shape("secret", r"(?:AC|SK)(?<![A-Za-z0-9][A-Z]{2})[0-9a-f]{32}(?![0-9a-f])"),  # Twilio
    # Slack, Discord and Teams hooks, Telegram bots, Azure storage, basic authentication.
    shape(
        "secret",
        r"https://(?:hooks\.slack\.com/(?:services|workflows)/|discord(?:app)?\.com/api/webhooks/"
        r"|[a-z0-9\-]{1,63}\.webhook\.office\.com/)[\w/@\-]{20,512}+",
        needs=("hooks.slack", "webhook"),
    ),
    shape(
        "secret",
        r"(?<![\w:])[0-9]{8,10}:AA[A-Za-z0-9_\-]{33}(?![\w\-])",
        needs=(":aa",),
    ),
    shape(
        "secret",
        r"(?i)\b(?:AccountKey|SharedAccessKey|sig)=(?P<v>[A-Za-z0-9+/%]{40,128}+=*+)",
        needs=("accountkey", "sharedaccesskey", "sig="),
    ),
    shape(
        "secret",
        r"(?i)\bauthorization\b[\"']?\s{0,2}[:=]\s{0,2}[\"']?"
        r"basic (?P<v>[A-Za-z0-9+/]{8,1024}+=*+)",
        needs=("authorization",),
    ),
    shape(
        "secret",
        r"(?i)\bbearer[ :]{1,3}(?P<v>[A-Za-z0-9._~+/\-]{16,8192}+=*+)",
        needs=("bearer",),
    ),
    shape(
        "secret",
        r"(?i)(?<![A-Za-z0-9])(?:password|passwd|passphrase|passcode|pwd|secret|api[ _\-]?key"
        r"|access[ _\-]?key|token|pin)\b[\"']?(?: is|\s?[:=])\s{0,2}[\"']?"
        r"(?P<v>[^\s\"',;]{4,512}+)",
        accepts=looks_secret,
        needs=("pass", "pwd", "secret", "key", "token", "pin"),
    ),
)
