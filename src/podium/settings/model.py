"""Every setting: its type, its default and a sentence. The reference is generated from here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from podium.settings.audit import AuditSection
from podium.settings.caching import CacheSection
from podium.settings.durations import Seconds
from podium.settings.guardrails import GuardrailEntry, GuardrailName
from podium.settings.limits import LimitsSection
from podium.settings.masking import MaskingSection
from podium.settings.programs import Processes
from podium.settings.providing import ModelEntry, ProviderEntry
from podium.settings.routes import RouteEntry, Timeouts
from podium.settings.secrets import PLACE, REFERENCE, resolved
from podium.settings.section import Name, Section
from podium.settings.sign_in import SignInSection

SecretReference = Annotated[str, Field(pattern=f"^{REFERENCE}$")]
HostName = Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$")]


class Server(Section):
    host: str = Field(
        default="127.0.0.1",
        min_length=1,
        description="Address to listen on; 127.0.0.1 is this machine.",
    )
    port: int = Field(
        default=8700, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    allowed_hosts: list[HostName] = Field(
        default_factory=list[HostName],
        description="Host names it answers to besides its own, as a proxy before it has them.",
    )
    max_body_bytes: int = Field(
        default=10_485_760, ge=1, description="Largest body of a request that it reads."
    )


class Storage(Section):
    url: str = Field(
        default="",
        description="SQLAlchemy URL or secret:// reference; empty is SQLite in the state folder.",
    )
    synchronous: Literal["normal", "full"] = Field(
        default="normal",
        description="For SQLite: with `full` each write waits for the disk, so that a power cut "
        "undoes nothing; with `normal` it may undo the last moments, a crash of podium none.",
    )


class GatewaySection(Section):
    concurrency: int = Field(
        default=1_000, ge=1, description="Calls to models that are under way at once."
    )
    waiting: int = Field(
        default=1_000, ge=0, description="Calls that wait for a turn; more are refused with 429."
    )
    patience: Seconds = Field(default=30.0, description="How long a call waits for its turn.")
    retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="How often a target is tried again unless its route says else.",
    )
    timeouts: Timeouts = Field(
        default_factory=Timeouts, description="How long to wait unless the route says else."
    )


class DatasetEntry(Section):
    path: str = Field(min_length=1, description="CSV or JSON Lines file, relative to podium.yaml.")
    text: str = Field(default="text", min_length=1, description="Column that holds the text.")
    label: str = Field(default="label", min_length=1, description="Column that holds the label.")
    embedding: str = Field(default="embed", description="Model or route that embeds the texts.")


class ConnectionEntry(Section):
    url: str = Field(
        min_length=1,
        description="SQLAlchemy URL, path of a SQLite file, or secret:// reference to either.",
    )


class Approvals(Section):
    expiry: Seconds = Field(default=604_800.0, description="How long an approval stays open.")


class Engine(Section):
    concurrency: int = Field(
        default=32,
        ge=1,
        le=10_000,
        description="Runs that execute at the same time in one process.",
    )


class EventsSection(Section):
    retention: Seconds = Field(
        default=604_800.0,
        description="How long an event is kept for those who look back, or collect several.",
    )


class Expressions(Section):
    deadline: Seconds = Field(
        default=1.0, description="How much of the processor's time one expression may take."
    )


class Http(Section):
    allow_private: bool = Field(
        default=False,
        description="Whether `call: http` may reach loopback and private addresses.",
    )
    proxy: str = Field(
        default="",
        pattern=r"^(https?://[^\s]+)?$",
        description="Proxy for all outgoing requests; HTTPS_PROXY is not read.",
    )
    ca_file: str = Field(
        default="", description="PEM file of authorities to trust besides the system's."
    )
    timeout: Seconds = Field(default=30.0, description="Deadline of one `call: http`.")
    max_response_bytes: int = Field(
        default=10_485_760, ge=1, description="Largest response that `call: http` reads."
    )


class Grpc(Section):
    """Public hosts are called with TLS, private ones without: each list names exceptions."""

    plaintext: list[HostName] = Field(
        default_factory=list[HostName],
        description="Public hosts that `call: grpc` calls without TLS.",
    )
    tls: list[HostName] = Field(
        default_factory=list[HostName],
        description="Private hosts that `call: grpc` calls with TLS; on port 443 all are.",
    )


class Costs(Section):
    baseline_model: str = Field(
        default="openai/gpt-6.1-sol",
        pattern=r"^[^/\s]+/\S+$",
        description="`provider/model` of the price list that reports compare costs with.",
    )


class ConfigurationSection(Section):
    stored: Literal["apply", "ignore"] = Field(
        default="apply",
        description="What becomes of versions that were stored over the API: they are laid over "
        "this file, or this file alone is in force.",
    )


class Settings(Section):
    """Everything podium.yaml can say."""

    version: Literal[1] = Field(default=1, description="Version of this file's format.")
    state: str = Field(
        default=".podium",
        min_length=1,
        description="Folder for podium's files, relative to podium.yaml.",
    )
    server: Server = Field(default_factory=Server, description="Where podium listens.")
    storage: Storage = Field(default_factory=Storage, description="Where podium stores.")
    providers: dict[Name, ProviderEntry] = Field(
        default_factory=dict[Name, ProviderEntry],
        description="Who serves models; entries add to the shipped ones.",
    )
    models: dict[Name, ModelEntry] = Field(
        default_factory=dict[Name, ModelEntry], description="Models by the name that callers use."
    )
    routes: dict[Name, RouteEntry] = Field(
        default_factory=dict[Name, RouteEntry],
        description="Names that lead to one model after the other.",
    )
    cache: CacheSection = Field(
        default_factory=CacheSection, description="Where answers of models are kept."
    )
    gateway: GatewaySection = Field(
        default_factory=GatewaySection, description="What holds for all routes and models."
    )
    limits: LimitsSection = Field(
        default_factory=LimitsSection, description="How much may be used, and by whom."
    )
    configuration: ConfigurationSection = Field(
        default_factory=ConfigurationSection,
        description="Changes of these sections while podium runs.",
    )
    masking: MaskingSection = Field(
        default_factory=MaskingSection,
        description="What becomes of personal data and secrets on the way to models and back.",
    )
    guardrails: dict[GuardrailName, GuardrailEntry] = Field(
        default_factory=dict[GuardrailName, GuardrailEntry],
        description="What may be asked and answered, by name.",
    )
    datasets: dict[Name, DatasetEntry] = Field(
        default_factory=dict[Name, DatasetEntry],
        description="Labelled examples that workflows compare with.",
    )
    connections: dict[Name, ConnectionEntry] = Field(
        default_factory=dict[Name, ConnectionEntry], description="Databases that workflows may use."
    )
    secrets: dict[Name, SecretReference] = Field(
        default_factory=dict[Name, SecretReference],
        description="Secrets that a workflow which declares them in `use.secrets` may read.",
    )
    sign_in: SignInSection = Field(default_factory=SignInSection, description="How people sign in.")
    approvals: Approvals = Field(default_factory=Approvals, description="Waiting for people.")
    audit: AuditSection = Field(
        default_factory=AuditSection, description="The audit trail, which is always kept."
    )
    engine: Engine = Field(default_factory=Engine, description="How workflows are run.")
    events: EventsSection = Field(
        default_factory=EventsSection, description="Events that workflows wait for."
    )
    expressions: Expressions = Field(
        default_factory=Expressions, description="The jq expressions of workflows."
    )
    http: Http = Field(default_factory=Http, description="Outgoing HTTP.")
    grpc: Grpc = Field(default_factory=Grpc, description="Calls of gRPC services.")
    processes: Processes = Field(
        default_factory=Processes, description="Scripts, shell commands and containers of `run`."
    )
    costs: Costs = Field(default_factory=Costs, description="How costs are reported.")

    _folder: Path = PrivateAttr(default_factory=Path)
    _secrets: Mapping[str, str] = PrivateAttr(default_factory=dict[str, str])

    def placed(self, folder: Path, secrets: Mapping[str, str]) -> "Settings":
        """The same, knowing the folder of its file and the values of the secrets it refers to."""
        copy = self.model_copy()
        copy._folder, copy._secrets = folder, secrets  # noqa: SLF001 - its own copy
        return copy

    @property
    def state_folder(self) -> Path:
        return self._folder / self.state

    def dataset_path(self, name: str) -> Path:
        return self._folder / self.datasets[name].path

    def connection_url(self, name: str) -> str:
        """A SQLAlchemy URL. Raises Invalid where it refers to a secret that is not set."""
        url = self.reveal(self.connections[name].url)
        if "://" not in url:
            return f"sqlite:///{self._folder / url}"
        local = url.removeprefix("sqlite:///")
        if local == url or local.startswith(("/", ":memory:")):
            return url
        return f"sqlite:///{self._folder / local}"

    def beside(self, path: str) -> Path:
        """A path that is relative to podium.yaml."""
        return self._folder / path

    def reveal(self, text: str) -> str:
        """The text, or the value of the secret that it refers to; raises Invalid without it."""
        return resolved(text, self._secrets)

    def provider_key(self, name: str) -> str:
        """The key of a provider; empty where its variable is not set or none is needed."""
        return self._secrets.get(f"{PLACE}{name}", "")

    def variable(self, name: str) -> str:
        """One of the variables that providers read by name; empty where it is not set."""
        return self._secrets.get(name, "")
