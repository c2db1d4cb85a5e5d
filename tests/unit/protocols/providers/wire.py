"""What the tests of all wire formats have in common."""

import json

from hypothesis import strategies as st

from podium.gateway.models import Capability, Model, Provider

ROLES = st.sampled_from(["system", "developer", "user", "assistant", "tool", "function", "", 7])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()


def nested(keys):
    """JSON whose objects have the format's own names, with anything behind them."""
    names = st.sampled_from(keys) | st.text(max_size=4)
    return st.recursive(
        SCALARS | st.sampled_from(["data:image/png;base64,AA", "text", "function", "{}"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=6),
        max_leaves=24,
    )


def bodies(keys):
    return st.dictionaries(st.sampled_from(keys), nested(keys), max_size=8)


def model(name: str, provider: str = "acme") -> Model:
    return Model(name, Provider(provider, "any"), name, frozenset({Capability.CHAT}))


def sse(*events: object) -> bytes:
    return b"".join(b"data: " + json.dumps(each).encode() + b"\r\n\r\n" for each in events)


def read(reader, *pieces: bytes) -> list[dict]:
    return [chunk for piece in pieces for chunk in reader.feed(piece)]


def by_bytes(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]
