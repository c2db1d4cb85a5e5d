"""The launcher: takes one plan, has the program run behind walls, and reports how it ended.

Started by `sandbox.py` as `python -I -S` with an empty environment; of podium it imports the files
of this folder that the standard library suffices for. Its streams are the program's own. When its
channel closes, podium has died or wants the end: it ends everything.

Walls are namespaces. Where the kernel gives none and the plan grants the network, Landlock has to
do, which guards files only; where there is neither, nothing is started.
"""

import os
import select
import signal
import sys
from typing import Final, NoReturn

from podium.adapters.processes import landlock, namespaces
from podium.adapters.processes.confined import tell
from podium.adapters.processes.fallback import run_without_namespaces
from podium.adapters.processes.plan import Plan, Report, read_plan, read_report

_MOST: Final = 1 << 16


def main() -> NoReturn:
    channel = int(sys.argv[1])
    report = _run(read_plan(_line(channel)), channel)
    tell(channel, report)
    os._exit(0)


def _line(channel: int) -> bytes:
    parts: list[bytes] = []
    while not parts or not parts[-1].endswith(b"\n"):
        part = os.read(channel, _MOST)
        if not part:
            os._exit(0)
        parts.append(part)
    return b"".join(parts)


def _run(plan: Plan, channel: int) -> Report:
    report = _behind_namespaces(plan, channel)
    if "walls" not in report or not plan["network"]:
        return report
    if not landlock.version():
        return {"walls": f"{report['walls']}; and the kernel has no Landlock"}
    try:
        return run_without_namespaces(plan, channel)
    except OSError as error:
        return {"walls": str(error)}


def _behind_namespaces(plan: Plan, channel: int) -> Report:
    ask, asked = os.pipe()
    answered, answer = os.pipe()
    verdict, told = os.pipe()
    stage = os.fork()
    if stage == 0:
        os.close(channel)
        namespaces.stage(plan, asked, answered, verdict=told)
    for descriptor in (asked, answered, told):
        os.close(descriptor)
    try:
        if os.read(ask, 1):
            namespaces.map_users(stage)
            _ = os.write(answer, b"!")
        return _awaited(verdict, channel)
    except PermissionError as error:
        return {"walls": str(error)}
    finally:
        os.kill(stage, signal.SIGKILL)
        _ = os.waitpid(stage, 0)
        for descriptor in (ask, answer, verdict):
            os.close(descriptor)


def _awaited(verdict: int, channel: int) -> Report:
    """What the first process tells, once it and all others have ended."""
    poll = select.poll()
    poll.register(verdict, select.POLLIN)
    poll.register(channel, select.POLLIN)
    told = b""
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        if channel in ready and not os.read(channel, 1):
            os._exit(0)
        if verdict in ready:
            part = os.read(verdict, _MOST)
            if not part:
                return read_report(told.partition(b"\n")[0]) if told else {"signal": signal.SIGKILL}
            told += part
