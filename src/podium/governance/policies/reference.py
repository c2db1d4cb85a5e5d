"""docs/reference/access.md: actions by role, from the policies themselves.

`python -m podium.governance.policies.reference` writes it to standard output.
"""

import sys
from collections.abc import Iterator

from podium.governance.policies.bundle import Bundle
from podium.governance.policies.kinds import AREAS, KINDS, OTHER
from podium.identity.access import Resource
from podium.identity.principal import Principal, Role
from podium.kernel.ids import UserId, WorkspaceId

_HEAD = """# Actions and roles

Generated from the built-in policies by `python -m podium.governance.policies.reference`.

What each role may do in the place where it is bound; *own* is what only the owner of a thing may do
to it with that role. How to change it: [write a policy](../how-to/write-a-policy.md). Workspaces,
users, groups, policies and the organisation itself take a role that is bound everywhere, but for
looking.

"""


def page() -> str:
    return _HEAD + "\n".join([*_roles(), "", *_areas(), ""])


def _roles() -> Iterator[str]:
    yield "| Kind | Action | " + " | ".join(Role) + " |"
    yield "|---|---|" + "---|" * len(Role)
    bundle = Bundle.of("")
    for kind, actions in KINDS.items():
        if kind == OTHER:
            continue
        for action in actions:
            cells: list[str] = []
            for role in Role:
                asked = _holder(role)
                free, own = (
                    bundle.ask(asked, action, Resource(kind, asked.workspace, "x", owner)).allowed
                    for owner in (None, asked.user)
                )
                cells.append("yes" if free else "own" if own else "")
            yield f"| `{kind}` | `{action}` | " + " | ".join(cells) + " |"


def _areas() -> Iterator[str]:
    yield "Policies speak of kinds one by one, or of areas:"
    yield ""
    yield "| Area | Kinds |"
    yield "|---|---|"
    for area, kinds in AREAS.items():
        yield f"| `{area}` | {', '.join(f'`{one}`' for one in kinds)} |"


def _holder(role: Role) -> Principal:
    return Principal(UserId("user_x"), WorkspaceId("ws_x"), "X", frozenset({role}))


if __name__ == "__main__":
    _ = sys.stdout.write(page())
