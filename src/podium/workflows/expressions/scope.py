"""Which names mean what at one place of a jq program."""

from collections import Counter
from dataclasses import dataclass, field

from podium.workflows.expressions.errors import syntax
from podium.workflows.expressions.names import BUILTINS, REFUSED, why_unknown


@dataclass(slots=True)
class Scope:
    """`seen` holds what is defined here, innermost last: `name/arity`, `$name`, `*label`; `times`
    how often each of it.

    `outside` collects the variables that must come from the caller.
    """

    seen: list[str] = field(default_factory=list[str])
    times: Counter[str] = field(default_factory=Counter[str])
    outside: set[str] = field(default_factory=set[str])
    reads_clock: bool = False

    def mark(self) -> int:
        return len(self.seen)

    def reset(self, mark: int) -> None:
        while len(self.seen) > mark:
            self.times[self.seen.pop()] -= 1

    def function(self, name: str, arity: int) -> None:
        self._define(f"{name}/{arity}")

    def variable(self, name: str) -> None:
        self._define(f"${name}")

    def label(self, name: str) -> None:
        self._define(f"*{name}")

    def _define(self, key: str) -> None:
        self.seen.append(key)
        self.times[key] += 1

    def call(self, name: str, arity: int, at: int) -> bool:
        """True when it is jq's own function; raises for what is unknown or refused."""
        key = f"{name}/{arity}"
        if self.times[key]:
            return False
        if key not in BUILTINS:
            raise syntax(why_unknown(name, arity), at)
        if name in REFUSED:
            raise syntax(f"{name} is not available in an expression. {REFUSED[name]}", at)
        self.reads_clock |= name == "now"
        return True

    def use(self, name: str, at: int) -> bool:
        """True when the variable comes from outside."""
        if self.times[f"${name}"] or name == "__loc__":
            return False
        if name == "ENV":
            raise syntax(f"$ENV is not available in an expression. {REFUSED['env']}", at)
        if "::" in name:
            raise syntax(f"${name} belongs to a module, and there are no modules here.", at)
        self.outside.add(name)
        return True

    def leave(self, label: str, at: int) -> None:
        if not self.times[f"*{label}"]:
            raise syntax(f"break ${label} has no 'label ${label} |' around it.", at)
