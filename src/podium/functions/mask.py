"""`mask`: replace personal data and secrets by placeholders."""

from dataclasses import asdict

from podium.functions import arguments
from podium.governance.masking.classes import DataClass
from podium.governance.masking.masking import Keyed, Masked, Numbered, mask, taken
from podium.governance.masking.pack import KINDS, PACK
from podium.kernel.json import Json, JsonObject
from podium.workflows.functions import Call, Function, Pure

INPUT: JsonObject = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "title": "Text", "description": "A text. Or give a value."},
        "value": {
            "title": "Value",
            "description": "Any JSON: texts, keys and long numbers at every depth are searched.",
        },
        "kinds": {
            "type": "array",
            "items": {"enum": list(KINDS)},
            "minItems": 1,
            "uniqueItems": True,
            "title": "Kinds",
            "description": "What is replaced; all kinds where this is left out.",
        },
        "style": {
            "enum": ["label", "hash"],
            "default": "label",
            "title": "Placeholders",
            "description": "label: [EMAIL_1], counted in this value. hash: [EMAIL_5d0c…], the "
            "same wherever the same thing occurs, made with a key that only this podium has.",
        },
    },
    "oneOf": [{"required": ["text"]}, {"required": ["value"]}],
    "additionalProperties": False,
    "examples": [{"text": "Write to ann@example.com, or pay with 4111 1111 1111 1111."}],
}

OUTPUT: JsonObject = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "The masked text."},
        "value": {"description": "The masked value."},
        "entities": {
            "type": "array",
            "description": "What was replaced, without the originals.",
            "items": {
                "type": "object",
                "properties": {
                    "kind": {"enum": list(KINDS)},
                    "data_class": {"enum": [data.value for data in DataClass]},
                    "placeholder": {"type": "string"},
                    "start": {"type": "integer", "description": "In the original text, from 0."},
                    "end": {"type": "integer"},
                    "path": {"type": "string", "description": "JSON pointer; empty for a text."},
                },
                "required": ["kind", "data_class", "placeholder", "start", "end", "path"],
            },
        },
        "data_classes": {
            "type": "array",
            "items": {"enum": [data.value for data in DataClass]},
            "description": "The classes of all entities, in order of the alphabet: what the "
            "original may be shown to.",
        },
        "count": {"type": "integer", "description": "How many entities there are."},
    },
    "required": ["entities", "data_classes", "count"],
    "examples": [
        {
            "text": "Write to [EMAIL_1], or pay with [CARD_1].",
            "entities": [
                {
                    "kind": "email",
                    "data_class": "pii",
                    "placeholder": "[EMAIL_1]",
                    "start": 9,
                    "end": 24,
                    "path": "",
                },
                {
                    "kind": "card",
                    "data_class": "pci",
                    "placeholder": "[CARD_1]",
                    "start": 38,
                    "end": 57,
                    "path": "",
                },
            ],
            "data_classes": ["pci", "pii"],
            "count": 2,
        }
    ],
}


def make_mask(key: bytes) -> Function:
    def run(given: JsonObject, _call: Call) -> Json:
        which = "text" if "text" in given else "value"
        value = given.get(which)
        kinds = arguments.texts(given, "kinds")
        hashed = arguments.text(given, "style", "label") == "hash"
        naming = Keyed(key) if hashed else Numbered(taken(value))
        masked = mask(value, naming, pack=PACK.only(kinds) if kinds else PACK)
        return {
            which: masked.value,
            "entities": _entities(masked),
            "data_classes": sorted({PACK.classes[one.kind].value for one in masked.entities}),
            "count": len(masked.entities),
        }

    return Function("mask", "1.0.0", "Replace personal data and secrets.", INPUT, OUTPUT, Pure(run))


def _entities(masked: Masked) -> list[Json]:
    return [
        {**asdict(entity), "data_class": PACK.classes[entity.kind].value}
        for entity in masked.entities
    ]
