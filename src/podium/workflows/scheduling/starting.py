"""Starting a run for a schedule, once for each reason."""

from dataclasses import dataclass

from podium.identity.ports import Principals
from podium.kernel.clock import Clock
from podium.kernel.errors import Conflict, Invalid, LimitReached, NotFound, Refused
from podium.kernel.json import Json
from podium.workflows.run_service import Start
from podium.workflows.scheduling.ports import Started, StartRun
from podium.workflows.scheduling.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Starting:
    runs: StartRun
    principals: Principals
    clock: Clock

    async def start(self, schedule: Schedule, input: Json, *, key: str) -> Started:
        """On behalf of whoever stored the version; `key` names the due time or the events, so that
        what is tried again starts no second run. Raises Unavailable.
        """
        owner = await self.principals.principal(schedule.owner, schedule.workspace)
        wish = Start(
            namespace=schedule.namespace,
            name=schedule.name,
            version=schedule.version,
            input=input,
            idempotency_key=f"{schedule.id} {key}",
            labels={"schedule": schedule.id, schedule.kind.value: key},
        )
        try:
            run = await self.runs.start(owner, wish)
        except Conflict:  # an older version had its run then
            return Started(self.clock.now(), None)
        except (Invalid, LimitReached, NotFound, Refused) as error:
            return Started(self.clock.now(), None, error.message)
        return Started(self.clock.now(), run.id)
