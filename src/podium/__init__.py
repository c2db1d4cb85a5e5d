"""podium, the AI orchestrator: one layer between a company and its models, data and people.

The floor plan, from the entrance down; each floor may use only what lies below it:

    api, cli                  entrances: who, what, call, return
    workflow                  documents written in Python, for the authors of workflows
    bootstrap                 the composition root: the only place that knows everything
    settings                  podium.yaml, the environment, what is laid over them
    providers, functions,
    guardrails                shelves of plug-ins, strangers to each other
    protocols                 wire formats of model providers
    adapters                  HTTP, SQL, the durable engine, local models, clocks: all I/O
    workflows, gateway        documents, interpreter and runs; models, routes and calls
    integrations              datasets and connections: the data that workflows use
    governance, observability approvals, masking and access; spans, usage and cost
    identity, kernel          who; and the words that everything else is written in

`podium.function` and what goes with it is the face for packages that bring functions of their own;
it is imported when it is asked for, because every process of podium imports this file.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from podium.functions.declared import function
    from podium.kernel.errors import Invalid, Refused, Unavailable
    from podium.workflows.functions import Call

__all__ = ["Call", "Invalid", "Refused", "Unavailable", "function"]

_FACE: Final = {
    "Call": "podium.workflows.functions",
    "Invalid": "podium.kernel.errors",
    "Refused": "podium.kernel.errors",
    "Unavailable": "podium.kernel.errors",
    "function": "podium.functions.declared",
}


def __getattr__(name: str) -> object:
    if name not in _FACE:
        raise AttributeError(f"podium has no {name!r}. It has {', '.join(sorted(_FACE))}.")
    return getattr(import_module(_FACE[name]), name)  # pyright: ignore[reportAny]
