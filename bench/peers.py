"""Who takes part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
OWN = ROOT / ".venv"
BENCH = ROOT / ".bench"
RESTATE = BENCH / "node_modules" / ".bin" / "restate-server"

ALL = ("sequential", "many", "fan", "queue", "first", "idle")


@dataclass(frozen=True, eq=False)
class Peer:
    """`name` is a line of the table, `against` the line of podium it is compared with.

    `quick` says whether the smoke test has it. Of a peer that would need many minutes for all runs
    of (b) and (d), `share` of them are made; `waits` is the share of the runs that wait.
    Who is not `is_durable` begins the next effect before the last one's outcome is stored.
    """

    name: str
    driver: str
    database: str
    environment: Path = BENCH
    against: str = "podium, SQLite"
    scenarios: Sequence[str] = ALL
    options: Mapping[str, str] = field(default_factory=dict)
    share: float = 1.0
    waits: float = 0
    quick: bool = True
    is_durable: bool = True

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    @property
    def is_podium(self) -> bool:
        return self.driver == "podium"


POSTGRESQL = "podium, PostgreSQL"
PEERS: Sequence[Peer] = (
    Peer("podium, SQLite", "podium", "sqlite", OWN, waits=1),
    Peer("DBOS, SQLite", "dbos", "sqlite", waits=0.1),
    Peer(
        "DBOS, SQLite, all steps recorded",
        "dbos",
        "sqlite",
        scenarios=("sequential", "many"),
        options={"steps": "all"},
        quick=False,
    ),
    Peer("LangGraph, SQLite, graph", "langgraph", "sqlite"),
    Peer(
        "LangGraph, SQLite, functional",
        "langgraph",
        "sqlite",
        options={"style": "functional"},
        is_durable=False,
    ),
    Peer("Temporal, SQLite", "temporal", "sqlite"),
    Peer("Restate, RocksDB", "restate", "rocksdb", options={"server": str(RESTATE)}),
    Peer("Prefect, SQLite", "prefect", "sqlite", share=0.1, quick=False),
    Peer(POSTGRESQL, "podium", "postgresql", OWN, POSTGRESQL, waits=1),
    Peer("DBOS, PostgreSQL", "dbos", "postgresql", against=POSTGRESQL),
    Peer(
        "DBOS, PostgreSQL, all steps recorded",
        "dbos",
        "postgresql",
        against=POSTGRESQL,
        scenarios=("sequential", "many"),
        options={"steps": "all"},
        quick=False,
    ),
    Peer("LangGraph, PostgreSQL, graph", "langgraph", "postgresql", against=POSTGRESQL),
    Peer(
        "LangGraph, PostgreSQL, functional",
        "langgraph",
        "postgresql",
        against=POSTGRESQL,
        options={"style": "functional"},
        is_durable=False,
    ),
    Peer("Prefect, PostgreSQL", "prefect", "postgresql", against=POSTGRESQL, share=0.1),
)
