"""What `approve` takes and answers."""

from podium.governance.terms import MOST_NAMES, MOST_VOTES
from podium.kernel.json import JsonObject

_NAMES: JsonObject = {
    "type": "array",
    "items": {"type": "string", "minLength": 1, "maxLength": 200},
    "maxItems": MOST_NAMES,
}
_CANDIDATES: JsonObject = {
    "type": "object",
    "properties": {"users": _NAMES, "groups": _NAMES, "roles": _NAMES},
    "additionalProperties": False,
    "minProperties": 1,
}

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "title": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "title": "Question",
            "description": "What the person is asked, in one line.",
        },
        "payload": {
            "title": "Payload",
            "description": "What is approved: any JSON. The person sees it and may edit it.",
        },
        "expires": {
            "type": ["string", "number"],
            "title": "Expires after",
            "description": "An ISO 8601 duration such as PT4H or P2D, or seconds. "
            "Left out, as long as `approvals.expiry` of podium.yaml says (7 days).",
        },
        "on_expiry": {
            "enum": ["fault", "reject", "approve"],
            "default": "fault",
            "title": "When nobody answers",
            "description": "fault: an error of type timeout. reject: as if somebody said no. "
            "approve: as if somebody had said yes to the payload as asked.",
        },
        "candidates": {
            **_CANDIDATES,
            "title": "Who may decide",
            "description": "Of those with the right to decide only these: `users` by id, `groups` "
            "and `roles` by name. Left out, everybody with the right.",
        },
        "quorum": {
            "type": "integer",
            "minimum": 1,
            "maximum": MOST_VOTES,
            "default": 1,
            "title": "How many must say yes",
            "description": "So many different people must approve the same payload. "
            "One rejection ends it.",
        },
        "self_approval": {
            "type": "boolean",
            "default": False,
            "title": "May the starter decide",
            "description": "Whether who started the run may decide what it asks.",
        },
        "comment": {
            "enum": ["optional", "on_reject", "required"],
            "default": "optional",
            "title": "Comment",
            "description": "Which decisions need a comment.",
        },
        "edit": {
            "type": ["boolean", "object"],
            "default": True,
            "title": "May it be edited",
            "description": "Whether people may change the payload; or a JSON Schema that a "
            "changed payload must fit.",
        },
        "risk": {
            "enum": ["low", "high"],
            "default": "low",
            "title": "Risk",
            "description": "high: a yes lets tasks run that have `metadata: {risk: high}` and "
            "whose input is the approved payload.",
        },
        "escalate": {
            "type": "object",
            "properties": {
                "after": {
                    "type": ["string", "number"],
                    "description": "A duration, as in `expires`; shorter than that.",
                },
                "candidates": _CANDIDATES,
            },
            "required": ["after", "candidates"],
            "additionalProperties": False,
            "title": "Escalation",
            "description": "After a time without a decision these may decide too.",
        },
    },
    "required": ["title", "payload"],
    "additionalProperties": False,
    "examples": [
        {
            "title": "Refund 120 EUR to Ann?",
            "payload": {"amount": 120, "iban": "[IBAN_1]"},
            "expires": "PT4H",
            "on_expiry": "reject",
            "candidates": {"groups": ["finance"]},
            "quorum": 2,
            "comment": "on_reject",
            "escalate": {"after": "PT2H", "candidates": {"roles": ["admin"]}},
        }
    ],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "approved": {"type": "boolean"},
        "by": {"type": ["string", "null"], "description": "The user's id; null after expiry."},
        "comment": {"type": ["string", "null"]},
        "payload": {"description": "What was approved: as asked, or as the person edited it."},
        "edited": {"type": "boolean", "description": "Whether the person edited the payload."},
        "expired": {"type": "boolean", "description": "Whether nobody answered in time."},
        "votes": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "by": {"type": "string"},
                    "on_behalf_of": {"type": ["string", "null"]},
                    "status": {"enum": ["approved", "rejected"]},
                    "at": {"type": "number"},
                    "comment": {"type": ["string", "null"]},
                    "digest": {"type": "string"},
                },
            },
            "description": "Who said what and when, about the payload of which digest; "
            "`on_behalf_of` is who handed their vote over.",
        },
    },
    "required": ["approved", "by", "comment", "payload", "edited", "expired"],
    "examples": [
        {
            "approved": True,
            "by": "user_01hzy3v9k4m8q2r6t0w1x5a7bc",
            "comment": "Checked with the branch.",
            "payload": {"amount": 100, "iban": "[IBAN_1]"},
            "edited": True,
            "expired": False,
            "votes": [
                {
                    "by": "user_01hzy3v9k4m8q2r6t0w1x5a7bc",
                    "on_behalf_of": None,
                    "status": "approved",
                    "at": 1_767_225_600.0,
                    "comment": "Checked with the branch.",
                    "digest": "c3353b2a571e2ebbd5d1b6d3aa9fa4da2e1b8a4c9f6d7e1c1ed40c4fd9a96b7a",
                }
            ],
        }
    ],
}
