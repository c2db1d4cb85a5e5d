"""`podium teams`"""

from podium.cli.commands.groups import commands

app = commands("team", "Teams of users, in one workspace.")
