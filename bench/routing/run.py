"""`make bench-routing`: trains and routes over several splits, prints, and writes the page."""

import argparse
import json
from pathlib import Path

from bench.routing import page
from bench.routing.data import FILE, halves, read
from bench.routing.score import Scored, by_thumb, score

HERE = Path(__file__).parent


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    _ = asked.add_argument("--data", type=Path, default=FILE)
    _ = asked.add_argument("--seeds", type=int, default=8)
    _ = asked.add_argument("--dry", action="store_true", help="Print alone.")
    given = asked.parse_args()
    rows = read(given.data)
    found: dict[str, list[Scored]] = {name: [] for name in page.WAYS}
    for seed in range(given.seeds):
        training, others = halves(rows, seed)
        found["text"].append(score(training, others, tagged=False, sure=0))
        found["tag"].append(score(training, others, tagged=True, sure=0))
        found["tag, sure 1"].append(score(training, others, tagged=True, sure=1))
        found["untrained"].append(by_thumb(others))
        print(f"split {seed + 1} of {given.seeds}", flush=True)
    text = page.text(found, questions=len(rows))
    print(text)
    if not given.dry:
        page.write(HERE / "README.md", text)
        _ = (HERE / "routing.svg").write_text(page.chart(found), "utf-8")
        _ = (HERE / "routing.json").write_text(json.dumps(page.raw(found), indent=1), "utf-8")


if __name__ == "__main__":
    main()
