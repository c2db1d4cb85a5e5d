"""The clients, and the page that says what each of them does through podium."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

_MARK: Final = "| Client |"
_OK: Final = "ok"
_COLUMNS: Final = 7


@dataclass(frozen=True, slots=True)
class Client:
    """A client by the name of its makers, and of its requirements; its script is in this folder."""

    name: str
    slug: str
    script: str


CLIENTS: Final = (
    Client("OpenAI SDK", "openai", "with_openai.py"),
    Client("Anthropic SDK", "anthropic", "with_anthropic.py"),
    Client("LangChain", "langchain", "with_langchain.py"),
    Client("pydantic-ai", "pydantic-ai", "with_pydantic_ai.py"),
    Client("Vercel AI SDK", "vercel-ai", "with_vercel_ai.mjs"),
    Client("LlamaIndex", "llama-index", "with_llama_index.py"),
    Client("Semantic Kernel", "semantic-kernel", "with_semantic_kernel.py"),
    Client("Microsoft Agent Framework", "agent-framework", "with_agent_framework.py"),
    Client("CrewAI", "crewai", "with_crewai.py"),
)


@dataclass(frozen=True, slots=True)
class Row:
    """One client at one address of podium. A step is `ok`, or what went wrong."""

    client: str
    versions: str
    address: str
    steps: tuple[str, str, str]
    day: str

    @classmethod
    def told(cls, client: Client, day: date, said: Mapping[str, str]) -> "Row":
        steps = (_cell(said["chat"]), _cell(said["stream"]), _cell(said["tool"]))
        return cls(client.name, said["versions"], said["address"], steps, day.isoformat())

    @classmethod
    def read(cls, line: str) -> "Row":
        client, versions, address, chat, stream, tool, day = line.strip("| \n").split(" | ")
        return cls(client, versions, address, (chat, stream, tool), day)

    @property
    def line(self) -> str:
        cells = (self.client, self.versions, self.address, *self.steps, self.day)
        return f"| {' | '.join(cells)} |"

    @property
    def works(self) -> bool:
        return set(self.steps) == {_OK}


def failed(client: Client, day: date, why: str) -> Row:
    """A client of which nothing is known but that it failed."""
    return Row(client.name, "-", "-", (_cell(why), "-", "-"), day.isoformat())


def rows(text: str) -> list[Row]:
    """Those of a page."""
    lines = text.partition(_MARK)[2].splitlines()[2:]
    return [Row.read(line) for line in lines if line.startswith("| ")]


def updated(text: str, seen: Sequence[Row]) -> str:
    """The page with what was seen now; of other clients it keeps what it says."""
    head = text.partition(_MARK)[0]
    now = {row.client for row in seen}
    names = [client.name for client in CLIENTS]
    kept = [row for row in rows(text) if row.client not in now and row.client in names]
    lines = [row.line for row in sorted([*seen, *kept], key=lambda row: names.index(row.client))]
    title = f"{_MARK} Versions | Address | Chat | Stream | Tool call | Seen on |"
    return "\n".join([f"{head}{title}", f"|{'---|' * _COLUMNS}", *lines, ""])


def _cell(text: str) -> str:
    """On one line, without what would end a cell."""
    return " ".join(text.split()).replace("|", "/")
