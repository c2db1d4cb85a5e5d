"""The settings of this process: podium.yaml and the environment, read once."""

import os
from collections.abc import Mapping
from pathlib import Path

from podium.settings import Settings, load, locate


def environment() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - the entrance hands it to settings, which alone reads it


def read(config: Path | None) -> Settings:
    """Of the named file; else of podium.yaml here, else the defaults. Raises Invalid, NotFound."""
    given = environment()
    return load(config or locate(Path(), given), given)
