"""How many, how long, how often."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """`executor` names this process and stays the same over restarts of it.

    `runs` execute at once, those that wait not counted. A run that waits is called waiting after
    `settle` seconds and leaves the process after `patience` more. `alone` says that no other
    process uses the database; otherwise it looks every `poll` seconds for what others left, says
    every `beat` seconds that it lives, and takes over the runs of one that was silent for `lease`
    seconds. A run that took `crashes` processes with it, one after the other, is given up.
    """

    executor: str
    runs: int = 16
    patience: float = 5.0
    settle: float = 0.05
    alone: bool = True
    poll: float = 1.0
    beat: float = 2.0
    lease: float = 10.0
    crashes: int = 20
