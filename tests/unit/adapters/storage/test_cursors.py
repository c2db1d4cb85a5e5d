import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podium.adapters.storage import cursors
from podium.kernel.errors import Invalid

MARKS = st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.text())


@given(MARKS)
def test_a_cursor_reads_back_as_it_was_written(mark: tuple[float, str]):
    assert cursors.read("runs", cursors.write("runs", mark), (float, str)) == mark


@given(MARKS)
def test_a_cursor_fits_into_a_url(mark: tuple[float, str]):
    assert set(cursors.write("runs", mark)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@given(MARKS, st.data())
def test_a_cursor_with_one_letter_changed_is_invalid(mark: tuple[float, str], data: st.DataObject):
    raw = bytearray(base64.urlsafe_b64decode(cursors.write("runs", mark) + "=="))
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] ^= data.draw(st.integers(1, 255))
    changed = base64.urlsafe_b64encode(raw).decode().rstrip("=")
    with pytest.raises(Invalid, match="no cursor of the list of runs"):
        _ = cursors.read("runs", changed, (float, str))


@given(st.text())
def test_no_text_breaks_the_reader(text: str):
    with pytest.raises(Invalid):
        _ = cursors.read("runs", text, (float, str))


def test_a_cursor_of_another_list_or_shape_is_invalid():
    cursor = cursors.write("runs", (1.0, "run_1"))
    with pytest.raises(Invalid):
        _ = cursors.read("approvals", cursor, (float, str))
    with pytest.raises(Invalid):
        _ = cursors.read("runs", cursor, (str, str))
