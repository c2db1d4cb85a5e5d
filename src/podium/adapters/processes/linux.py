"""Calls of the Linux kernel that Python has no name for. Standard library only: the launcher's.

Every function raises OSError with what was tried. Numbers of system calls above 423 are the same
on all architectures.
"""

import ctypes
import os
from collections.abc import Callable
from typing import Final, cast, final

CLONE_NEWNS: Final = 0x00020000
CLONE_NEWCGROUP: Final = 0x02000000
CLONE_NEWUTS: Final = 0x04000000
CLONE_NEWIPC: Final = 0x08000000
CLONE_NEWUSER: Final = 0x10000000
CLONE_NEWPID: Final = 0x20000000
CLONE_NEWNET: Final = 0x40000000

MS_NOSUID: Final = 2
MS_NODEV: Final = 4
MS_NOEXEC: Final = 8
MS_BIND: Final = 4096
MS_REC: Final = 16384
MS_PRIVATE: Final = 1 << 18

ATTR_READ_ONLY: Final = 1
ATTR_NOSUID: Final = 2
ATTR_NODEV: Final = 4
ATTR_NOEXEC: Final = 8

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_CHILD_SUBREAPER: Final = 36
_PR_SET_NO_NEW_PRIVS: Final = 38
_AT_FDCWD: Final = -100
_AT_RECURSIVE: Final = 0x8000
_MNT_DETACH: Final = 2
_MOUNT_SETATTR: Final = 442

_libc: Final = ctypes.CDLL(None, use_errno=True)


@final
class _MountAttributes(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def call(name: str, *arguments: object, what: str) -> int:
    """The result of a function of libc, or the error that it left behind."""
    function = cast("Callable[..., int]", getattr(_libc, name))
    result = function(*arguments)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def system_call(number: int, *arguments: "int | ctypes.c_void_p | None", what: str) -> int:
    whole = [ctypes.c_long(each) if isinstance(each, int) else each for each in arguments]
    return call("syscall", ctypes.c_long(number), *whole, what=what)


def unshare(flags: int) -> None:
    _ = call("unshare", ctypes.c_int(flags), what="unshare")


def mount(source: str, target: str, kind: str, *, flags: int = 0, data: str = "") -> None:
    texts = (source.encode(), target.encode(), kind.encode() or None)
    _ = call("mount", *texts, ctypes.c_ulong(flags), data.encode(), what=f"mount {target}")


def bind(source: str, target: str, attributes: int) -> None:
    """Show `source` at `target` too, with everything that is mounted below it."""
    mount(source, target, "", flags=MS_BIND | MS_REC)
    restrict(target, attributes)


def restrict(path: str, attributes: int, *, below: bool = True) -> None:
    """Add attributes to the mount at `path`, and to those below it. Needs Linux 5.12."""
    wanted = _MountAttributes(attributes, 0, 0, 0)
    name = ctypes.c_char_p(path.encode())
    _ = system_call(
        _MOUNT_SETATTR,
        _AT_FDCWD,
        ctypes.cast(name, ctypes.c_void_p),
        _AT_RECURSIVE if below else 0,
        ctypes.cast(ctypes.byref(wanted), ctypes.c_void_p),
        ctypes.sizeof(wanted),
        what=f"restrict {path}",
    )


def pivot_root(new: str, old: str) -> None:
    _ = call("pivot_root", new.encode(), old.encode(), what="pivot_root")


def detach(path: str) -> None:
    _ = call("umount2", path.encode(), _MNT_DETACH, what=f"unmount {path}")


def die_with_parent(signal: int) -> None:
    _prctl(_PR_SET_PDEATHSIG, signal, "death signal")


def hide_memory() -> None:
    """No process of the same user may look into this one."""
    _prctl(_PR_SET_DUMPABLE, 0, "dumpable")


def adopt_orphans() -> None:
    _prctl(_PR_SET_CHILD_SUBREAPER, 1, "subreaper")


def forbid_new_privileges() -> None:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")


def _prctl(option: int, value: int, what: str) -> None:
    whole = (ctypes.c_ulong(each) for each in (value, 0, 0, 0))
    _ = call("prctl", ctypes.c_int(option), *whole, what=f"prctl {what}")


def write(path: str, text: str) -> None:
    """Without what Python would look up in its library, which may be out of sight by now."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        left = text.encode()
        while left:
            left = left[os.write(descriptor, left) :]
    finally:
        os.close(descriptor)
