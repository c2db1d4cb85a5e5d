"""Without namespaces: Landlock guards files; limits, and a watch over all descendants, the rest.

The launcher's. The network is open here, so this is for plans that grant it; and only for a podium
that is root, whose programs become nobody: as the same user they could signal podium and change
the modes of its files, which Landlock does not keep them from.
"""

import os
import select
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from typing import Final

from podium.adapters.processes import linux
from podium.adapters.processes.confined import NOBODY, Place, become
from podium.adapters.processes.memory import descendants, lists_children, resident
from podium.adapters.processes.namespaces import TICK, ended, reaped
from podium.adapters.processes.plan import Plan, Report, read_report

_DEVICES: Final = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def run_without_namespaces(plan: Plan, channel: int) -> Report:
    if os.geteuid() != 0:
        return {
            "walls": "there are no namespaces, and podium is not root: programs would be the "
            "same user as podium"
        }
    if not lists_children():
        return {"walls": "there are no namespaces, and the kernel does not list children"}
    linux.adopt_orphans()
    folder = tempfile.mkdtemp(prefix="podium-")
    try:
        place, told = _prepared(plan, folder)
        program = os.fork()
        if program == 0:
            os.close(channel)
            become(_roomy(plan), place)
        os.close(place.tell)
        report = _watched(program, plan, channel)
        _end_all()
        failed = os.read(told, 4096)
        return read_report(failed) if failed else report
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(plan: Plan, folder: str) -> tuple[Place, int]:
    work, code = f"{folder}/work", f"{folder}/program"
    os.chmod(folder, 0o711)  # noqa: S103 - nobody passes through
    for path in (work, code):
        os.mkdir(path)
    for name, text in plan["texts"].items():
        with open(f"{code}/{name}", "w", encoding="utf-8") as file:
            _ = file.write(text)
    os.chown(work, NOBODY, NOBODY)
    told, tell = os.pipe()
    readable, writable = [*plan["readable"].values(), code], [work, *_DEVICES]
    return Place(work, code, readable, writable, {"TMPDIR": work}, tell), told


def _roomy(plan: Plan) -> Plan:
    """The kernel counts all processes of nobody here, not only those of the program."""
    bounds = plan["bounds"]
    return {**plan, "bounds": {**bounds, "processes": bounds["processes"] + _tasks_of_nobody()}}


def _tasks_of_nobody() -> int:
    found = 0
    for process in filter(str.isdecimal, os.listdir("/proc")):
        with suppress(OSError):
            if os.stat(f"/proc/{process}").st_uid == NOBODY:
                found += len(os.listdir(f"/proc/{process}/task"))
    return found


def _watched(program: int, plan: Plan, channel: int) -> Report:
    bounds, ends = plan["bounds"], time.monotonic() + plan["bounds"]["seconds"]
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    while time.monotonic() < ends:
        if poll.poll(TICK * 1000) and not os.read(channel, 1):
            return {"signal": signal.SIGKILL}
        status = reaped(program)
        if status is not None:
            return ended(status)
        if resident(descendants(os.getpid())) > bounds["memory"]:
            return {"over": "memory"}
    return {"over": "seconds"}


def _end_all() -> None:
    """Until there is none: what forks meanwhile is found in the next round."""
    while True:
        for process in [*descendants(os.getpid())]:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        try:
            _ = os.waitpid(-1, 0)
        except ChildProcessError:
            return
