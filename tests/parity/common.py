"""What the parity scripts share: where things are, running an example, printing a table."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def data() -> Path:
    """The folder of recordings."""
    folder = os.environ.get("ATTUNE_DATA")
    if not folder:
        sys.exit("ATTUNE_DATA names no folder of recordings")
    return Path(folder)


def example(name: str, lines: list[str], *arguments: str, profile: str = "debug") -> list[dict[str, str]]:
    """The rows that an example makes of the lines."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = target / profile / "examples" / name
    if not binary.exists():
        sys.exit(f"{binary} is missing: cargo build --workspace --examples{' --release' if profile == 'release' else ''}")
    text = "\n".join(lines) + "\n"
    done = subprocess.run([binary, *arguments], input=text, capture_output=True, text=True, check=True)
    return list(csv.DictReader(io.StringIO(done.stdout)))


def table(columns: list[str], rows: list[list[str]]) -> None:
    """Prints a Markdown table."""
    print("| " + " | ".join(columns) + " |")
    print("|" + "---|" * len(columns))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()
