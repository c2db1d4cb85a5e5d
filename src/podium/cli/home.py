"""Which state folder is meant, without reading all settings."""

from pathlib import Path

from podium.workflows.documents.yaml import load

DEFAULT = Path(".podium")
_CONFIG = Path("podium.yaml")


def state_folder(given: Path | None, config: Path | None = None) -> Path:
    """The one that is given; else what the configuration names; else `.podium`.

    Raises Invalid where the configuration is no YAML.
    """
    file = config or _CONFIG
    if given is not None or not file.is_file():
        return given or DEFAULT
    state = load(file.read_bytes(), name=str(file)).value.get("state")
    return file.parent / (state if isinstance(state, str) and state else DEFAULT)
