"""Walls of namespaces: own users, processes, files, and no network. The launcher's.

Three processes stand between the launcher and the program: `stage` gets the namespaces, its child
is the first process in them (when it ends, the kernel ends every other) and builds the file system
that the program sees; the program is a child of that.
"""

import os
import signal
import time
from contextlib import suppress
from typing import Final, NoReturn

from podium.adapters.processes import linux
from podium.adapters.processes.confined import NOBODY, Place, become, tell
from podium.adapters.processes.memory import resident
from podium.adapters.processes.plan import Bounds, Plan, Report

WORK: Final = "/tmp"  # noqa: S108 - the sandbox's own: empty, and gone with it
CODE: Final = "/program"
TICK: Final = 0.05
_DEVICES: Final = ("null", "zero", "full", "random", "urandom")
_LINKS: Final = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2"}
_READ_ONLY: Final = linux.ATTR_READ_ONLY | linux.ATTR_NOSUID | linux.ATTR_NODEV
_ONLY_OURS: Final = (
    linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
    | linux.CLONE_NEWCGROUP
)


def stage(plan: Plan, ask: int, answer: int, *, verdict: int) -> NoReturn:
    """Get the namespaces: `ask` and `answer` are pipes to the launcher, who maps the users."""
    try:
        linux.die_with_parent(signal.SIGKILL)
        linux.unshare(linux.CLONE_NEWUSER)
        _ = os.write(ask, b"?")
        if os.read(answer, 1) != b"!":
            os._exit(1)
        linux.unshare(_ONLY_OURS | (0 if plan["network"] else linux.CLONE_NEWNET))
        first = os.fork()
        if first == 0:
            _first(plan, verdict)
        _ = os.waitpid(first, 0)
    except OSError as error:
        tell(verdict, {"walls": str(error)})
    finally:
        os._exit(0)


def map_users(process: int) -> None:
    """Nobody inside is nobody outside where podium is root; else it is podium's own user."""
    if os.geteuid() == 0 and _map(process, f"0 0 1\n{NOBODY} {NOBODY} 1", deny=False):
        return
    if not _map(process, f"{NOBODY} {os.geteuid()} 1", deny=True):
        raise PermissionError("users cannot be mapped")


def _map(process: int, users: str, *, deny: bool) -> bool:
    groups = f"{NOBODY} {os.getegid()} 1" if deny else users
    try:
        if deny:
            linux.write(f"/proc/{process}/setgroups", "deny")
        linux.write(f"/proc/{process}/uid_map", users)
        linux.write(f"/proc/{process}/gid_map", groups)
    except OSError:
        return False
    return True


def _first(plan: Plan, verdict: int) -> NoReturn:
    """The first process of the namespace: builds, starts the program, reaps, and watches."""
    try:
        linux.die_with_parent(signal.SIGKILL)
        linux.hide_memory()
        build(plan)
        _ = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGCHLD,))
        program = os.fork()
    except OSError as error:
        tell(verdict, {"walls": str(error)})
        os._exit(1)
    if program == 0:
        become(plan, Place(WORK, CODE, ("/",), (WORK, "/dev"), {}, verdict))
    tell(verdict, _watched(program, plan["bounds"]))
    os._exit(0)


def _watched(program: int, bounds: Bounds) -> Report:
    """Wait for the program, or until the bounds that no limit of the kernel holds are broken."""
    ends = time.monotonic() + bounds["seconds"]
    while time.monotonic() < ends:
        _ = signal.sigtimedwait((signal.SIGCHLD,), TICK)
        status = reaped(program)
        if status is not None:
            return ended(status)
        if resident(map(int, filter(str.isdecimal, os.listdir("/proc")))) > bounds["memory"]:
            return {"over": "memory"}
    return {"over": "seconds"}


def reaped(program: int) -> int | None:
    """Let go of the children that have ended; how the program ended, if it has."""
    found = None
    with suppress(ChildProcessError):
        while True:
            process, status = os.waitpid(-1, os.WNOHANG)
            if process == 0:
                break
            if process == program:
                found = status
    return found


def ended(status: int) -> Report:
    code = os.waitstatus_to_exitcode(status)
    return {"code": code} if code >= 0 else {"signal": -code}


def build(plan: Plan) -> None:
    """A file system of what may be read, with room to write in WORK, and nothing else."""
    bounds = plan["bounds"]
    linux.mount("none", "/", "", flags=linux.MS_REC | linux.MS_PRIVATE)
    room = f"size={bounds['disk']},nr_inodes=16384,mode=755"
    linux.mount("podium", WORK, "tmpfs", flags=linux.MS_NOSUID | linux.MS_NODEV, data=room)
    os.chdir(WORK)
    for name in ("old", "new", "work", "shm"):
        os.mkdir(name)
    for name in ("work", "shm"):
        os.chmod(name, 0o1777)  # noqa: S103 - nobody writes here, as in any /tmp
    linux.bind("new", "new", 0)
    linux.pivot_root(".", "old")
    os.chdir("/")
    for path, source in plan["readable"].items():
        _show(path, source)
    for path, target in plan["links"].items():
        os.symlink(target, f"/new{path}")
    _furnish(plan)
    linux.restrict("/new", _READ_ONLY, below=False)
    linux.detach("/old")
    os.chdir("/new")
    linux.pivot_root(".", ".")
    linux.detach(".")
    os.chdir(WORK)
    _close_the_rest()


def _show(path: str, source: str) -> None:
    inside, outside = f"/new{path}", f"/old{source}"
    if os.path.isdir(outside):
        os.makedirs(inside, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(inside), exist_ok=True)
        linux.write(inside, "")
    linux.bind(outside, inside, _READ_ONLY)


def _furnish(plan: Plan) -> None:
    """/proc, a few devices, the texts, and the two places to write."""
    for name in ("proc", "dev/shm", WORK[1:], CODE[1:]):
        os.makedirs(f"/new/{name}", exist_ok=True)
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    linux.mount("proc", "/new/proc", "proc", flags=flags)
    for name in _DEVICES:
        linux.write(f"/new/dev/{name}", "")
        linux.bind(f"/old/dev/{name}", f"/new/dev/{name}", linux.ATTR_NOSUID | linux.ATTR_NOEXEC)
    for name, target in _LINKS.items():
        os.symlink(target, f"/new/dev/{name}")
    for name, text in plan["texts"].items():
        linux.write(f"/new{CODE}/{name}", text)
    linux.bind("/work", f"/new{WORK}", linux.ATTR_NOSUID | linux.ATTR_NODEV)
    linux.bind("/shm", "/new/dev/shm", linux.ATTR_NOSUID | linux.ATTR_NODEV)


def _close_the_rest() -> None:
    """No namespaces within, where a program would be root again before more of the kernel."""
    with suppress(OSError):  # a kernel that does not know the limit has the walls all the same
        linux.write("/proc/sys/user/max_user_namespaces", "0")
