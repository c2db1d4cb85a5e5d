"""pii-leak-benchmark against a real podium: what reaches the model, and what comes back."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec

_START_SECONDS = 60.0
_TIMEOUT = 600
_CONFIG = """version: 1
server: {{port: {port}}}
providers:
  capture: {{protocol: openai_chat, base_url: "http://127.0.0.1:{capture}/v1"}}
models:
  conformance-model: {{provider: capture}}
routes:
  test: {{targets: [conformance-model]}}
masking:
  requests: {{pii: pseudonymise, phi: pseudonymise, pci: pseudonymise, secret: pseudonymise}}
  answers: {{pii: mask, phi: mask, pci: mask, secret: mask}}
"""


@dataclass(frozen=True)
class Leaks:
    """`verdict` of the self-check; the rates of the second profile, from 0 to 1."""

    verdict: str
    fidelity: float
    leaked_whole: float
    leaked_cut: float
    outcome: str
    cases: int


def measure(podium: Path, tools: Path, folder: Path) -> Leaks:
    """`podium` is the program, `tools` the folder of the benchmark's programs."""
    capture = _free()
    with _serving(podium, folder, capture) as (port, key):
        verdict = _selfcheck(tools, port, capture=capture, key=key)
        row = _second(tools, folder, port, capture=capture, key=key)
    return Leaks(
        verdict,
        row["fidelity_rate"],
        row["leak_single_chunk"],
        row["leak_adversarial"],
        row["outcome"],
        row["cases_applicable"],
    )


def _selfcheck(tools: Path, port: int, *, capture: int, key: str) -> str:
    said = _run(
        [
            tools / "pii-leak-benchmark",
            "selfcheck",
            *("--target-base-url", f"http://127.0.0.1:{port}/v1"),
            *("--capture-port", str(capture)),
        ],
        key,
    )
    print(said, flush=True)
    return next((v for v in ("NOT MEASURED", "CHECK FAILED", "LEAK", "CLEAN") if v in said), "?")


def _second(tools: Path, folder: Path, port: int, *, capture: int, key: str) -> dict:
    summary = folder / "summary.json"
    said = _run(
        [
            tools / "pii-leak-benchmark-v2",
            *("--validate", "--exhaustive-splits", "--only", "podium", "--out", folder / "v2"),
            *("--gateway-url", f"http://127.0.0.1:{port}/v1/chat/completions"),
            *("--upstream-port", str(capture), "--seed", "a1b2c3d4e5f60001"),
            *("--json-out", summary),
        ],
        key,
    )
    print(said, flush=True)
    return json.loads(summary.read_text("utf-8"))["rows"][0]


def _run(command: list[object], key: str) -> str:
    environment = {**os.environ, "CONFORMANCE_TARGET_API_KEY": key}
    done = subprocess.run(
        [str(part) for part in command],
        env=environment,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )
    return done.stdout + done.stderr


@contextmanager
def _serving(podium: Path, folder: Path, capture: int) -> Generator[tuple[int, str]]:
    port = _free()
    _ = (folder / "podium.yaml").write_text(_CONFIG.format(port=port, capture=capture), "utf-8")
    made = subprocess.run(
        [podium, "keys", "create", "bench", "--json"],
        cwd=folder,
        capture_output=True,
        check=True,
    )
    key = str(msgspec.json.decode(made.stdout)["secret"])
    with (folder / "podium.log").open("wb") as log:
        process = subprocess.Popen([podium, "up"], cwd=folder, stdout=log, stderr=log)
        try:
            _wait(port, process)
            yield port, key
        finally:
            process.terminate()
            _ = process.wait(30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    ends = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < ends:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("podium did not start; see its podium.log")


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
