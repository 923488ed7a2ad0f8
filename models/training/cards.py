"""Writes `models/cards/*.md` from the templates in `cards/` and the results' JSON.

A template holds words; every figure is a placeholder `{{kind place}}`, where place is a path into
the result such as `ferplus/accuracy` and kind one of:

- `number`: the value as it stands,
- `percent`: a share, with its 95 % interval where the result has one,
- `score`: the same without turning it into a percentage,
- `shares`: a table with a row for each name under the place, of shares and counts,
- `counts`: a table with a row for each name under the place, of numbers,
- `spreads`: how far scores move between words that should not matter (text/fairness.py),
- `aims`: a table of what was to be reached (networks.json), and whether it was.
"""

import json
import re
from pathlib import Path

from common.cli import MODELS, RESULTS
from manifest import NETWORKS, lookup

TEMPLATES = Path(__file__).parent / "cards"


def main() -> None:
    for template in sorted(TEMPLATES.glob("*.md")):
        source = RESULTS / f"{template.stem}.json"
        if source.exists():
            result = json.loads(source.read_text())
            result["aims"] = measured_aims(NETWORKS[template.stem], result)
            text = filled(template.read_text(), result)
            (MODELS / "cards" / template.name).write_text(text)


def filled(template: str, result: dict) -> str:
    """The template with every placeholder replaced; a place that is not in the result is an error."""
    return re.sub(
        r"\{\{(\w+) ([^}]+)\}\}",
        lambda match: KINDS[match[1]](lookup(result, match[2])),
        template,
    )


def measured_aims(network: dict, result: dict) -> dict:
    """For each aim: what is wanted, what was measured, and whether more is better."""
    return {
        name: (aim["wanted"], lookup(result, aim["place"]), aim["more_is_better"])
        for name, aim in network["aims"].items()
    }


def percent(value) -> str:
    """`79.8 % (78.5 to 81.0)`, or `79.8 %` where there is no interval."""
    if not isinstance(value, dict):
        return f"{value * 100:.1f} %"
    text = f"{value['value'] * 100:.1f} %"
    if "low" in value:
        text += f" ({value['low'] * 100:.1f} to {value['high'] * 100:.1f})"
    return text


def score(value) -> str:
    """`0.73 (0.68 to 0.77)`, or `0.73`."""
    if not isinstance(value, dict):
        return f"{value:.3f}"
    return f"{value['value']:.3f} ({value['low']:.3f} to {value['high']:.3f})"


def shares(table: dict) -> str:
    rows = [f"| {name} | {percent(value)} | {value['count']} |" for name, value in table.items()]
    return "\n".join(["| | share | of |", "|---|---|---|", *rows])


def counts(table: dict) -> str:
    width = len(next(iter(table.values())))
    rows = [f"| {name} | " + " | ".join(map(str, values)) + " |" for name, values in table.items()]
    return "\n".join(["| |" + " |" * width, "|---|" + "---|" * width, *rows])


def spreads(table: dict) -> str:
    rows = [
        f"| {name}, {found['words']} | {found['largest']:.3f} | {found['mean']:.3f} "
        f"| {found['labels_changed']} of {found['sentences']} |"
        for name, found in table.items()
    ]
    return "\n".join(["| words | largest | mean | labels change |", "|---|---|---|---|", *rows])


def aims(table: dict) -> str:
    """Rows of what was wanted and what was measured, with a plain verdict."""
    rows = []
    for name, (wanted, measured, more_is_better) in table.items():
        reached = measured >= wanted if more_is_better else measured <= wanted
        sign = "at least" if more_is_better else "at most"
        rows.append(f"| {name} | {sign} {wanted:g} | {measured:g} | {'reached' if reached else '**missed**'} |")
    return "\n".join(["| | aim | measured | |", "|---|---|---|---|", *rows])


KINDS = {"number": str, "percent": percent, "score": score, "shares": shares, "counts": counts, "spreads": spreads, "aims": aims}


if __name__ == "__main__":
    main()
