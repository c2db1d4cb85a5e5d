"""The port by which use cases ask; it lies in `identity.access`, and `policies` answer it."""

from podium.identity.access import (
    MODEL,
    Action,
    Allow,
    Authorizer,
    Decision,
    Deny,
    Resource,
    may,
    require,
)

__all__ = [
    "MODEL",
    "Action",
    "Allow",
    "Authorizer",
    "Decision",
    "Deny",
    "Resource",
    "may",
    "require",
]
