"""Runs that wait: the memory they take, and what a kill -9 does to them."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.peers import Peer
from bench.processes import Driver, DriverError, place

MOST = 900.0
AT_ONCE = 50


@dataclass(frozen=True)
class Patience:
    """`settle` are the seconds after which an engine has put away what waiting runs do not need."""

    runs: int
    settle: float


def waited(
    peer: Peer, patience: Patience, *, server: str, synchronous: str, log: Path
) -> dict[str, Any]:
    """Start so many, look at the memory, kill the process, start it again, let all go on."""
    try:
        return _waited(peer, patience, server=server, synchronous=synchronous, log=log)
    except DriverError as error:
        return {"failed": str(error)}


def _waited(
    peer: Peer, patience: Patience, *, server: str, synchronous: str, log: Path
) -> dict[str, Any]:
    runs, settle = patience.runs, patience.settle
    with place(peer, server) as where:
        driver = Driver(peer, where, synchronous=synchronous, log=log)
        try:
            empty = driver.rss()
            found: dict[str, Any] = {"runs": runs, "empty_mib": empty}
            started = driver.measure("wait", most=MOST, runs=runs)
            _keep(found, "started", started)
            time.sleep(settle)
            found["settled_mib"] = driver.rss()
            before = driver.cpu()
            time.sleep(settle)
            found["waiting_cpu_percent"] = 100 * (driver.cpu() - before) / settle
        finally:
            driver.kill()
        again = Driver(peer, where, synchronous=synchronous, log=log)
        try:
            found["open_seconds"] = again.start_seconds
            _keep(found, "recovered", again.measure("recovered", most=MOST, runs=runs))
            found["recovery_seconds"] = time.perf_counter() - again.began
            skip = runs // 2  # it was told to go on already, as the proof of the recovery
            asked = {"runs": runs, "skip": skip, "at_once": AT_ONCE}
            _keep(found, "answered", again.measure("answered", most=MOST, **asked))
        finally:
            again.kill()
    return found


def _keep(found: dict[str, Any], name: str, answer: dict[str, Any]) -> None:
    if "failed" in answer:
        raise DriverError(str(answer["failed"]))
    found[name] = answer
