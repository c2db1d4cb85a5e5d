"""What podium.yaml says about capabilities that a model lacks."""

import pytest
from tests.unit.settings.test_load import _load, _problems

from podium.gateway.models import Capability
from podium.gateway.supply.modes import NOTHING_SUPPLIED, JsonMode, Supply, ToolMode
from podium.settings.wiring import catalogue


def test_a_model_is_supplied_with_what_the_file_says_and_can_do_it_then(tmp_path):
    text = """version: 1
models:
  small: {provider: groq, capabilities: [chat], tools: emulated, json_schema: repair, repairs: 1}
  plain: {provider: groq, capabilities: [chat]}
  silent: {provider: groq, capabilities: [chat], tools: off, json_schema: off}
"""
    models = catalogue(_load(tmp_path, text)).models
    assert models["small"].supply == Supply(ToolMode.EMULATED, JsonMode.REPAIR, 1)
    assert models["small"].capabilities == {
        Capability.CHAT,
        Capability.TOOLS,
        Capability.JSON_SCHEMA,
    }
    assert models["plain"].supply == NOTHING_SUPPLIED
    assert models["plain"].capabilities == {Capability.CHAT}
    assert models["silent"].supply == Supply(ToolMode.OFF, JsonMode.OFF)


@pytest.mark.parametrize("said", ["tools: perhaps", "json_schema: strict", "repairs: 6"])
def test_anything_else_is_refused(tmp_path, said):
    [problem] = _problems(tmp_path, f"models:\n  m: {{provider: groq, {said}}}\n")
    assert "models" in problem
    assert said.split(":", maxsplit=1)[0] in problem
