"""The databases that an operator has configured, by name."""

from collections.abc import Mapping

from podium.integrations.names import unknown
from podium.integrations.ports import Connection


class Connections:
    def __init__(self, connections: Mapping[str, Connection]) -> None:
        self._connections: Mapping[str, Connection] = dict(connections)

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(self._connections))

    def get(self, name: str) -> Connection:
        """Raises NotFound with names that look alike."""
        found = self._connections.get(name)
        if found is None:
            raise unknown("connection", name, self._connections, where="connections in podium.yaml")
        return found
