"""The command line: a client of the HTTP API, always.

`podium up` serves a state folder; every other command talks to the server that holds the
folder's lock, or holds the lock itself and serves the folder for as long as it lasts.

    app, lazy                 the commands, each module imported when it is asked for
    edge, exits               what every command shares: options, sentences, exit codes
    lock, folder              who serves a state folder, and how others find it
    connection, client, wire  a server found or started; the API's answers as types
    server, opening, owner    uvicorn around the API, in this process
    foreground                `podium up`
    running, inputs, batch, summary, results
                              many runs from one file, and what came of them
    show/                     what a person sees
    commands/                 one module for each word after `podium`
"""

from podium.cli.app import main

__all__ = ["main"]
