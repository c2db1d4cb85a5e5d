"""The effect as a package brings one to podium: a typed function that an entry point names."""

import sys
from pathlib import Path

import podium
from bench.drivers.contract import Tally

TALLIES: list[Tally] = []


@podium.function
async def tally(n: int) -> dict[str, int]:
    """Count."""
    return {"n": TALLIES[0](n)}


def install(folder: Path, counting: Tally) -> None:
    """Make a package of this file that is installed for this process alone."""
    place = folder / "packages" / "bench_tally-1.dist-info"
    place.mkdir(parents=True, exist_ok=True)
    _ = (place / "METADATA").write_text("Metadata-Version: 2.1\nName: bench-tally\nVersion: 1\n")
    points = f"[podium.functions]\ntally = {__name__}:tally\n"
    _ = (place / "entry_points.txt").write_text(points)
    sys.path.append(str(place.parent))
    TALLIES[:] = [counting]
