"""The last steps of a process before it becomes the program. Standard library only: the launcher's.

After `become` nothing of podium is left in it: other code, the three streams, its own session.
"""

import os
import resource
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple, NoReturn

from podium.adapters.processes import landlock, linux
from podium.adapters.processes.plan import CODE, Bounds, Plan, Report, encoded

NOBODY: Final = 65534
_NOT_FOUND: Final = 127
_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)


class Place(NamedTuple):
    """Where the program finds itself: `work` is its folder, `code` has its texts. `extra` is what
    the environment needs besides; `tell` the descriptor for a report.
    """

    work: str
    code: str
    readable: Sequence[str]
    writable: Sequence[str]
    extra: dict[str, str]
    tell: int


def tell(descriptor: int, report: Report) -> None:
    """Short enough to be whole. Nobody listens any more once podium is gone."""
    with suppress(OSError):
        _ = os.write(descriptor, encoded(report))


def become(plan: Plan, place: Place) -> NoReturn:
    """Take on the bounds and turn into the program."""
    try:
        _ = os.setsid()
        os.chdir(place.work)
        limit(plan["bounds"])
        _die_first()
        if os.getuid() == 0:
            _leave_root()
        linux.forbid_new_privileges()
        if landlock.version():
            landlock.restrict(readable=place.readable, writable=place.writable)
        for number in _IGNORED_BY_PYTHON:
            _ = signal.signal(number, signal.SIG_DFL)
        _ = signal.pthread_sigmask(signal.SIG_SETMASK, ())
        command = [each.replace(CODE, place.code) for each in plan["command"]]
        os.execve(  # noqa: S606 - the whole purpose
            command[0], [*command, *plan["arguments"]], {**place.extra, **plan["environment"]}
        )
    except (OSError, ValueError) as error:
        tell(place.tell, {"start": str(error)})
    finally:
        os._exit(_NOT_FOUND)


def limit(bounds: Bounds) -> None:
    """For this process and its children. The kernel warns at the first number of processor
    seconds and kills at the second.
    """
    wanted = {
        resource.RLIMIT_CPU: (bounds["cpu"], bounds["cpu"] + 1),
        resource.RLIMIT_DATA: (bounds["memory"], bounds["memory"]),
        resource.RLIMIT_FSIZE: (bounds["file"], bounds["file"]),
        resource.RLIMIT_NOFILE: (bounds["files"], bounds["files"]),
        resource.RLIMIT_NPROC: (bounds["processes"], bounds["processes"]),
        resource.RLIMIT_CORE: (0, 0),
    }
    if bounds["address_space"]:
        wanted[resource.RLIMIT_AS] = (bounds["address_space"], bounds["address_space"])
    for kind, (soft, hard) in wanted.items():
        _, most = resource.getrlimit(kind)
        top = hard if most == resource.RLIM_INFINITY else min(hard, most)
        resource.setrlimit(kind, (min(soft, top), top))


def _die_first() -> None:
    """Where the machine runs out of memory, the kernel is to take this process before others."""
    with suppress(OSError):
        linux.write("/proc/self/oom_score_adj", "1000")


def _leave_root() -> None:
    """Become nobody; the kernel takes all capabilities away with it. The streams come along, so
    that /dev/stdout can be opened.
    """
    for stream in range(3):
        os.fchown(stream, NOBODY, NOBODY)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
