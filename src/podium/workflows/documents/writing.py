"""Plain JSON as YAML text that `yaml.load` reads as the same JSON."""

import re
from typing import Final

import yaml

from podium.kernel.json import Json
from podium.workflows.documents.scalars import resolve

_WIDTH: Final = 100
_PLAIN: Final = re.compile(
    r"[\n\t -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\U0001f000-\U0001faff]*"
)
"""The rest is escaped: line breaks that YAML 1.1 and 1.2 see differently, controls, what has no
width.
"""


class _Dumper(yaml.SafeDumper):
    """Quotes by YAML 1.2, in which `1e3` is a number; and writes everything out, no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists in mappings are indented, too."""
        super().increase_indent(flow, indentless=indentless and flow)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = None
    if not _PLAIN.fullmatch(text):
        style = '"'
    elif resolve(text) != (text, ""):
        style = "'"
    elif "\n" in text and not any(line.endswith((" ", "\t")) for line in text.splitlines()):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)  # pyright: ignore[reportUnknownMemberType]


_Dumper.add_representer(str, _text)


def as_yaml(value: Json) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)
