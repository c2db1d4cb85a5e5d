"""What podium.yaml says of a route: its targets, and how one is chosen."""

from typing import Annotated, Literal

from pydantic import Discriminator, Field, JsonValue, Tag

from podium.settings.caching import RouteCache
from podium.settings.durations import Seconds
from podium.settings.masking import MaskingRules
from podium.settings.section import Section

NAMED, SPELLED = "[name]", "[target]"
"""What pydantic puts into the place of an error for either way to write a target."""
Portion = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=False)]
Simple = Literal[
    "priority",
    "weighted",
    "round_robin",
    "least_busy",
    "lowest_latency",
    "lowest_cost",
    "cascade",
    "by_complexity",
    "quality_floor",
]

Strategy = Literal[Simple, "by_rule"]


class Timeouts(Section):
    """How long to wait for a model."""

    connect: Seconds | None = Field(default=None, description="For a connection. Default 5s.")
    first_token: Seconds | None = Field(
        default=None, description="For the first chunk of a stream. Default 60s."
    )
    between_tokens: Seconds | None = Field(
        default=None, description="Between two chunks of a stream. Default 30s."
    )
    total: Seconds | None = Field(
        default=None, description="For a whole call with its retries and fallbacks. Default 5m."
    )


class TargetEntry(Section):
    """A target with what holds for it alone."""

    model: str = Field(description="One of `models`.")
    weight: float = Field(
        default=1.0,
        ge=0,
        le=1_000_000,
        allow_inf_nan=False,
        strict=False,
        description="Its share for `weighted`, `least_busy` and sticky sessions.",
    )
    concurrency: int = Field(
        default=0, ge=0, description="Calls of one process that it takes at once; 0 is no limit."
    )
    regions: list[str] = Field(
        default_factory=list[str],
        description="Where it works. A request with the tag `region` goes only where that is.",
    )
    data_classes: list[str] = Field(
        default_factory=list[str],
        description="What it may see. A request with the tag `data_class` goes only where that is.",
    )
    quality: Portion | None = Field(
        default=None, description="What you think of it, from 0 to 1, until scores say more."
    )


def _spelling(value: object) -> str:
    return NAMED if isinstance(value, str) else SPELLED


TargetName = Annotated[
    Annotated[str, Tag(NAMED)] | Annotated[TargetEntry, Tag(SPELLED)], Discriminator(_spelling)
]


class CascadeEntry(Section):
    """An answer that fails one of these tests sends the question to the next target."""

    confidence: Portion = Field(
        default=0.0, description="Least mean probability of its tokens; 0 does not ask for it."
    )
    pattern: str = Field(default="", description="Regular expression that its text matches.")
    json_schema: dict[str, JsonValue] | None = Field(
        default=None, description="JSON Schema that its text satisfies as JSON."
    )
    refusals: Literal["escalate", "accept"] = Field(
        default="escalate", description="What becomes of an answer that refuses to answer."
    )
    hold_bytes: int = Field(
        default=1_048_576,
        ge=0,
        le=16_777_216,
        description="How much of a stream is held back until it is judged; what is longer goes on "
        "unjudged, with 0 every stream.",
    )
    hold_time: Seconds = Field(
        default=30.0, description="How long a stream is held back until it is judged."
    )


class ComplexityEntry(Section):
    """`targets` are in order from the cheapest to the dearest."""

    price: Portion | None = Field(
        default=None,
        description="How much better the dearest answer must be expected to be; default what "
        "training found.",
    )
    estimator: str = Field(
        default="", description="File that training wrote, relative to podium.yaml."
    )


class FloorEntry(Section):
    floor: Portion = Field(default=0.8, description="Least quality, from 0 to 1.")
    kind: str = Field(default="kind", description="Tag of a request that names its kind.")


class RuleEntry(Section):
    when: str = Field(min_length=1, description="jq over the facts of a question.")
    targets: list[str] = Field(min_length=1, description="Models of this route's targets.")
    strategy: Simple = Field(default="priority", description="Among these targets.")


class RouteEntry(Section):
    targets: list[TargetName] = Field(
        min_length=1,
        description="Models in order of preference, as names or with what holds for each alone.",
    )
    strategy: Strategy = Field(
        default="priority",
        description="How a target is chosen: `priority`, `weighted`, `round_robin`, `least_busy`, "
        "`lowest_latency`, `lowest_cost`, `cascade`, `by_complexity`, `quality_floor`, `by_rule`.",
    )
    sticky: bool = Field(
        default=False, description="Whether requests of a session stay at one target."
    )
    answer_tokens: int = Field(
        default=200,
        ge=1,
        le=1_000_000,
        description="Length of an answer that costs and seconds are estimated for.",
    )
    cascade: CascadeEntry | None = Field(default=None, description="Tests of `cascade`.")
    by_complexity: ComplexityEntry | None = Field(
        default=None, description="Settings of `by_complexity`."
    )
    quality_floor: FloorEntry | None = Field(
        default=None, description="Settings of `quality_floor`."
    )
    rules: list[RuleEntry] = Field(
        default_factory=list[RuleEntry], description="Of `by_rule`: the first that holds decides."
    )
    retries: int | None = Field(
        default=None, ge=0, le=10, description="How often each target is tried again."
    )
    timeouts: Timeouts = Field(default_factory=Timeouts, description="How long to wait.")
    fallback: str | None = Field(
        default=None, description="Route or model to go on with where every target failed."
    )
    hedge: Seconds | None = Field(
        default=None,
        description="Ask the next target too where one has not answered after so long; the first "
        "answer counts, and both may cost.",
    )
    masking: MaskingRules = Field(
        default_factory=MaskingRules,
        description="What becomes of data of some classes here, above what `masking` says.",
    )
    cache: RouteCache = Field(
        default_factory=RouteCache, description="Whether answers are kept, for whom, how long."
    )

    @property
    def entries(self) -> tuple[TargetEntry, ...]:
        """Targets, however they are written."""
        return tuple(TargetEntry(model=t) if isinstance(t, str) else t for t in self.targets)
