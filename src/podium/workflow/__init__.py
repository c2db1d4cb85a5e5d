"""Documents written in Python: the same documents as in YAML, checked by the same rules.

    document     a whole workflow: its text, and what is wrong with it where in the Python file
    tasks        set_, do, for_, fork, switch, try_, raise_, wait; catch, retry, extension
    calls        call, http, openapi, grpc, publish, subscribe, mcp, a2a, and credentials
    events       emit, listen, and what they are about
    runs         run_workflow, run_script, run_shell, run_container
    parts        what all of them are made of
    rendering    parts as plain JSON
    places       where in the Python text something was written

It is an entrance for authors and not `podium.workflows`, the room that knows what documents mean.
"""

from podium.workflow.calls import (
    a2a,
    basic,
    bearer,
    call,
    digest,
    from_secret,
    grpc,
    http,
    mcp,
    oauth2,
    oidc,
    openapi,
    over_http,
    over_stdio,
    publish,
    subscribe,
    use,
)
from podium.workflow.document import Schedule, Use, Workflow
from podium.workflow.events import all_of, any_of, each, emit, event, listen, matching, one
from podium.workflow.parts import Resource, Task
from podium.workflow.runs import lifetime, run_container, run_script, run_shell, run_workflow
from podium.workflow.tasks import (
    Error,
    case,
    catch,
    do,
    extension,
    for_,
    fork,
    otherwise,
    raise_,
    retry,
    set_,
    switch,
    try_,
    wait,
)

__all__ = [
    "Error",
    "Resource",
    "Schedule",
    "Task",
    "Use",
    "Workflow",
    "a2a",
    "all_of",
    "any_of",
    "basic",
    "bearer",
    "call",
    "case",
    "catch",
    "digest",
    "do",
    "each",
    "emit",
    "event",
    "extension",
    "for_",
    "fork",
    "from_secret",
    "grpc",
    "http",
    "lifetime",
    "listen",
    "matching",
    "mcp",
    "oauth2",
    "oidc",
    "one",
    "openapi",
    "otherwise",
    "over_http",
    "over_stdio",
    "publish",
    "raise_",
    "retry",
    "run_container",
    "run_script",
    "run_shell",
    "run_workflow",
    "set_",
    "subscribe",
    "switch",
    "try_",
    "use",
    "wait",
]
