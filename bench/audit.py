"""How many events a second are stored and sealed: `python -m bench.audit [EVENTS]`."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from podium.adapters.auditing.keys import FileKeys
from podium.adapters.clock import SystemClock
from podium.adapters.storage.database import open_database
from podium.adapters.storage.stores import SqlStores
from podium.governance.audit.sealing import Sealer
from podium.governance.audit.verification import Verifier
from podium.kernel.audit import Actor, Deed, Origin, Outcome
from podium.kernel.ids import WorkspaceId

_BATCH = 256


def _deed(number: int) -> Deed:
    origin = Origin(Actor("user", "user_ann", "key_1"), WorkspaceId("ws_one"), "192.0.2.7")
    return Deed("key.rotate", "key", f"key_{number}", Outcome.ALLOWED, "admin", origin)


class _Watch:
    """The wall, and what the processor did meanwhile: a busy machine shows on the wall alone."""

    def __init__(self, count: int) -> None:
        self._count: int = count
        self._wall: float = time.perf_counter()
        self._work: float = time.process_time()

    def tell(self, what: str) -> None:
        wall, work = time.perf_counter(), time.process_time()
        rate = self._count / (wall - self._wall)
        of_work = self._count / (work - self._work)
        print(f"{what:<9}{rate:>9,.0f} events/s, {of_work:>9,.0f} per second of one processor")
        self._wall, self._work = wall, work


async def measure(count: int, folder: Path) -> None:
    database = open_database(f"sqlite:///{folder / 'podium.db'}")
    await database.migrate()
    stores, keys = SqlStores(database), FileKeys(folder)
    sealer = Sealer(stores.audit, keys, SystemClock())
    watch = _Watch(count)
    for start in range(0, count, _BATCH):
        end = min(start + _BATCH, count)
        await stores.audit.record(_deed(number) for number in range(start, end))
    watch.tell("stored")
    _ = await sealer.seal()
    watch.tell("sealed")
    report = await Verifier(stores.audit, keys.keys(None)[0].public).verify()
    watch.tell("verified")
    assert report.ok
    await database.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        asyncio.run(measure(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, Path(place)))
