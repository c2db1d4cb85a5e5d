"""A budget of a real podium comes to its soft limit, and a workflow reacts to it."""

from pathlib import Path

from tests.service.drill import podium_in, until
from tests.service.faults import FAULTS
from tests.service.faulty_upstream import faulty

CONFIG = """version: 1
providers:
  dear: {{protocol: openai_chat, base_url: "{url}/v1", api_key_env: ""}}
models:
  m: {{provider: dear, price: {{input: 1000, output: 1000}}}}
limits:
  rules: [{{per: [model], models: [m], warn_day: 0.001}}]
"""
REACTS = """
document: {dsl: '1.0.3', namespace: finance, name: warned, version: '1.0.0'}
schedule:
  on:
    one:
      with: {type: podium.budget.soft_limit_reached}
  read: data
do:
- tell:
    set: {of: '${ .[0].of }', used: '${ .[0].used }'}
"""


def test_a_workflow_reacts_once_to_a_budget_that_is_nearly_spent(tmp_path: Path) -> None:
    with faulty(FAULTS) as upstream, podium_in(tmp_path, CONFIG.format(url=upstream.url)) as place:
        _ = place.up()
        place.store(REACTS)
        ask = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}
        for _ in range(2):
            assert place.call("POST", "/v1/chat/completions", ask).status == 200
        run = until("a run is started", lambda: next(iter(place.runs()), None))
        ended = place.reaches(str(run["id"]), "completed")
        assert ended["output"]["of"] == "the model 'm'"
        assert ended["output"]["used"] >= 0.001
        assert len(place.runs()) == 1
        (budget,) = place.call("GET", "/api/v1/budgets").items
        assert budget["warned"] is True
