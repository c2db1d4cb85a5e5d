"""The shelf of guardrails: a file each, strangers to each other.

shelf       all of them, by kind
nearness    cosines between texts
wording     settings read, schemas that many have in common
pages       the reference page of each, from its schema

A guardrail is a `Guardrail` (see `podium.governance.guardrails`): a summary, a JSON Schema of its
settings, and what makes a judge of them.
"""
