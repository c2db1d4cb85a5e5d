"""What is laid over podium.yaml: how it merges, and what it may not say."""

from pathlib import Path

import pytest

from podium.gateway.models import Operation
from podium.kernel.errors import Invalid, Problem
from podium.settings import Origin, Settings
from podium.settings.overlay import merged, read_overlay, until_restart
from podium.settings.wiring import catalogue

FILE = """version: 1
secrets: {openai: secret://env/OPENAI_API_KEY}
providers:
  acme: {protocol: openai_chat, base_url: "https://acme.example/v1", api_key_env: ACME_KEY}
  team: {protocol: openai_chat, base_url: "https://t.example", headers: {x-t: secret://env/TEAM}}
models:
  small: {provider: groq}
  large: {provider: openai, model: gpt-6.1-sol}
routes:
  chat: {targets: [small], retries: 1}
  gone: {targets: [large]}
"""


def laid_over(folder: Path, overlay: str, file: str = FILE, **environment: str) -> Settings:
    path = folder / "podium.yaml"
    _ = path.write_text(file)
    written = Origin(path, environment).read()
    return written.settings(read_overlay(overlay, name="draft"))


def problems(folder: Path, overlay: str, file: str = FILE) -> tuple[Problem, ...]:
    with pytest.raises(Invalid) as refused:
        _ = laid_over(folder, overlay, file)
    return refused.value.problems


@pytest.mark.parametrize(
    ("target", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_it_merges_as_the_examples_of_rfc_7396_do(target, patch, result):
    assert merged(target, patch) == result


def test_members_are_merged_and_null_takes_out(tmp_path: Path):
    routes = "{chat: {targets: [large, small]}, gone: null, new: {targets: [small]}}"
    found = catalogue(laid_over(tmp_path, f"routes: {routes}"))
    route = found.resolve("chat", Operation.CHAT)
    assert [(t.model.name, t.retries) for t in route.targets] == [("large", 1), ("small", 1)]
    assert "gone" not in found.names()
    assert "new" in found.names()


def test_nothing_is_laid_over_by_an_empty_text(tmp_path: Path):
    assert read_overlay(" \n", name="draft") is None
    assert "gone" in laid_over(tmp_path, "").routes


def test_a_problem_has_its_place_in_the_overlay(tmp_path: Path):
    (problem,) = problems(tmp_path, "routes:\n  chat:\n    targets: [smal]\n")
    assert (problem.path, problem.line, problem.column) == ("/routes/chat/targets/0", 3, 15)
    assert "Did you mean 'small'" in problem.message


def test_where_the_overlay_says_nothing_of_it_the_place_in_the_file_is_told(tmp_path: Path):
    (problem,) = problems(tmp_path, "models: {large: null}")
    assert problem.path == "/routes/gone/targets/0"
    assert problem.line == 0
    assert "podium.yaml, line 11" in problem.message


def test_what_is_read_at_the_start_alone_is_refused(tmp_path: Path):
    found = problems(tmp_path, "storage: {url: 'sqlite:///x.db'}\nserver: {port: 1}\nx: 1")
    rules = [problem.rule.removeprefix("settings/") for problem in found]
    assert rules == ["section", "section", "unknown"]
    assert "start podium again" in found[0].message


@pytest.mark.parametrize(
    "overlay",
    [
        "providers: {groq: {api_key: sk-aaaaaaaaaaaaaaaaaaaaaaaa}}",
        "providers: {groq: {headers: {authorization: Bearer x}}}",
        "limits: {store: 'redis://user:hunter2@127.0.0.1'}",
        "providers: {groq: {api_key: secret://env/DATABASE_PASSWORD}}",
        "providers: {groq: {api_key_env: DATABASE_PASSWORD}}",
        "providers: {groq: {api_key: secret://file//etc/shadow}}",
        "providers: {groq: {headers: {x-more: secret://env/PODIUM_STORAGE_URL}}}",
        "providers: {groq: {base_url: 'https://elsewhere.example/v1'}}",
        "providers: {acme: {base_url: 'https://elsewhere.example/v1'}}",
        "providers: {team: {base_url: 'https://elsewhere.example/v1', api_key_env: ''}}",
        "providers: {groq: {api_key_env: ACME_KEY}}",
        "providers: {azure_openai: {places: {account: 'elsewhere.example/'}}}",
    ],
)
def test_a_secret_that_the_file_does_not_lend_is_neither_held_nor_sent(
    tmp_path: Path, overlay: str
):
    found = problems(tmp_path, overlay)
    assert {problem.rule for problem in found} == {"settings/secret"}
    assert not any("hunter2" in str(problem) or "aaaa" in str(problem) for problem in found)


@pytest.mark.parametrize(
    "overlay",
    [
        "providers: {groq: {api_key: secret://env/OPENAI_API_KEY}}",
        "providers: {groq: {api_key_env: OPENAI_API_KEY, base_url: 'https://elsewhere.example'}}",
        "providers: {openai: {base_url: 'https://elsewhere.example/v1'}}",
        "providers: {groq: {api_key_env: '', base_url: 'http://127.0.0.1:9/v1'}}",
        "providers: {groq: {timeouts: {total: 5s}}}",
        "providers: {acme: {api_key_env: ACME_KEY, base_url: 'https://acme.example/v1'}}",
    ],
)
def test_one_that_the_file_lends_may_be_used(tmp_path: Path, overlay: str):
    assert laid_over(tmp_path, overlay).providers


@pytest.mark.parametrize("file", ["/etc/passwd", "../other/smart.json", "a/../../b"])
def test_a_file_outside_of_the_folder_is_refused(tmp_path: Path, file: str):
    route = f"chat: {{strategy: by_complexity, by_complexity: {{estimator: {file}}}}}"
    (problem,) = problems(tmp_path, f"routes: {{{route}}}")
    assert problem.rule == "settings/file"


def test_what_waits_for_a_restart_is_named(tmp_path: Path):
    started = laid_over(tmp_path, "").model_dump(mode="json")
    file = FILE + "server: {port: 9}\nconnections: {db: {url: x.db}}\ncache: {store: redis://h}\n"
    now = laid_over(tmp_path, "gateway: {concurrency: 5}", file).model_dump(mode="json")
    assert until_restart(started, now) == ("cache.store", "connections.db", "server.port")
    assert until_restart(started, started) == ()


def test_a_file_is_read_again_as_it_is_then(tmp_path: Path):
    path = tmp_path / "podium.yaml"
    _ = path.write_text(FILE)
    origin = Origin(path, {})
    written = origin.read()
    _ = path.write_text(FILE.replace("gone", "here"))
    assert "gone" in written.settings().routes
    assert "here" in origin.read().settings().routes
    assert set(written.sections()) == {"models", "providers", "routes"}


def test_a_file_that_was_not_there_is_found_when_it_is(tmp_path: Path):
    origin = Origin(None, {}, tmp_path)
    assert "gone" not in origin.read().settings().routes
    _ = (tmp_path / "podium.yaml").write_text(FILE)
    found = origin.read()
    assert "gone" in found.settings().routes
    assert found.settings().state_folder == tmp_path / ".podium"
