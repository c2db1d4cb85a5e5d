"""What callers say about the cache."""

from math import inf

import pytest

from podium.gateway.caching.control import ANY, Control, control


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("", ANY),
        ("no-cache", Control(looks=False)),
        ("No-Store", Control(looks=False, keeps=False)),
        ("max-age=60", Control(max_age=60.0)),
        ('max-age="60"', Control(max_age=60.0)),
        ("max-age=60, max-age=5", Control(max_age=5.0)),
        ("max-age=soon", Control(max_age=0.0)),
        ("max-age=-1", Control(max_age=0.0)),
        ("max-age", Control(max_age=0.0)),
        ("only-if-cached , max-age = 7", Control(max_age=7.0, only_if_cached=True)),
        ("no-transform, min-fresh=9,,", Control(max_age=inf)),
        ("no-cache, no-store", Control(looks=False, keeps=False)),
    ],
)
def test_a_header_says(header: str, said: Control):
    assert control(header) == said
