"""The HTTP entrance: who, what, call, return. An endpoint decides nothing.

app                       create_app: everything put together
ports                     what the API needs to be given
edge, signin, bodies      around every request: hosts, headers, who calls, what may come in
errors                    the only place that knows HTTP statuses
context, paging           what endpoints ask for: the caller, the services, a page
workflows, runs, events, batches, approvals, models, calls, keys, budgets, guardrails,
invitations, me, health
                          a resource each, with its wire models
compatible                /v1: what clients of OpenAI and Anthropic call
sse                       streams that end when the client leaves
start, reference, pages   the few pages a browser sees
openapi                   the committed description: `python -m podium.api.openapi`
"""
