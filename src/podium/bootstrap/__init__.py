"""The composition root: the only place that knows everything.

podium    opens and closes a podium: stores, engine, models, use cases
checks    what the doctor finds
parts     the small adapters between rooms that are strangers to each other
"""

from podium.bootstrap.podium import Podium, open_podium

__all__ = ["Podium", "open_podium"]
