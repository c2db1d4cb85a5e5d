"""Expressions: the jq language inside `${ … }`, its grammar, a fast path, and the door to libjq."""
