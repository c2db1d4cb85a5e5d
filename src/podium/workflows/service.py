"""Use cases of documents: they are validated, stored and read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol, TypeAlias

from podium.governance.access import Action, Authorizer, Resource, require
from podium.identity.principal import Principal
from podium.kernel.clock import Clock
from podium.kernel.errors import NotFound
from podium.kernel.ids import WorkspaceId
from podium.kernel.json import JsonObject, digest
from podium.kernel.paging import Page
from podium.workflows.aside import Aside
from podium.workflows.documents.check import check, parse
from podium.workflows.documents.external import references
from podium.workflows.documents.findings import Finding
from podium.workflows.documents.model import Document
from podium.workflows.documents.yaml import load
from podium.workflows.pinning import Catalogs, NoCatalogs, Pins, as_written, schemas_of
from podium.workflows.ports import WorkflowStore
from podium.workflows.runs import Run, WorkflowRef, WorkflowVersion

_NOTHING: Final = NoCatalogs()

KEPT = 256
"""Versions of which the document stays in memory."""

_Name: TypeAlias = tuple[WorkspaceId, str, str]


class Watch(Protocol):
    """Who wants to know that a version was stored; it may be told of the same one again."""

    async def stored(self, version: WorkflowVersion) -> None: ...


class _Nobody:
    async def stored(self, version: WorkflowVersion) -> None:  # pyright: ignore[reportUnusedParameter]
        """There are no schedules where nothing is executed."""


_NOBODY: Final = _Nobody()


class Workflows:
    """Documents and their versions."""

    def __init__(  # noqa: PLR0917 - the composition root names each of them
        self,
        store: WorkflowStore,
        functions: Mapping[str, JsonObject],
        authorizer: Authorizer,
        clock: Clock,
        catalogs: Catalogs = _NOTHING,
        *,
        watch: Watch = _NOBODY,
    ) -> None:
        self._store: WorkflowStore = store
        self._functions: Mapping[str, JsonObject] = functions
        self._aside: Aside = Aside()
        self._pins: Pins = Pins(catalogs, functions, self._aside)
        self._authorizer: Authorizer = authorizer
        self._clock: Clock = clock
        self._watch: Watch = watch
        self._kept: dict[tuple[str, ...], WorkflowVersion] = {}

    async def validate(self, text: str | bytes, *, name: str) -> Sequence[Finding]:
        """Everything that is wrong or doubtful. Raises Invalid where it cannot be read at all."""
        return await self._aside.run(lambda: check(load(text, name=name), self._functions))

    async def put(self, principal: Principal, text: str, *, name: str) -> WorkflowVersion:
        """Store a version of a document. Raises Invalid, and Conflict for a changed old version."""
        kind = Resource("workflow", principal.workspace)
        require(self._authorizer, principal, Action.CREATE, kind)
        document, refers = await self._aside.run(partial(_read, text, name, self._functions))
        if refers:
            document = await self._pinned(principal, document, name)
        ref = WorkflowRef(document.namespace, document.name, document.version, document.digest)
        stored = await self._store.add(
            WorkflowVersion(
                ref=ref,
                workspace=principal.workspace,
                owner=principal.user,
                title=document.title,
                text=text,
                document=document.source,
                created_at=self._clock.now(),
            )
        )
        await self._watch.stored(stored)
        return stored

    async def _pinned(self, principal: Principal, document: Document, name: str) -> Document:
        """With what it refers to; what is stored already is not fetched again."""
        try:
            stored = await self._store.get(
                principal.workspace, document.namespace, document.name, document.version
            )
        except NotFound:
            stored = None
        if stored is not None and await self._aside.run(partial(_same, stored, document)):
            return replace(document, source=stored.document, digest=stored.ref.digest)
        source = await self._pins.pinned(document.source)
        fetched = {**self._functions, **schemas_of(source)}
        checked, _ = await self._aside.run(partial(_read, document.text, name, fetched))
        named = await self._aside.run(partial(digest, source))
        return replace(checked, source=source, digest=named)

    async def get(  # noqa: PLR0917 - a name has three parts
        self, principal: Principal, namespace: str, name: str, version: str | None
    ) -> WorkflowVersion:
        found = await self._found((principal.workspace, namespace, name), version)
        resource = Resource("workflow", found.workspace, str(found.ref), found.owner)
        require(self._authorizer, principal, Action.READ, resource)
        return found

    async def _found(self, name: _Name, version: str | None) -> WorkflowVersion:
        """A version never changes, so the last ones asked for are kept."""
        if version is None:
            return await self._store.get(*name, None)
        key = (*name, version)
        if (kept := self._kept.pop(key, None)) is None:
            kept = await self._store.get(*name, version)
        self._kept[key] = kept
        if len(self._kept) > KEPT:
            del self._kept[next(iter(self._kept))]
        return kept

    async def version_of(self, run: Run) -> WorkflowVersion:
        """The document of a run that its caller may already see."""
        return await self._store.by_digest(run.workspace, run.workflow.digest)

    async def list(
        self, principal: Principal, *, cursor: str | None, limit: int
    ) -> Page[WorkflowVersion]:
        kind = Resource("workflow", principal.workspace)
        require(self._authorizer, principal, Action.LIST, kind)
        return await self._store.list(principal.workspace, cursor=cursor, limit=limit)


def _read(text: str, name: str, functions: Mapping[str, JsonObject]) -> tuple[Document, bool]:
    """The document, and whether it refers to something outside of itself."""
    document = parse(text, name=name, functions=functions)
    return document, any(True for _ in references(document.source))


def _same(stored: WorkflowVersion, document: Document) -> bool:
    return digest(as_written(stored.document)) == document.digest
