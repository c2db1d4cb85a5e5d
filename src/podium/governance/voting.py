"""Votes on an approval: who has one, what it counts for, and what an edit changed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from podium.governance.approvals import Approval, ApprovalStatus, Seat, Vote
from podium.governance.terms import EVERYBODY
from podium.identity.principal import Principal
from podium.kernel.errors import Conflict, Invalid, Refused
from podium.kernel.json import Json, JsonObject

MOST_CHANGES = 200
"""That an edit is shown to have made; the values themselves are there whole."""


@dataclass(frozen=True, slots=True)
class Change:
    """One place that an edit changed: a JSON Pointer, and what is there before and after. What is
    not there at all on a side is left out.
    """

    path: str
    sides: JsonObject


def seat_of(principal: Principal) -> Seat:
    names = {
        EVERYBODY,
        f"user:{principal.user}",
        *(f"role:{one}" for one in principal.roles),
        *(f"group:{one}" for one in principal.groups),
    }
    return Seat(principal.user, frozenset(names))


def has_seat(found: Approval, seat: Seat) -> bool:
    """Whether they are among those who may decide, and did not start the run themselves."""
    if seat.user == found.owner and not found.terms.self_approval:
        return False
    return any(seat.names & one.names for one in found.candidates)


def check_open(found: Approval, now: float) -> None:
    """Raises Conflict."""
    if found.status is not ApprovalStatus.WAITING:
        raise Conflict(
            f"Approval {found.id} is {found.status} already. Reload the list of what waits.",
            details={"status": found.status.value},
        )
    if found.expires_at is not None and now >= found.expires_at:
        raise Conflict(f"Approval {found.id} has expired. Run the workflow again to be asked anew.")


def check_seen(found: Approval, expected_digest: str) -> None:
    """Raises Conflict where another payload was shown than the one that is voted on."""
    if expected_digest and expected_digest != found.proposal_digest:
        raise Conflict(
            f"Approval {found.id} asks about another payload than the one you saw. "
            f"Read it again, then decide.",
            details={"digest": found.proposal_digest},
        )


def check_starter(found: Approval, principal: Principal) -> None:
    """Raises Refused."""
    if principal.user == found.owner and not found.terms.self_approval:
        raise Refused(
            f"{principal.name} started the run {found.run}, so that somebody else decides what it "
            "asks. A workflow lets its starter decide with `self_approval: true`."
        )


def check_spent(found: Approval, people: frozenset[str]) -> None:
    """Raises Conflict for who has a vote on this payload already."""
    for vote in found.standing:
        if vote.people & people:
            raise Conflict(
                f"{' and '.join(sorted(people & vote.people))} voted on {found.id} already. "
                f"It needs {missing(found)} more."
            )


def check_comment(found: Approval, *, yes: bool, comment: str) -> None:
    """Raises Invalid."""
    if found.terms.needs_comment(yes=yes) and not comment.strip():
        raise Invalid(f"Approval {found.id} needs a comment with this decision. Say why.")


def counted(found: Approval, vote: Vote) -> Approval:
    """With this vote; decided, where it decides."""
    edited = found.edited if vote.edited is None else vote.edited
    now = replace(found, edited=edited, votes=(*found.votes, vote))
    if vote.status is ApprovalStatus.APPROVED and missing(now) > 0:
        return now
    return replace(
        now,
        status=vote.status,
        decided_by=vote.by,
        decided_at=vote.at,
        comment=vote.comment or None,
    )


def missing(found: Approval) -> int:
    """How many more people must say yes. One who votes for two people is one person."""
    yes = {one.by for one in found.standing if one.status is ApprovalStatus.APPROVED}
    return max(found.terms.quorum - len(yes), 0)


def changes(before: Json, after: Json) -> tuple[Change, ...]:
    """What differs, in the order of the places, the first ones of very many."""
    found: list[Change] = []
    for each in _changes(before, after, ""):
        found.append(each)
        if len(found) == MOST_CHANGES:
            break
    return tuple(found)


def _changes(before: Json, after: Json, path: str) -> Iterator[Change]:
    old, new = _members(before), _members(after)
    if old is None or new is None or isinstance(before, Mapping) is not isinstance(after, Mapping):
        if type(before) is not type(after) or before != after:
            yield Change(path, {"before": before, "after": after})
        return
    for key in dict.fromkeys((*old, *new)):
        place = f"{path}/{_escaped(key)}"
        if key in old and key in new:
            yield from _changes(old[key], new[key], place)
        elif key in old:
            yield Change(place, {"before": old[key]})
        else:
            yield Change(place, {"after": new[key]})


def _members(value: Json) -> Mapping[str, Json] | None:
    """By name or by index; None for what has none."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return {str(index): each for index, each in enumerate(value)}
    return None


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
