"""Masking: personal data and secrets in text or JSON are replaced by placeholders.

    masking     mask(value, …) -> Masked: the only entrance
    pack        the rules there are, by kind
    contact, finance, people, secrets     the rules themselves
    rules       what a rule is; every pattern takes linear time
    checks      checksums and number plans
    folding     one spelling for digits, dashes and spaces, with the way back to the original
    spans       overlapping findings become one

Rules know shapes and checksums. They do not know names, addresses or health: see the page `mask`.
"""
