"""Models that formats are asked about, and streams cut to pieces."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from podium.gateway.models import Capability, Model, Provider

FUZZED = settings(deadline=None, max_examples=60, suppress_health_check=(HealthCheck.too_slow,))
"""However slow the machine is."""
ALL = frozenset(Capability)
PLAIN = frozenset({Capability.CHAT})


def model(name="claude-opus-5", capabilities=ALL):
    return Model("m", Provider("p", "any"), name, capabilities)


def pieces(stream: bytes, size: int):
    return [stream[at : at + size] for at in range(0, len(stream), size)]


def read(reader, *parts: bytes):
    """All chunks, and whether the answer was complete."""
    return [chunk for part in parts for chunk in reader.feed(part)], reader.finished


def merged(chunks):
    """One message out of deltas, as clients make it."""
    told = {"content": "", "reasoning_content": "", "tool_calls": {}, "reasoning_details": {}}
    finish, usage = None, None
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices", ()):
            delta = choice["delta"]
            finish = choice.get("finish_reason") or finish
            for key in ("content", "reasoning_content"):
                told[key] += delta.get(key) or ""
            for call in delta.get("tool_calls", ()):
                _add_call(told["tool_calls"], call)
            for detail in delta.get("reasoning_details", ()):
                _add_detail(told["reasoning_details"], detail)
    told["tool_calls"] = list(told["tool_calls"].values())
    told["reasoning_details"] = list(told["reasoning_details"].values())
    return told, finish, usage


def _add_call(calls, call):
    kept = calls.setdefault(call["index"], {"id": "", "name": "", "arguments": ""})
    kept["id"] = call.get("id") or kept["id"]
    kept["name"] = call["function"].get("name") or kept["name"]
    kept["arguments"] += call["function"].get("arguments") or ""


def _add_detail(details, detail):
    kept = details.setdefault(detail.get("index"), {"type": detail["type"]})
    for key in ("text", "summary", "signature", "data"):
        if key in detail:
            kept[key] = kept.get(key, "") + detail[key]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def spoiled(body, draw):
    """The object with one thing in it, somewhere, being something else."""
    key = draw(st.sampled_from(sorted(body)))
    return {**body, key: _spoiled(body[key], draw)}


def _spoiled(value, draw):
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: _spoiled(value[key], draw)}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        return [*value[:at], _spoiled(value[at], draw), *value[at + 1 :]]
    return draw(JSON)
