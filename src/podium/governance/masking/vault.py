"""Placeholders of one call, and what they stand for. Forgotten with the call."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec

from podium.governance.masking.masking import Numbered
from podium.governance.masking.spans import Finding

PLACEHOLDER: Final = re.compile(r"\\{0,2}\[([A-Z](?:[A-Z0-9]|\\{0,2}_){1,60}[0-9])\\{0,2}\]")
"""As models write it, also with the backslashes of Markdown and of JSON."""
BEGUN: Final = re.compile(r"\\{1,2}$|\\{0,2}\[(?:[A-Z](?:[A-Z0-9]|\\{0,2}_){0,61}\\{0,2})?$")
"""The beginning of one at the end of a text."""


@dataclass(slots=True)
class Vault:
    naming: Numbered = field(default_factory=lambda: Numbered({}))
    _values: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def empty(self) -> bool:
        return not self._values

    def hide(self, text: str, findings: Sequence[Finding], kept: Mapping[str, bool]) -> str:
        """With placeholders for findings. `kept`: kinds that are replaced, and whether what they
        stand for is put back later.
        """
        parts: list[str] = []
        last = 0
        for finding in findings:
            if finding.kind not in kept or finding.start < last:
                continue
            value = text[finding.start : finding.end]
            placeholder = self.naming.name(finding.kind, value)
            if kept[finding.kind]:
                self._values[placeholder] = value
            parts += (text[last : finding.start], placeholder)
            last = finding.end
        return "".join((*parts, text[last:])) if parts else text

    def restored(self, text: str, *, json: bool = False) -> str:
        """With what placeholders stand for. `json`: the text is a part of a JSON text."""
        if not self._values or "[" not in text:
            return text
        return PLACEHOLDER.sub(lambda found: self._value(found, json=json), text)

    def _value(self, found: re.Match[str], *, json: bool) -> str:
        value = self._values.get(f"[{found[1].replace(chr(92), '')}]")
        if value is None:
            return found[0]
        return msgspec.json.encode(value).decode()[1:-1] if json else value
