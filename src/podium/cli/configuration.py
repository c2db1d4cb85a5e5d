"""The settings of this process: podium.yaml and the environment."""

import os
from collections.abc import Mapping
from pathlib import Path

from podium.settings import Origin, Settings


def environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - the entrance hands it to settings, which alone reads it


def origin(config: Path | None) -> Origin:
    """The named file; else podium.yaml here, else the defaults."""
    return Origin(config, environment(), Path())


def read(config: Path | None) -> Settings:
    """Raises Invalid, NotFound."""
    return origin(config).read().settings()
