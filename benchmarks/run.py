"""Runs every benchmark and writes docs/benchmarks.md: medians, spread, ratios, machine, and the command of each.

Run as `python -m benchmarks.run [NAME…]` from the project's root on a quiet machine; without names all of them.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import dataclass

from benchmarks.measuring import ROOT, Figure, machine

TARGET = ROOT / "docs" / "benchmarks.md"


@dataclass(frozen=True)
class Benchmark:
    """One section of the document. `compared` are the ends of names that tell the two sides of a ratio apart."""

    name: str
    title: str
    words: tuple[str, ...]
    compared: tuple[str, str] | None = None
    table: bool = True


BENCHMARKS = (
    Benchmark("pages", "Reruns and pages", ("--json",), (", tuned", ", untuned")),
    Benchmark("starts", "Starts", ("--json",), (", warm", ", cold")),
    Benchmark("fence", "Row security", ("--json",), (", without", ", with row security")),
    Benchmark("seeding", "Demo data", ("--json",)),
    Benchmark("board", "Board of 60 000 deals beside one of 60", ("--json",), (", few deals", ", many deals")),
    Benchmark("imports", "Imports", ("100000",), table=False),
    Benchmark("imports", "Imports of deals", ("100000", "deals"), table=False),
)


def section(benchmark: Benchmark) -> str:
    """Run one benchmark; its part of the document."""
    words = [sys.executable, "-m", f"benchmarks.{benchmark.name}", *benchmark.words]
    print(f"Measuring {benchmark.name} …", flush=True)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"{benchmark.name} failed:\n{done.stderr}")
    shown = " ".join(word for word in benchmark.words if word != "--json")
    head = f"## {benchmark.title}\n\n```\npython -m benchmarks.{f'{benchmark.name} {shown}'.strip()}\n```\n\n"
    if not benchmark.table:
        return head + f"```\n{done.stdout.strip()}\n```\n"
    figures = [Figure(**found) for found in json.loads(done.stdout)]
    lines = ["| what | median | least | most | runs |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {f.name} | {f.median:,.2f} {f.unit} | {f.least:,.2f} | {f.most:,.2f} | {f.runs} |" for f in figures]
    return head + "\n".join(lines) + "\n" + _ratios(benchmark, figures)


def _ratios(benchmark: Benchmark, figures: list[Figure]) -> str:
    """How many times the one takes what the other takes, for figures that differ in the end of their name."""
    if benchmark.compared is None:
        return ""
    base, other = benchmark.compared
    medians = {found.name: found.median for found in figures}
    lines = [
        f"| {name.removesuffix(base)} | {medians[name.removesuffix(base) + other] / median:.2f} |"
        for name, median in medians.items()
        if name.endswith(base) and name.removesuffix(base) + other in medians and median > 0
    ]
    words = f"{other.strip(', ')} ÷ {base.strip(', ')}"
    return "\n".join([f"\n| {words} | ratio |", "|---|---:|", *lines]) + "\n" if lines else ""


def main() -> None:
    """Measure what was named and write the document."""
    wanted = [b for b in BENCHMARKS if not sys.argv[1:] or b.name in sys.argv[1:]]
    head = (
        "# Benchmarks\n\nWritten by `python -m benchmarks.run`. Medians with the least and the most; nothing is "
        f"asserted on time in tests.\n\n- Measured: {dt.datetime.now(dt.UTC):%Y-%m-%d}\n- On: {machine()}\n"
    )
    TARGET.write_text("\n".join([head, *(section(benchmark) for benchmark in wanted)]), encoding="utf-8")
    print(f"Wrote {TARGET.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
