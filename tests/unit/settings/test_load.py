import json
from pathlib import Path

import pytest
from tests.unit.protocols.credentials.fakes import NoFiles, NoHttp, StillClock

from podium.gateway.models import Capability, Operation
from podium.kernel.errors import Invalid, NotFound
from podium.protocols.credentials.means import Means
from podium.settings import load, locate
from podium.settings.wiring import catalogue, embedded, endpoints, missing_keys, price_overrides

MEANS = Means(NoHttp(), StillClock(), NoFiles())


def _load(folder: Path, text: str, **environment: str):
    path = folder / "podium.yaml"
    path.write_text(text)
    return load(path, environment)


def _problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(Invalid) as refused:
        _ = _load(folder, "version: 1\n" + text)
    return [str(problem) for problem in refused.value.problems]


def test_without_a_file_there_are_the_local_models_and_their_routes():
    settings = load(None, {})
    names = catalogue(settings)

    def leads_to(name, operation=Operation.CHAT):
        return [t.model.name for t in names.resolve(name, operation).targets]

    assert leads_to("default") == ["local/smollm2"]
    assert leads_to("extract") == ["local/needle"]
    assert leads_to("embed", Operation.EMBEDDINGS) == ["local/e5-small"]
    assert all(m.provider.name == "local" and m.provider.free for m in names.models.values())
    assert embedded(settings) == {"local"}
    assert endpoints(settings, MEANS) == {}
    assert (settings.server.host, settings.server.port) == ("127.0.0.1", 8700)
    assert not settings.storage.url
    assert settings.state_folder == Path(".podium")


@pytest.mark.parametrize("host", ["https://a.example", "a.example:8700", "*", "", "-a", "a b"])
def test_an_allowed_host_is_a_name_and_nothing_more(tmp_path, host):
    (problem,) = _problems(tmp_path, f"server: {{allowed_hosts: [ok.example, {host!r}]}}")
    assert "allowed_hosts" in problem


def test_how_carefully_to_store_is_normal_or_full(tmp_path):
    assert load(None, {}).storage.synchronous == "normal"
    assert _load(tmp_path, "version: 1\nstorage: {synchronous: full}").storage.synchronous == "full"
    (problem,) = _problems(tmp_path, "storage: {synchronous: off}")
    assert "synchronous" in problem


def test_a_file_adds_to_the_defaults(tmp_path):
    settings = _load(
        tmp_path,
        """
        version: 1
        models:
          fast: {provider: groq, model: llama-3.3-70b-versatile}
          big: {provider: openai, price: {input: 2, output: 10.5}}
        routes:
          default: {targets: [fast, big], fallback: spare, retries: 1, timeouts: {total: 2m}}
          spare: {targets: [big, local/smollm2]}
        """,
        OPENAI_API_KEY="k-1",
    )
    route = catalogue(settings).resolve("default", Operation.CHAT)

    assert [(t.model.name, t.retries) for t in route.targets] == [
        ("fast", 1),
        ("big", 1),
        ("local/smollm2", 2),
    ]
    assert route.deadlines.total == 120.0
    assert route.targets[0].model.upstream_name == "llama-3.3-70b-versatile"
    assert Capability.VISION in route.targets[1].model.capabilities
    assert endpoints(settings, MEANS)["openai"].credential.sent == "k-1"
    assert missing_keys(settings) == {"groq": "GROQ_API_KEY"}
    assert price_overrides(settings)["big"].output == 10_500_000_000


def test_a_provider_of_ones_own_and_secrets_by_reference(tmp_path):
    settings = _load(
        tmp_path,
        """
        version: 1
        providers:
          house:
            protocol: openai_chat
            base_url: https://llm.house.example/v1
            api_key: secret://env/HOUSE_KEY
            headers: {X-Team: blue, X-Api-Key: secret://env/HOUSE_HEADER}
            timeouts: {first_token: 3m}
        models: {m: {provider: house}}
        connections:
          crm: {url: secret://env/CRM_URL}
          notes: {url: notes.db}
          old: {url: "sqlite:///old.db"}
        datasets: {tickets: {path: data/t.csv}}
        """,
        HOUSE_KEY="k-2",
        HOUSE_HEADER="h-2",
        UNRELATED="x",
    )
    endpoint = endpoints(settings, MEANS)["house"]

    assert (endpoint.credential.sent, endpoint.headers["X-Api-Key"]) == ("k-2", "h-2")
    assert "k-2" not in repr(endpoint) + repr(settings)
    assert catalogue(settings).models["m"].deadlines.first_token == 180.0
    assert settings.connection_url("notes") == f"sqlite:///{tmp_path}/notes.db"
    assert settings.connection_url("old") == f"sqlite:///{tmp_path}/old.db"
    assert settings.dataset_path("tickets") == tmp_path / "data/t.csv"
    with pytest.raises(Invalid, match="Set CRM_URL"):
        _ = settings.connection_url("crm")


def test_variables_take_the_place_of_settings(tmp_path):
    settings = _load(
        tmp_path,
        "version: 1\nserver: {port: 1}",
        PODIUM_PORT="9000",
        PODIUM_STATE="/var/lib/podium",
        PODIUM_STORAGE_URL="postgresql://podium:pw@db/podium",
    )
    assert settings.server.port == 9000
    assert settings.state_folder == Path("/var/lib/podium")
    assert settings.reveal(settings.storage.url) == "postgresql://podium:pw@db/podium"
    assert "pw" not in repr(settings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("servr: {port: 1}", "2:1: 'servr' is no setting of podium.yaml. Did you mean 'server'?"),
        (
            "server:\n  prot: 1",
            "3:3: 'prot' is no setting of server. Did you mean 'port'?",
        ),
        ("server: {port: '8700'}", "2:10: server.port: Input should be a valid integer"),
        ("server: {port: 70000}", "less than or equal to 65535, got 70000"),
        ("models: {m: {provider: openia}}", "2:14: models.m.provider names the provider 'openia'"),
        ("models: {m: {}}", "models.m.provider is missing. A shipped provider"),
        ("models: {a b: {provider: openai}}", "'a b' cannot be a name"),
        ("routes: {r: {targets: []}}", "routes.r.targets: List should have at least 1 item"),
        (
            "routes: {r: {targets: [local/smolm2]}}",
            "names the model 'local/smolm2', which does not exist. Did you mean 'local/smollm2'",
        ),
        (
            "routes: {a: {targets: [local/smollm2], fallback: a}}",
            "The fallbacks go in a circle: a → a",
        ),
        (
            "models: {r: {provider: openai}}\nroutes: {r: {targets: [r]}}",
            "3:10: 'r' is both a model and a route",
        ),
        ("providers: {mine: {base_url: 'http://x'}}", "so it needs protocol and base_url"),
        ("providers: {local: {base_url: 'http://x'}}", "runs inside podium"),
        ("datasets: {d: {path: a.csv, embedding: emb}}", "Did you mean 'embed'?"),
        ("approvals: {expiry: tomorrow}", "Write seconds (30) or a duration such as 500ms"),
        ("approvals: {expiry: 0}", "greater than 0"),
        ("engine: {concurrency: .inf}", ".inf"),
        ("costs: {baseline_model: gpt}", "costs.baseline_model"),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_to_do(tmp_path, text, said):
    problems = _problems(tmp_path, text)
    assert any(said in problem for problem in problems), problems


@pytest.mark.parametrize(
    "text",
    [
        "providers: {openai: {api_key: top5ecret}}",
        "providers: {openai: {api_key_env: sk-top5ecrettop5ecrettop5ecret}}",
        "providers: {openai: {headers: {Authorization: Bearer top5ecret}}}",
        "providers: {openai: {headers: {X-Any: sk-top5ecrettop5ecrettop5ecret}}}",
        "connections: {c: {url: 'postgresql://u:top5ecret@h/d'}}",
        "storage: {url: 'postgresql://u:top5ecret@h/d'}",
        "http: {proxy: 'http://u:top5ecret@proxy:3128'}",
        "providers: {openai: {api_key: 'secret://vault/top5ecret'}}",
        "state: hf_top5ecrettop5ecrettop5ecret",
    ],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path, text):
    problems = _problems(tmp_path, text)
    assert any("[settings/secret]" in problem for problem in problems), problems
    assert "top5ecret" not in " ".join(problems).replace("secret://vault/top5ecret", "")


def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path):
    problems = _problems(tmp_path, "engine: {concurrency: 0}\nhttp: {x: 1}\nserver: {port: -1}")
    assert [p.partition(":")[0] for p in problems] == ["2", "3", "4"]


def test_the_version_is_required(tmp_path):
    for text, said in [("server: {port: 1}", "version: 1"), ("version: 2", "version")]:
        with pytest.raises(Invalid) as refused:
            _ = _load(tmp_path, text)
        assert said in str(refused.value.problems[0])


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "just words"])
def test_a_file_that_is_no_mapping_is_told_how_to_begin(tmp_path, text):
    with pytest.raises(Invalid, match="Begin it with 'version: 1'"):
        _ = _load(tmp_path, text)


def test_a_missing_file_is_not_found(tmp_path):
    with pytest.raises(NotFound, match=r"nowhere\.yaml"):
        _ = load(tmp_path / "nowhere.yaml", {})


def test_the_file_is_the_one_that_is_named_or_the_one_that_is_there(tmp_path):
    assert locate(tmp_path, {}) is None
    (tmp_path / "podium.yaml").write_text("version: 1")
    assert locate(tmp_path, {}) == tmp_path / "podium.yaml"
    assert locate(tmp_path, {"PODIUM_CONFIG": "other.yaml"}) == tmp_path / "other.yaml"


def test_settings_survive_a_round_trip_through_json():
    settings = load(None, {})
    assert json.loads(settings.model_dump_json())["version"] == 1
