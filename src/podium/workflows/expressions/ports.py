"""What this room needs from outside."""

from collections.abc import Sequence
from typing import Protocol

from podium.kernel.json import Json, JsonObject


class Jq(Protocol):
    """libjq at arm's length; implemented by `podium.adapters.jq`."""

    async def evaluate(self, program: str, data: Json, variables: JsonObject) -> Json:
        """The first output of `program` over `data`; null when it has none.

        `variables` are seen as `$name`. Raises ExpressionError.
        """
        ...

    async def check(self, program: str, variables: Sequence[str]) -> str | None:
        """Why libjq does not compile `program`, or None when it does."""
        ...
