"""Who takes part, how each is started, and what it has switched on."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers import OWN, ROOT

PEERS = ROOT / ".bench-gateway"
MODEL = "swift"


@dataclass(frozen=True)
class Place:
    """A folder of its own, and the ports of the gateway and of the upstream."""

    folder: Path
    port: int
    upstream: int


@dataclass(frozen=True)
class Started:
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    key: Callable[[], str] = str
    """Asked once it answers; what the Authorization header shows."""


@dataclass(frozen=True)
class Gateway:
    """`on` is what it does for each request, for the table. `start` raises LookupError, with what
    is missing, where it cannot be measured here.
    """

    name: str
    on: str
    start: Callable[[Place], Started]
    path: str = "/v1/chat/completions"
    alive: str = "/"
    model: str = MODEL
    streams: bool = True


def _nginx(place: Place) -> Started:
    binary = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
    if binary is None:
        raise LookupError("nginx is not installed (Debian: nginx-light)")
    (place.folder / "nginx.conf").write_text(
        f"""worker_processes 1; daemon off; pid {place.folder}/pid; error_log stderr crit;
events {{ worker_connections 2048; }}
http {{
  access_log off; client_body_temp_path {place.folder}; proxy_temp_path {place.folder};
  fastcgi_temp_path {place.folder}; uwsgi_temp_path {place.folder}; scgi_temp_path {place.folder};
  upstream model {{
    server 127.0.0.1:{place.upstream}; keepalive 128; keepalive_requests 10000000;
  }}
  server {{
    listen 127.0.0.1:{place.port}; keepalive_requests 10000000;
    location / {{ proxy_pass http://model; proxy_http_version 1.1; proxy_buffering off;
                  proxy_set_header Connection ""; }}
  }}
}}"""
    )
    return Started([binary, "-c", str(place.folder / "nginx.conf")])


def _podium(place: Place, protocol: str = "openai_chat", targets: int = 2) -> Started:
    names = [f"swift-{number}" for number in range(targets)]
    settings = {
        "version": 1,
        "providers": {
            f"loopback-{n}": {
                "protocol": protocol,
                "base_url": f"http://127.0.0.1:{place.upstream}/v1",
                "api_key": "secret://env/UPSTREAM_KEY",
            }
            for n in range(targets)
        },
        "models": {
            name: {
                "provider": f"loopback-{n}",
                "model": "swift-upstream",
                "price": {"input": 1, "output": 4},
            }
            for n, name in enumerate(names)
        },
        "routes": {MODEL: {"targets": names}},
        "limits": {
            "rules": [
                {"per": ["key"], "rpm": 10**9, "tpm": 10**12, "concurrent": 10**6},
                {"per": ["team"], "budget_month": 10**6},
            ]
        },
    }
    (place.folder / "podium.yaml").write_text(json.dumps(settings))
    podium = str(OWN / "bin" / "podium")

    def key() -> str:
        made = subprocess.run(
            [podium, "keys", "create", "bench", "--team", "bench", "--json"],
            cwd=place.folder, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return json.loads(made.stdout)["secret"]

    return Started(
        [podium, "up", "--port", str(place.port)], {"UPSTREAM_KEY": "sk-loopback"}, {}, key
    )


def _podium_translating(place: Place) -> Started:
    return _podium(place, "anthropic_messages")


def _litellm(place: Place) -> Started:
    binary = PEERS / "bin" / "litellm"
    if not binary.exists():
        raise LookupError("LiteLLM is not installed")
    config = {
        "model_list": [
            {
                "model_name": MODEL,
                "litellm_params": {
                    "model": "openai/swift-upstream",
                    "api_base": f"http://127.0.0.1:{place.upstream}/v1",
                    "api_key": "sk-loopback",
                    "input_cost_per_token": 1e-6,
                    "output_cost_per_token": 4e-6,
                },
            }
        ],
        "general_settings": {"master_key": "sk-bench"},
        "litellm_settings": {"telemetry": False},
    }
    (place.folder / "config.yaml").write_text(json.dumps(config))
    command = [
        str(binary),
        "--config",
        "config.yaml",
        "--host",
        "127.0.0.1",
        "--port",
        str(place.port),
    ]
    return Started(
        [*command, "--num_workers", "1"],
        {
            "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            "LITELLM_LOG": "ERROR",
            "LITELLM_TELEMETRY": "False",
        },
        key=lambda: "sk-bench",
    )


def _portkey(place: Place) -> Started:
    node = shutil.which("node")
    server = PEERS / "node_modules" / "@portkey-ai" / "gateway" / "build" / "start-server.js"
    if node is None or not server.exists():
        raise LookupError("Portkey is not installed (npm)")
    headers = {
        "x-portkey-provider": "openai",
        "x-portkey-custom-host": f"http://127.0.0.1:{place.upstream}/v1",
    }
    allowed = {"TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost", "NODE_ENV": "production"}
    return Started([node, str(server), f"--port={place.port}", "--headless"], allowed, headers)


def _tensorzero(place: Place) -> Started:
    python = PEERS / "bin" / "python"
    if not python.exists():
        raise LookupError("TensorZero is not installed")
    (place.folder / "tensorzero.toml").write_text(
        f"""[gateway]
observability.enabled = false
[models.{MODEL}]
routing = ["loopback"]
[models.{MODEL}.providers.loopback]
type = "openai"
model_name = "swift-upstream"
api_base = "http://127.0.0.1:{place.upstream}/v1/"
api_key_location = "none"
"""
    )
    command = [str(python), str(Path(__file__).with_name("embedded.py")), "tensorzero.toml"]
    return Started(
        [*command, str(place.port)], {"TENSORZERO_DISABLE_PSEUDONYMOUS_USAGE_ANALYTICS": "1"}
    )


PLAIN = "a plain proxy: nothing is read, counted or checked"
GATEWAYS = (
    Gateway("nginx", PLAIN, _nginx),
    Gateway(
        "podium",
        "API key, scopes, four limits and a budget, a route of two targets, breakers, price, usage "
        "record and trace of each call, stored in SQLite behind the request",
        _podium,
        alive="/health/live",
    ),
    Gateway(
        "podium to Anthropic",
        "the same; OpenAI in, Anthropic out, both translated",
        _podium_translating,
        alive="/health/live",
        streams=False,
    ),
    Gateway(
        "TensorZero",
        "embedded in a Python program (it has no server on PyPI); observability off, no keys",
        _tensorzero,
    ),
    Gateway("Portkey", "no keys, no limits, no logs", _portkey),
    Gateway(
        "LiteLLM proxy",
        "a master key, costs; no database, no limits",
        _litellm,
        alive="/health/liveliness",
    ),
)
