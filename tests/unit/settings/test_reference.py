import json
import re
from pathlib import Path

import jsonschema_rs

from podium.settings import load
from podium.settings.reference import json_schema, page

DOCS = Path(__file__).parents[3] / "docs" / "reference"


def test_the_committed_reference_is_the_one_that_the_settings_give():
    again = "python -m podium.settings.reference docs/reference"
    assert (DOCS / "configuration.md").read_text("utf-8") == page(), f"Run: {again}"
    assert json.loads((DOCS / "podium.schema.json").read_text("utf-8")) == json_schema(), again


def test_every_setting_has_a_sentence():
    schema = json.loads((DOCS / "podium.schema.json").read_text("utf-8"))
    definitions = [schema, *schema["$defs"].values()]
    for definition in definitions:
        for name, field in definition.get("properties", {}).items():
            assert field.get("description", "").endswith("."), name


def test_the_example_of_the_page_loads(tmp_path):
    example = re.search(r"```yaml\n(.*?)```", page(), re.DOTALL)
    assert example is not None
    path = tmp_path / "podium.yaml"
    path.write_text(example.group(1))
    assert next(iter(load(path, {}).routes)) == "default"


def test_the_schema_agrees_on_durations_and_unknown_settings():
    valid = jsonschema_rs.validator_for(json.dumps(json_schema()))
    assert valid.is_valid({"version": 1, "approvals": {"expiry": "7d"}})
    assert valid.is_valid({"version": 1, "approvals": {"expiry": 60}})
    assert not valid.is_valid({"version": 1, "approvals": {"expiry": "soon"}})
    assert not valid.is_valid({"version": 1, "frob": 1})
