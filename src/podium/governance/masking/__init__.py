"""Masking: personal data and secrets in text or JSON are replaced by placeholders.

    masking     mask(value, …) -> Masked: the only entrance for values
    finding     find(text, …): what rules know in a text, however it is written
    pack        the rules there are, by kind; packs with an operator's own
    classes     public, internal, pii, phi, pci, secret, and which kind belongs to which
    contact, finance, health, names, national, people, places, secrets     the rules themselves
    own         entities of an operator's own, by pattern or word list
    patterns    RE2, for what operators write
    rules       what a rule is; every pattern takes linear time
    checks, national_checks     checksums and number plans
    encodings   escapes, base64 and hex read as the text they mean
    folding     one spelling for digits, letters and spaces, with the way back to the original
    spans       overlapping findings become one

Rules know shapes, checksums and words before a value. Names that nothing announces take a model.
"""
