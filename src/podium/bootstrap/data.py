"""The data that workflows may use: labelled examples and databases, as the settings name them."""

from contextlib import AsyncExitStack
from pathlib import Path

from podium.adapters.files import FileRows
from podium.adapters.sql_connection import open_connection
from podium.bootstrap.parts import GatewayEmbedder
from podium.integrations.connections import Connections
from podium.integrations.datasets import Datasets, DatasetSource, Edges
from podium.integrations.ports import VectorStore
from podium.kernel.clock import Clock
from podium.settings import Settings


def datasets(
    settings: Settings, vectors: VectorStore, clock: Clock, *, embedder: GatewayEmbedder
) -> Datasets:
    sources = {
        name: DatasetSource(
            path=str(settings.dataset_path(name)),
            text=entry.text,
            label=entry.label,
            model=entry.embedding,
        )
        for name, entry in settings.datasets.items()
    }
    return Datasets(sources, Edges(FileRows(Path()), vectors, embedder, clock))


def connections(settings: Settings, stack: AsyncExitStack) -> Connections:
    """Closed with the stack."""
    opened = {
        name: open_connection(name, settings.connection_url(name)) for name in settings.connections
    }
    for connection in opened.values():
        _ = stack.push_async_callback(connection.close)
    return Connections(opened)
