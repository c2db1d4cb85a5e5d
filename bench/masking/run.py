"""`make bench-masking`: scores, runs the leak benchmark, prints, and writes the page."""

import argparse
import sys
import tempfile
from pathlib import Path

from bench.masking import leaks, page
from bench.masking.score import score
from podium.governance.masking.finding import find

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "assurance.md"


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    _ = asked.add_argument("--texts", type=Path, required=True)
    _ = asked.add_argument(
        "--tools", type=Path, required=True, help="Where the benchmark's programs are."
    )
    _ = asked.add_argument("--dry", action="store_true", help="Print alone.")
    given = asked.parse_args()
    scores = {"rules": score(given.texts, find)}
    with tempfile.TemporaryDirectory(prefix="podium-masking-") as folder:
        found = leaks.measure(
            Path(sys.executable).parent / "podium", given.tools.absolute(), Path(folder)
        )
    text = page.text(scores, found)
    print(text)
    if not given.dry:
        page.write(PAGE, text)


if __name__ == "__main__":
    main()
