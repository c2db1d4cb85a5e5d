"""Forms with files (multipart/form-data), read in place: where a field stands, and another value.

Only names and places are taken; the files stay the bytes that they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from podium.kernel.errors import Invalid

FORM = "multipart/form-data"
_MOST_PARTS = 100
_LONGEST_VALUE = 4096


@dataclass(frozen=True, slots=True)
class Form:
    """`places` are begin and end of the values of fields that are no files, by name."""

    body: bytes
    places: Mapping[str, tuple[int, int]]

    def value(self, name: str) -> str:
        """Empty where there is no such field, or where it is no short text."""
        begin, end = self.places.get(name, (0, 0))
        if end - begin > _LONGEST_VALUE:
            return ""
        return self.body[begin:end].decode("utf-8", "replace")

    def fields(self) -> dict[str, str]:
        return {name: self.value(name) for name in self.places}

    def with_value(self, name: str, value: str) -> bytes:
        """The body with another value in a field that it has."""
        begin, end = self.places[name]
        return self.body[:begin] + value.encode() + self.body[end:]


@dataclass(slots=True)
class _Reader:
    """Takes down what the parser says. `places` of a file are of no interest."""

    body: bytes
    places: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    _parts: int = 0
    _header: bytes = b""
    _value: bytes = b""
    _name: str = ""
    _span: tuple[int, int] = (0, 0)

    def begin(self) -> None:
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise Invalid(f"The form has more than {_MOST_PARTS} parts. Send fewer.")
        self._name, self._header, self._value, self._span = "", b"", b"", (0, 0)

    def header_field(self, data: bytes, begin: int, end: int) -> None:
        self._header += data[begin:end]

    def header_value(self, data: bytes, begin: int, end: int) -> None:
        self._value += data[begin:end]

    def header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            if b"filename" not in options:
                self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header, self._value = b"", b""

    def data(self, data: bytes, begin: int, end: int) -> None:
        del data
        first = self._span[0] or begin
        self._span = (first, end)

    def end(self) -> None:
        if self._name and self._name not in self.places:
            self.places[self._name] = self._span


def read_form(content_type: str, body: bytes) -> Form:
    """Raises Invalid for what is no such form."""
    kind, options = parse_options_header(content_type.encode("latin-1", "replace"))
    boundary = options.get(b"boundary", b"")
    if kind != FORM.encode() or not boundary:
        raise Invalid(
            f"Send a form: 'Content-Type: {FORM}; boundary=…', not {content_type[:80]!r}."
        )
    reader = _Reader(body)
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.begin,
                "on_header_field": reader.header_field,
                "on_header_value": reader.header_value,
                "on_header_end": reader.header_end,
                "on_part_data": reader.data,
                "on_part_end": reader.end,
            },
        )
        _ = parser.write(body)
        parser.finalize()
    except FormParserError as bad:
        raise Invalid(f"The form cannot be read: {bad}.") from None
    return Form(body, reader.places)
