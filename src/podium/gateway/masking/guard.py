"""The guard that masks: data is hidden before a model is asked, and put back in what it answers."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

import msgspec
from msgspec.structs import replace

from podium.gateway.guards import Allow, Block, Redact, StreamGuard, Verdict
from podium.gateway.masking.filtering import (
    AnswerFilter,
    Looking,
    NeverEnding,
    Stopped,
    wants_json,
)
from podium.gateway.masking.ports import StreamTexts, TextForm
from podium.gateway.masking.quick import suspicious
from podium.gateway.models import Noted, Operation
from podium.gateway.requests import Reply, Request
from podium.governance.masking.classes import DataClass
from podium.governance.masking.detecting import Detector
from podium.governance.masking.leaves import Leaf, TooDeep, rewritten
from podium.governance.masking.masking import Numbered, taken
from podium.governance.masking.pack import PACK, Pack
from podium.governance.masking.policy import Policies, Policy, Treatment
from podium.governance.masking.spans import Finding
from podium.governance.masking.vault import Vault
from podium.identity.principal import Principal
from podium.kernel.json import Json, JsonObject

NAME: Final = "masking"
_JSON: Final = "application/json"
_HIDES: Final = {Treatment.MASK: False, Treatment.PSEUDONYMISE: True}
"""Whether what is hidden is put back."""
_SAID: Final = frozenset({"content", "text"})
"""Keys of what a model says."""


class MaskingGuard:
    """The port Guard."""

    def __init__(
        self,
        policies: Policies,
        forms: Mapping[str, TextForm],
        *,
        pack: Pack = PACK,
    ) -> None:
        self._policies: Policies = policies
        self._forms: Mapping[str, TextForm] = forms
        self._pack: Pack = pack
        self._detectors: dict[frozenset[DataClass], Detector] = {}
        self._lookings: dict[frozenset[tuple[DataClass, Treatment]], Looking] = {}

    @property
    def name(self) -> str:
        return NAME

    def watcher(
        self, principal: Principal, route: str, request: Request
    ) -> "MaskingWatcher | None":
        policy = self._policies.of(principal.workspace, route)
        if policy.idle or (policy.quick and not suspicious(request)):
            return None
        detector = self._detector(policy.requests)
        looking = self._looking(policy.answers)
        return MaskingWatcher(policy, detector, looking, self._forms, request)

    def _looking(self, treated: Mapping[DataClass, Treatment]) -> Looking:
        key = frozenset(treated.items())
        known = self._lookings.get(key)
        if known is None:
            known = self._lookings[key] = _looking(treated, self._pack)
        return known

    def _detector(self, treated: Mapping[DataClass, Treatment]) -> Detector:
        """Each looks for the classes that something is to be done about, and remembers these."""
        classes = frozenset(data for data, what in treated.items() if what is not Treatment.ALLOW)
        known = self._detectors.get(classes)
        if known is None:
            pack = _of_classes(self._pack, classes)
            known = self._detectors[classes] = Detector(pack)
        return known


@dataclass(slots=True)
class MaskingWatcher:
    """The port Watcher."""

    policy: Policy
    detector: Detector
    looking: Looking
    forms: Mapping[str, TextForm]
    request: Request
    vault: Vault = field(default_factory=Vault)
    noted: list[Noted] = field(default_factory=list[Noted])

    @property
    def keeps(self) -> bool:
        """What the cache keeps has placeholders, unless answers hold what must be hidden."""
        return self.looking.idle

    async def before(self, request: Request) -> Verdict[Request]:
        fields, leaves = _texts(request.fields)
        found = await self.detector.findings(leaves)
        classes = self._classes(found)
        if not classes:
            return Allow()
        if blocked := self._which(found, Treatment.BLOCK):
            self._note("block", blocked)
            return Block(
                f"The request holds {_listed(blocked)}, which may not go to a model by this "
                "route. Take it out, or ask an administrator for a route that may see it."
            )
        tagged = self._restricted(request, classes)
        hidden = self._which(found, Treatment.MASK) | self._which(found, Treatment.PSEUDONYMISE)
        if not hidden:
            return Allow() if tagged is request else Redact(tagged)
        if not _is_json(request):
            self._note("block", hidden)
            return Block(f"A field of the form holds {_listed(hidden)}. Take it out.")
        self._note("redact", hidden)
        self.vault.naming = Numbered(taken(fields))
        kinds = {kind: _HIDES[self._treatment(kind)] for kind in hidden}
        masked = iter(
            [
                self.vault.hide(leaf.text, findings, kinds)
                for leaf, findings in zip(leaves, found, strict=True)
            ]
        )
        changed = cast("JsonObject", rewritten(fields, lambda _leaf: next(masked)))
        return Redact(replace(tagged, fields={**request.fields, **changed}, body=b""))

    async def after(self, reply: Reply) -> Verdict[Reply]:
        if self.request.operation is not Operation.CHAT or not self._has_work:
            return Allow()
        filter = self._filter()
        try:
            body = cast("Json", msgspec.json.decode(reply.body))
            said = _SAID if wants_json(self.request.fields) else frozenset[str]()
            new = rewritten(
                body, lambda leaf: filter.whole(leaf.text, json=leaf.json or leaf.key in said)
            )
        except (msgspec.DecodeError, TooDeep):
            return Block("The answer is no JSON that could be looked at. Try again.")
        except Stopped as stopped:
            return self.stopped(stopped)
        self.wrote(filter)
        return Allow() if new is body else Redact(replace(reply, body=msgspec.json.encode(new)))

    def stream(self) -> StreamGuard | None:
        if not self._has_work:
            return None
        filter = self._filter()
        texts = self.forms[self.request.protocol].texts(self.request, filter)
        return _MaskedStream(self, filter, texts)

    @property
    def _has_work(self) -> bool:
        return not self.vault.empty or not self.looking.idle

    def _filter(self) -> AnswerFilter:
        return AnswerFilter(self.vault, self.looking)

    def _treatment(self, kind: str) -> Treatment:
        data = self.detector.pack.classes.get(kind, DataClass.PII)
        return self.policy.requests.get(data, Treatment.ALLOW)

    def _classes(self, found: Sequence[Sequence[Finding]]) -> frozenset[DataClass]:
        classes = self.detector.pack.classes
        return frozenset(classes.get(one.kind, DataClass.PII) for some in found for one in some)

    def _which(self, found: Sequence[Sequence[Finding]], treatment: Treatment) -> Counter[str]:
        """How often each kind that is treated so was found."""
        kinds = (one.kind for some in found for one in some)
        return Counter(kind for kind in kinds if self._treatment(kind) is treatment)

    def _restricted(self, request: Request, classes: frozenset[DataClass]) -> Request:
        """Only to targets that list these classes: routing narrows by the tags of a request."""
        policy = self.policy
        held = sorted(data for data in classes if policy.requests.get(data) is Treatment.RESTRICT)
        if not held:
            return request
        self.noted.append(Noted(NAME, "restrict", ", ".join(held)))
        tags = dict(request.tags)
        tags["data_class"] = _joined([tags.get("data_class", ""), *held])
        regions = [policy.regions[data] for data in held if data in policy.regions]
        if regions:
            tags["region"] = _joined([tags.get("region", ""), *regions])
        return replace(request, tags=tags)

    def _note(self, verdict: str, kinds: Counter[str], at: str = "request") -> None:
        about = ", ".join(f"{kind} {count}" for kind, count in sorted(kinds.items()))
        self.noted.append(Noted(NAME, verdict, about, at))

    def wrote(self, filter: AnswerFilter) -> None:
        if filter.counts:
            self._note("redact", Counter(filter.counts), "answer")

    def stopped(self, stopped: Stopped) -> Block:
        self._note("block", Counter(stopped.kinds), "answer")
        return Block(f"The answer holds {_listed(stopped.kinds)}, which may not be shown.")


@dataclass(slots=True)
class _MaskedStream:
    """The port StreamGuard."""

    watcher: MaskingWatcher
    filter: AnswerFilter
    texts: StreamTexts

    async def piece(self, piece: bytes) -> Verdict[bytes]:
        try:
            return Redact(self.texts.feed(piece))
        except Stopped as stopped:
            return self.watcher.stopped(stopped)
        except NeverEnding:
            return Block("The answer goes on and on with what may be a secret.")

    async def end(self) -> Verdict[bytes]:
        try:
            rest = self.texts.end()
        except Stopped as stopped:
            return self.watcher.stopped(stopped)
        self.watcher.wrote(self.filter)
        return Redact(rest)


def _texts(fields: JsonObject) -> tuple[JsonObject, list[Leaf]]:
    """All but numbers at the top, which are settings of the call, and every text in them. Raises
    TooDeep.
    """
    told = {k: v for k, v in fields.items() if isinstance(v, str | Mapping | list | tuple)}
    leaves: list[Leaf] = []

    def collect(leaf: Leaf) -> str:
        leaves.append(leaf)
        return leaf.text

    _ = rewritten(told, collect)
    return told, leaves


def _looking(treated: Mapping[DataClass, Treatment], pack: Pack) -> Looking:
    hidden = [data for data, what in treated.items() if what in _HIDES]
    stops = [data for data, what in treated.items() if what is Treatment.BLOCK]
    return Looking(
        _of_classes(pack, [*hidden, *stops]),
        dict.fromkeys(_of_classes(pack, hidden).classes, False),
        frozenset(_of_classes(pack, stops).classes),
    )


def _of_classes(pack: Pack, classes: Iterable[DataClass]) -> Pack:
    wanted = frozenset(classes)
    return pack.only(kind for kind, data in pack.classes.items() if data in wanted)


def _is_json(request: Request) -> bool:
    return request.content_type.partition(";")[0].strip().lower() == _JSON or not request.body


def _joined(names: Iterable[str]) -> str:
    told = (part.strip() for name in names for part in name.split(","))
    return ",".join(dict.fromkeys(part for part in told if part))


def _listed(kinds: Iterable[str]) -> str:
    return ", ".join(sorted(kind.replace("_", " ") for kind in dict.fromkeys(kinds)))
