"""The page of the figures."""

import json
import os
import platform
import subprocess
from typing import Any

from bench.gateway.gateways import PEERS
from bench.peers import ROOT

PAGE = ROOT / "bench" / "gateway" / "README.md"
FIGURES = ROOT / "bench" / "gateway" / "gateway.json"
BEGIN, END = (
    "<!-- made by `make bench-gateway`: begin -->",
    "<!-- made by `make bench-gateway`: end -->",
)
Row = dict[str, float]
COLUMNS = (
    ("added_p50", "added p50 at 1, ms", 2),
    ("added_p99", "added p99 at 1, ms", 2),
    ("a_second", "requests/s at 64", 0),
    ("cpu", "CPU a request at 64, us", 0),
    ("stream_cpu", "CPU a stream of 50 chunks, us", 0),
    ("first", "added to the first chunk, ms", 2),
    ("resident", "memory, MB", 0),
    ("start", "start, s", 1),
)


def write(told: dict[str, Any]) -> None:
    """Into the README, between its marks, and as JSON beside it."""
    _ = FIGURES.write_text(json.dumps(told, indent=1) + "\n")
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    _ = PAGE.write_text(f"{before}{BEGIN}\n\n{page(told)}\n\n{END}{after}", "utf-8")


def page(told: dict[str, Any]) -> str:
    figures: dict[str, Row] = told["figures"]
    heads = [head for _, head, _ in COLUMNS]
    lines = ["### Figures", "", "| | " + " | ".join(heads) + " |", "|---|" + "---:|" * len(heads)]
    for name, row in figures.items():
        cells = [f"{row[key]:,.{digits}f}" if key in row else "-" for key, _, digits in COLUMNS]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    lines += ["", *_ratios(figures), "### What was switched on", ""]
    lines += [f"- **{name}**: {on}" for name, on in told["on"].items()]
    lines += ["", *[f"- not measured: {name}: {why}" for name, why in told["failed"].items()]]
    if "growth" in figures.get("podium", {}):
        row = figures["podium"]
        calls, growth = row["growth_calls"], row["growth"]
        lines += ["", f"podium's memory after {calls:,.0f} further requests: {growth:+.1f} %."]
    loads = ", ".join(f"{load:.1f}" for load in told["loads"])
    named = ", ".join(f"{name} {number}" for name, number in told["versions"].items())
    machine = f"{platform.system()} {platform.release()}, {os.cpu_count()} cores"
    when = (
        f"{told['rounds']} rounds on {told['date']}; load average before and after each: {loads}."
    )
    lines += ["", when, f"{named}; {machine}."]
    return "\n".join(lines)


def _ratios(figures: dict[str, Row]) -> list[str]:
    ours = figures.get("podium")
    if ours is None:
        return []
    lines = [
        "### How many times better podium is",
        "",
        "| | requests/s at 64 | CPU a request | CPU a stream |",
        "|---|---:|---:|---:|",
    ]
    for name, row in figures.items():
        if name == "podium":
            continue
        stream = f"{row['stream_cpu'] / ours['stream_cpu']:.1f}" if "stream_cpu" in row else "-"
        more, less = ours["a_second"] / row["a_second"], row["cpu"] / ours["cpu"]
        lines.append(f"| {name} | {more:.2f} | {less:.2f} | {stream} |")
    return [*lines, ""]


def versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    python = PEERS / "bin" / "python"
    for name in ("litellm", "tensorzero"):
        code = f"from importlib.metadata import version; print(version('{name}'))"
        ran = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)
        found[name] = ran.stdout.strip() or "absent"
    package = PEERS / "node_modules" / "@portkey-ai" / "gateway" / "package.json"
    found["Portkey"] = json.loads(package.read_text())["version"] if package.exists() else "absent"
    return found
