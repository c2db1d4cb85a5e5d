"""Takes the place of `docker` in tests: keeps what it is asked, and containers as files.

What `run` does is said by the image. It has the semantics that podium relies on, as docker's
reference of the command line describes them; no real engine has been asked.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path

STATE = Path(__file__).parent / "state"
VALUED = {"--name", "--label", "--pull", "--security-opt", "--pids-limit", "--memory"}
VALUED |= {"--memory-swap", "--env-file", "--network", "--publish", "--mount", "--entrypoint"}


def containers() -> dict[str, dict[str, str]]:
    """The labels of each."""
    return {path.stem: json.loads(path.read_text()) for path in STATE.glob("*.json")}


def keep(kind: str, value: object) -> None:
    with (STATE / f"{kind}.log").open("a") as file:
        _ = file.write(json.dumps(value) + "\n")


def run(words: list[str]) -> int:
    options: dict[str, list[str]] = {}
    rest = words
    while rest[0].startswith("-"):
        name, *rest = rest
        if name in VALUED:
            value, *rest = rest
            options.setdefault(name, []).append(value)
    image, *command = rest
    file = Path(options["--env-file"][0])
    keep(
        "run",
        {
            "image": image,
            "command": command,
            "stdin": sys.stdin.read(),
            "options": options,
            "environment": file.read_text(),
            "mode": file.stat().st_mode & 0o777,
        },
    )
    if image == "nodaemon":
        return refused("Cannot connect to the Docker daemon. Is it running?")
    return created(options["--name"][0], options["--label"], image)


def created(name: str, labels: list[str], image: str) -> int:
    path = STATE / f"{name}.json"
    if path.exists():
        return refused(f"Conflict. The container name {name} is already in use.")
    _ = path.write_text(json.dumps(dict(each.split("=", 1) for each in labels)))
    return act(image)


def refused(why: str) -> int:
    _ = sys.stderr.write(f"docker: {why}\n")
    return 125


def act(image: str) -> int:
    kind, _, value = image.partition(":")
    if kind == "exits":
        _ = sys.stderr.write("something went wrong\n")
        return int(value)
    if kind == "sleeps":
        time.sleep(float(value))
    while kind == "talks":
        _ = sys.stdout.write("x" * 65536)
    say(f"hello from {image}")
    return 0


def say(line: str) -> None:
    _ = sys.stdout.write(f"{line}\n")


def ps(words: list[str]) -> None:
    name, _, value = words[-1].removeprefix("label=").partition("=")
    for container, labels in containers().items():
        if name in labels and value in {"", labels[name]}:
            say(container)


def inspect(words: list[str]) -> None:
    for container in words[2:]:
        say(f"{container} {containers()[container]['podium.expires']}")


def rm(words: list[str]) -> None:
    for container in words[2:]:
        (STATE / f"{container}.json").unlink(missing_ok=True)


def main() -> int:
    command, *words = sys.argv[1:]
    STATE.mkdir(exist_ok=True)
    if command == "run":
        return run(words)
    keep("other", [command, *words])
    others = {"ps": ps, "inspect": inspect, "rm": rm}
    if command in others:
        others[command](words)
    return 0


if __name__ == "__main__":
    _ = signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    code = main()
    _ = sys.stdout.flush()
    os._exit(code)
