"""podium.yaml: one declarative file, checked against one schema.

model       every setting: type, default, sentence
providing   those of providers and models
section     what every section is made of
durations   `30`, `30s`, `15m`, `24h`, `7d`
defaults    what there is without a file: the local models and their routes
secrets     secrets are references; what looks like one in the file is refused
checks      what a schema cannot say: names that must exist, or must not exist twice
problems    each fault with its place and what to do about it
reading     load, Origin: the file and the environment variables, the only ones that podium reads
overlay     what is laid over the file while podium runs
showing     how each provider is shown who asks
wiring      settings as values of the gateway
reference   the JSON Schema and the page of docs/reference, generated from `model`
"""

from podium.settings.model import Settings
from podium.settings.reading import Origin, Written, load, locate

__all__ = ["Origin", "Settings", "Written", "load", "locate"]
