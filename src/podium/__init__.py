"""podium, the AI orchestrator: one layer between a company and its models, data and people.

The floor plan, from the entrance down; each floor may use only what lies below it:

    api, cli                  entrances: who, what, call, return
    bootstrap                 the composition root: the only place that knows everything
    settings                  podium.yaml and the process's own switches, read once
    providers, functions      shelves of plug-ins, strangers to each other
    protocols                 wire formats of model providers
    adapters                  HTTP, SQL, the durable engine, local models, clocks: all I/O
    workflows, gateway        documents, interpreter and runs; models, routes and calls
    integrations              datasets and connections: the data that workflows use
    governance, observability approvals, masking and access; spans, usage and cost
    identity, kernel          who; and the words that everything else is written in
"""
