"""The folder beside the project with files that nobody here wrote."""

from pathlib import Path
from typing import Final

SHARED: Final = Path(__file__).parents[3] / "shared"
