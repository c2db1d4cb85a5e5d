"""Which podium this is."""

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    try:
        return version("podium")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "unknown"
