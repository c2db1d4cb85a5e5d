"""What the entrance lets in."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Door:
    """What may come in. `hosts` are names that a Host header may carry besides loopback's own;
    with `any_address` also every IP address: nobody can make an address resolve to another.

    `heartbeat` and `look` are seconds: between comments that keep an event stream open, and
    between looks at a followed run's status.
    """

    hosts: frozenset[str] = field(default_factory=frozenset[str])
    any_address: bool = False
    max_body_bytes: int = 10 * 1024 * 1024
    max_depth: int = 100
    heartbeat: float = 15.0
    look: float = 1.0
