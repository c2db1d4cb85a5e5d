import pytest
from hypothesis import given
from hypothesis import strategies as some

from podium.gateway.forms import read_form
from podium.kernel.errors import Invalid

KIND = "multipart/form-data; boundary=XYZ"


def form(*parts: tuple[str, bytes]) -> bytes:
    made = [
        b"--XYZ\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (head.encode(), value)
        for head, value in parts
    ]
    return b"".join(made) + b"--XYZ--\r\n"


AUDIO = ('name="file"; filename="a.wav"', b"\x00\xff--XY\r\n model")
SPOKEN = form(AUDIO, ('name="model"', b"whisper"), ('name="language"', b""))


def test_fields_are_read_and_files_are_left_alone():
    assert read_form(KIND, SPOKEN).fields() == {"model": "whisper", "language": ""}


def test_a_field_gets_another_value_and_nothing_else_changes():
    changed = read_form(KIND, SPOKEN).with_value("model", "whisper-large-v3")
    assert changed == form(AUDIO, ('name="model"', b"whisper-large-v3"), ('name="language"', b""))


def test_the_first_of_two_fields_of_a_name_counts():
    body = form(('name="model"', b"one"), ('name="model"', b"two"))
    assert read_form(KIND, body).value("model") == "one"


def test_a_file_cannot_pass_for_a_field():
    body = form(('name="model"; filename="x"', b"one"))
    assert read_form(KIND, body).fields() == {}


def test_a_long_value_is_no_name():
    assert read_form(KIND, form(('name="model"', b"x" * 5000))).value("model") == ""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", SPOKEN),
        ("multipart/form-data", SPOKEN),
        (KIND, b"no form"),
        (KIND, form(*[('name="a"', b"")] * 101)),
    ],
)
def test_what_is_no_form_is_refused(kind: str, body: bytes):
    with pytest.raises(Invalid):
        _ = read_form(kind, body)


@given(some.binary(max_size=300), some.text(max_size=40))
def test_any_bytes_are_read_or_refused(body: bytes, kind: str):
    for each in (KIND, kind):
        try:
            _ = read_form(each, b"--XYZ\r\n" + body).fields()
        except Invalid:
            continue
