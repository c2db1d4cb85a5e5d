"""The values of the gateway: what can be called, and what became of a call.

What is made for each call is a msgspec Struct: a frozen dataclass of twenty fields takes five
times as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from podium.gateway.caching.rules import NOT_CACHED, CacheRule
from podium.gateway.routing.options import Options, Priority
from podium.gateway.supply.modes import NATIVE, NOTHING_SUPPLIED, Supplied, Supply
from podium.kernel.ids import UserId, WorkspaceId
from podium.kernel.money import NanoUsd


class Operation(StrEnum):
    """What is asked of a model, in the words of OpenTelemetry GenAI (`gen_ai.operation.name`)
    where it has one. All below EMBEDDINGS pass through to providers of the caller's own protocol.
    """

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    COUNT_TOKENS = "count_tokens"
    MODERATION = "moderation"
    IMAGE_GENERATION = "image_generation"
    IMAGE_EDIT = "image_edit"
    TRANSCRIPTION = "transcription"
    TRANSLATION = "translation"
    SPEECH = "speech"


class Capability(StrEnum):
    """What a model can do. `CHAT` and `EMBEDDINGS` are checked; the others inform the caller."""

    CHAT = "chat"
    EMBEDDINGS = "embeddings"
    TOOLS = "tools"
    JSON_SCHEMA = "json_schema"
    VISION = "vision"
    REASONING = "reasoning"


class Deadlines(Struct, frozen=True, gc=False):
    """Seconds. `total` bounds a whole call with its retries and fallbacks; the others one attempt.

    `first_token` and `between_tokens` concern streams: an answer in one piece has no first token.
    """

    connect: float = 5.0
    first_token: float = 60.0
    between_tokens: float = 30.0
    total: float = 300.0

    def within(self, left: float) -> "Deadlines":
        """The same for an attempt that has `left` seconds of the call's total."""
        return Deadlines(self.connect, self.first_token, self.between_tokens, left)


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves a model. Addresses and keys stay with the upstream; the room never sees them.

    `prices_as` is the name under which the price list knows it, empty where it does not;
    `free` says that nobody charges for its tokens (your own machine), which is not the same.
    """

    name: str
    protocol: str
    capabilities: frozenset[Capability] = frozenset({Capability.CHAT, Capability.EMBEDDINGS})
    prices_as: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A model that callers can name; `upstream_name` is what its provider calls it.

    `deadlines` and `retries` hold for a caller who asks for the model itself, not for a route.
    `context_window` is what its operator says of it, 0 where that is nothing.
    """

    name: str
    provider: Provider
    upstream_name: str
    capabilities: frozenset[Capability]
    deadlines: Deadlines = field(default_factory=Deadlines)
    retries: int = 2
    supply: Supply = NOTHING_SUPPLIED
    context_window: int = 0

    @property
    def place(self) -> str:
        """What answers behind the name: its provider, and what that calls it."""
        return f"{self.name}\0{self.provider.name}\0{self.upstream_name}"


@dataclass(frozen=True, slots=True)
class Target:
    """One place where a call can be served, and how often it is tried again there.

    `rank` is 0 for what the route's strategy orders, more for what its fallbacks add behind.
    `weight` is its share, `concurrency` the calls it takes at once (0: any number), `quality` what
    its operator thinks of it, from 0 to 1. Where a question must stay in a region, or has a class
    of data, only targets that list it are taken.
    """

    model: Model
    retries: int = 2
    rank: int = 0
    weight: float = 1.0
    concurrency: int = 0
    regions: frozenset[str] = frozenset()
    data_classes: frozenset[str] = frozenset()
    quality: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """A name with targets: `strategy` says in which order they are tried for a question.

    `sticky` keeps the questions of a session at one target.
    """

    name: str
    targets: tuple[Target, ...]
    deadlines: Deadlines = field(default_factory=Deadlines)
    cache: CacheRule = NOT_CACHED
    strategy: Options = field(default_factory=Priority)
    sticky: bool = False
    hedge: float = 0.0
    """Seconds after which the next target is asked too, for the first answer; 0 is never."""
    is_plain: bool = field(init=False, repr=False, compare=False)
    """Whether it takes every question that may go anywhere, in one order."""

    def __post_init__(self) -> None:
        targets = self.targets
        in_order = len(targets) == 1 or (isinstance(self.strategy, Priority) and not self.sticky)
        any_question = len({target.model.capabilities for target in targets}) == 1
        counted = any(target.concurrency for target in targets)
        object.__setattr__(self, "is_plain", in_order and any_question and not counted)


class UsageSource(StrEnum):
    REPORTED = "reported"
    ESTIMATED = "estimated"
    """The upstream said nothing: about four bytes a token in, one token a chunk out."""


class Usage(Struct, frozen=True, gc=False):
    """Tokens. Parts of `input`: `cached_input` (read from a cache), `cache_write_input` (written to
    one; `cache_write_1h_input` of these stays for an hour) and `audio_input`. Parts of `output`:
    `reasoning` and `audio_output`. `searches` counts what the provider looked up in the web.
    """

    input: int = 0
    output: int = 0
    cached_input: int = 0
    reasoning: int = 0
    source: UsageSource = UsageSource.REPORTED
    cache_write_input: int = 0
    cache_write_1h_input: int = 0
    audio_input: int = 0
    audio_output: int = 0
    searches: int = 0


class Outcome(StrEnum):
    """How one attempt ended."""

    OK = "ok"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    STATUS = "status"
    BROKEN = "broken"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    SHUT_OUT = "shut_out"
    """Not sent: the breaker of this target is open."""
    CANCELLED = "cancelled"


class Attempt(Struct, frozen=True, gc=False):
    """One try at one target. `status` is the HTTP status, 0 where there was none."""

    model: str
    provider: str
    outcome: Outcome
    status: int
    ms: float
    message: str = ""


@dataclass(frozen=True, slots=True)
class CallError:
    """Why a call failed: the stable code of the error that the caller got, and its message."""

    code: str
    message: str


class Call(Struct, frozen=True):
    """What was asked, by whom, and where its name led."""

    id: str
    operation: Operation
    requested: str
    route: Route
    workspace: WorkspaceId
    user: UserId
    streamed: bool
    started_at: float
    origin: str = ""
    """`run:path` of the step that called; empty for a call from outside."""
    key: str = ""
    team: str = ""
    tags: Mapping[str, str] = {}

    @property
    def payer(self) -> str:
        """Who has a turn: a key, or a user without one."""
        return self.key or self.user


class Noted(Struct, frozen=True):
    """What a guard did with a call, or would have done where it is in the shadow (`enforced` is
    false). `verdict` is `block`, `redact`, `restrict` or `ask`; `about` names what was found, never
    the found itself.
    """

    guard: str
    verdict: str
    about: str = ""
    at: str = "request"
    """`request` or `answer`."""
    enforced: bool = True


class CallRecord(Struct, frozen=True):
    """What became of one call. `cost` is None where no price is known: unknown is not free.

    `model` and `provider` are those of the last attempt; `started_at` is seconds since 1970,
    `ms` and `first_token_ms` count from there (`first_token_ms` is None but for streams).
    """

    id: str
    operation: Operation
    requested: str
    route: str
    model: str
    provider: str
    workspace: WorkspaceId
    user: UserId
    streamed: bool
    attempts: tuple[Attempt, ...]
    usage: Usage
    cost: NanoUsd | None
    started_at: float
    ms: float
    first_token_ms: float | None = None
    response_model: str = ""
    finish_reasons: tuple[str, ...] = ()
    error: CallError | None = None
    origin: str = ""
    reason: str = ""
    """Why its targets were tried in the order in which they were."""
    key: str = ""
    """The API key that the caller came with."""
    team: str = ""
    tags: Mapping[str, str] = {}
    cache: str = "bypass"
    """`hit`, `miss`, `stale` or `bypass`."""
    saved: Usage = Usage()
    """What an answer out of the cache would have taken."""
    supplied: Supplied = NATIVE
    noted: tuple[Noted, ...] = ()
    """What guards did."""

    @property
    def ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True, slots=True)
class Price:
    """USD per million tokens, of requests of usual length, now.

    `source` is who says so: `podium.yaml`, `free`, or the price list with its version; `since` the
    day from which on it holds, where the source has one.
    """

    input: Decimal
    output: Decimal
    cached_input: Decimal
    source: str
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a model: None where nothing is. The window counts tokens."""

    price: Price | None = None
    context_window: int | None = None


NO_FACTS = Facts()


@dataclass(frozen=True, slots=True)
class Listing:
    """One name that a caller may ask for; a route has no facts of its own."""

    name: str
    kind: str
    """`model` or `route`."""
    capabilities: frozenset[Capability]
    targets: tuple[str, ...]
    """The model names it leads to, in order."""
    facts: Facts = NO_FACTS
