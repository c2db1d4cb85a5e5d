"""What podium tells the launcher, and what the launcher reports. Standard library only.

Either is one line of JSON. When podium closes its end of the channel, the program is ended.
"""

import json
from typing import Final, TypedDict, cast

CODE: Final = "{code}"
"""In `Plan.command`: the folder where `Plan.texts` lie."""


class Bounds(TypedDict):
    """Seconds and bytes. `cpu` and `address_space` (0: none) are for each process, `file` for each
    file, `memory` and `disk` for all together; `files` may be open in a process, `processes` (and
    threads) may be there at once.
    """

    seconds: float
    cpu: int
    memory: int
    address_space: int
    disk: int
    file: int
    files: int
    processes: int


class Plan(TypedDict):
    """`readable` says which real file or folder is seen at which path, `links` which paths are
    links to which; `texts` are further files to read, by name.
    """

    command: list[str]
    arguments: list[str]
    environment: dict[str, str]
    texts: dict[str, str]
    readable: dict[str, str]
    links: dict[str, str]
    network: bool
    bounds: Bounds


class Report(TypedDict, total=False):
    """One of: the exit `code`; the `signal` that ended it; `over`, the bound that it broke (memory
    or seconds); why the `walls` could not be built; why it did not `start`.
    """

    code: int
    signal: int
    over: str
    walls: str
    start: str


def encoded(value: Plan | Report) -> bytes:
    return json.dumps(value).encode() + b"\n"


def read_plan(line: bytes) -> Plan:
    return cast("Plan", json.loads(line))


def read_report(line: bytes) -> Report:
    return cast("Report", json.loads(line))
