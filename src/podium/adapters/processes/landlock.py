"""Landlock: a process says which files it will use, and holds itself and its children to it.

Standard library only: the launcher's. https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import stat
from collections.abc import Sequence
from typing import Final, final

from podium.adapters.processes.linux import system_call

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_VERSION: Final = 1
_PATH_BENEATH: Final = 1

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
_TRUNCATE: Final = 1 << 14
_READ: Final = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE
_FIRST_RIGHTS: Final = (1 << 13) - 1
_ADDED: Final = {2: 1 << 13, 3: _TRUNCATE, 5: 1 << 15}
"""Rights by the version that brought them: refer, truncate, ioctl of devices."""
_SCOPES_SINCE: Final = 6
_SCOPES: Final = 0b11
"""Abstract sockets and signals stay inside."""


@final
class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("handled_access_fs", ctypes.c_uint64),
        ("handled_access_net", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


@final
class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """Of the kernel's Landlock; 0 where it has none."""
    try:
        return system_call(_CREATE_RULESET, None, 0, _VERSION, what="landlock")
    except OSError:
        return 0


def restrict(*, readable: Sequence[str], writable: Sequence[str]) -> None:
    """Leave this process what is below these paths: to read and execute, and to do anything with.

    Needs `forbid_new_privileges` first. Paths that are not there are passed over.
    """
    found = version()
    handled = _FIRST_RIGHTS
    for since, rights in _ADDED.items():
        handled |= rights if found >= since else 0
    wanted = _Ruleset(handled, 0, _SCOPES if found >= _SCOPES_SINCE else 0)
    # Before version 6 the kernel reads the first two members; a longer structure is fine where
    # what it does not know is zero.
    ruleset = system_call(
        _CREATE_RULESET, _address(wanted), ctypes.sizeof(wanted), 0, what="landlock ruleset"
    )
    for path in readable:
        _allow(ruleset, path, _READ & handled)
    for path in writable:
        _allow(ruleset, path, handled)
    _ = system_call(_RESTRICT_SELF, ruleset, 0, what="landlock restrict")
    os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(os.fstat(opened).st_mode):
        rights &= _OF_FILES
    rule = _PathBeneath(rights, opened)
    what = f"landlock rule for {path}"
    _ = system_call(_ADD_RULE, ruleset, _PATH_BENEATH, _address(rule), 0, what=what)
    os.close(opened)


def _address(value: ctypes.Structure) -> ctypes.c_void_p:
    return ctypes.cast(ctypes.byref(value), ctypes.c_void_p)
