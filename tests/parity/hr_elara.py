"""Elara's own figures of the six real tables, and a collector's: what differs, and how much.

Elara's are reckoned here as its facts are known: the master table by pandas (all rows count), its numbers for words ("Good" has none),
scikit-learn's isolation forest and shap's contributions. The collector is an empty one at the address that is named, at which nobody can
sign in yet: it is handed the tables twice, as Elara's clients do, and with the answer that rows which say different things of one employee
all count. It prints counts, totals and differences, and no row.
"""

import os

os.environ["OMP_NUM_THREADS"] = "1"

import csv
import io
import json
import math
import sys
import urllib.request
from uuid import uuid4

import numpy as np
import pandas as pd
import shap
from scipy.stats import spearmanr
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from common import data, table
from hr_master import DATES, FEATURES, INPUTS, RATES, inputs, master, real_tables

FILES = {name: f"{name}_dataset.csv" for name in ("activity_tracker", "leave", "onboarding", "performance", "rewards", "vibemeter")}
PARTS = {"activity_tracker": "activity"}
SHARE, SEED, TREES, FIRST = 0.05, 42, 700, 5
BANDS = ["high", "medium", "low", "below low"]
# Elara has no number for "Good".
ELARAS_FEEDBACK = {"Poor": 1, "Average": 2, "Excellent": 3}


def band(size: float) -> str:
    return "high" if size > 0.6 else "medium" if size >= 0.3 else "low" if size >= 0.1 else "below low"


class Found:
    """Whom a search flags, the five largest problems of each, and the decision on everybody where it is told."""

    def __init__(self, problems: dict[str, list[tuple[str, float, bool]]], decisions: pd.Series | None = None, uncertain: int | None = None):
        self.problems, self.decisions, self.uncertain = problems, decisions, uncertain

    @property
    def flagged(self) -> set[str]:
        return set(self.problems)


def search(taken: pd.DataFrame, seed: int = SEED, explained: bool = True) -> Found:
    """As Elara searches."""
    rows = StandardScaler().fit_transform(SimpleImputer(strategy="median").fit_transform(taken))
    forest = IsolationForest(n_estimators=TREES, contamination=SHARE, random_state=seed, n_jobs=1).fit(rows)
    decisions = pd.Series(forest.decision_function(rows), index=taken.index)
    places = np.flatnonzero(forest.predict(rows) == -1)
    shares = shap.TreeExplainer(forest).shap_values(rows[places]) if explained else np.zeros((len(places), rows.shape[1]))
    problems = {}
    for place, of in zip(places, shares):
        first = [column for column in np.argsort(of, kind="stable")[:FIRST] if of[column] < 0]
        problems[taken.index[place]] = [(INPUTS[column], -of[column], bool(pd.isna(taken.iloc[place, column]))) for column in first]
    return Found(problems, decisions)


class Collector:
    def __init__(self, address: str):
        self.address = address.rstrip("/")

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "application/json"):
        request = urllib.request.Request(self.address + path, body, {"Content-Type": kind} if body is not None else {}, method=method)
        with urllib.request.urlopen(request, timeout=300) as answer:
            return answer.read().decode()

    def form(self, path: str, files: dict[str, str]):
        line, parts = uuid4().hex, []
        for part, name in files.items():
            head = f'--{line}\r\nContent-Disposition: form-data; name="{part}"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'
            parts.append(head.encode() + (data() / "hr" / name).read_bytes() + b"\r\n")
        body = b"".join(parts) + f"--{line}--\r\n".encode()
        return json.loads(self.ask("POST", path, body, f"multipart/form-data; boundary={line}"))

    def take_as_elara(self) -> None:
        self.form("/api/process-hr-metrics/", {f"{PARTS.get(name, name)}_file": file for name, file in FILES.items()})

    def take_all_rows(self) -> None:
        for file in FILES.values():
            given = self.form("/api/v1/hr/datasets", {"file": file})
            confirm = f"/api/v1/hr/datasets/{given['dataset']['id']}/confirm"
            if file in ("onboarding_dataset.csv", "performance_dataset.csv"):
                self.ask("POST", confirm, json.dumps({"answers": {"repeats": "keep"}}).encode())
            self.ask("POST", confirm, json.dumps({"strangers": "take_in"}).encode())

    def standing(self) -> dict[str, dict]:
        """What stands of each table."""
        newest = {}
        for given in json.loads(self.ask("GET", "/api/v1/hr/datasets"))["datasets"]:
            if given["state"] == "taken" and given["version"] > newest.get(given["table"], {"version": 0})["version"]:
                newest[given["table"]] = given
        return newest

    def master(self) -> pd.DataFrame:
        rows = list(csv.DictReader(io.StringIO(self.ask("GET", "/api/v1/hr/master.csv"))))
        return pd.DataFrame(rows).set_index("Employee_ID")

    def search(self) -> Found:
        answer = json.loads(self.ask("POST", "/api/detect-anomalies/"))
        columns = set(answer["anomalies"][0])
        assert {"Problems", "Other Problems", "Anamaly_Score", "Anomaly_Score"} <= columns, columns
        flags = json.loads(self.ask("GET", "/api/v1/hr/flags?limit=1000"))["flags"]
        found = [flag for flag in flags if flag["is_found"]]
        reasons = {flag["employee"]: [(of["feature"], of["size"], of["value"] is None) for of in flag["reasons"]] for flag in found}
        assert set(reasons) == {row["Employee_ID"] for row in answer["anomalies"]}
        return Found(reasons, uncertain=sum(flag["flagged_by"] < flag["seeds"] for flag in found))


def number(value) -> float | None:
    try:
        return None if value is None or value == "" or pd.isna(value) else float(value)
    except (TypeError, ValueError):
        return None


def cell(name: str, value) -> str:
    if value is None or value == "" or pd.isna(value):
        return ""
    return value.date().isoformat() if name in DATES and not isinstance(value, str) else str(value)


def differing(ours: pd.DataFrame, theirs: pd.DataFrame) -> tuple[dict[str, int], dict[str, int], float]:
    """By feature how many employees it is blank for here alone, and for how many it is another value; and the largest difference of numbers that are alike."""
    blank, other, largest = {}, {}, 0.0
    for name in FEATURES:
        for employee in theirs.index:
            one, two = cell(name, ours.at[employee, name]), cell(name, theirs.at[employee, name])
            if one == two:
                continue
            if not one or not two:
                blank[name] = blank.get(name, 0) + 1
                continue
            pair = (number(one), number(two))
            off = math.inf if None in pair else abs(pair[0] - pair[1]) / max(1.0, abs(pair[1]))
            if off <= 1e-9:
                largest = max(largest, off)
            else:
                other[name] = other.get(name, 0) + 1
    return blank, other, largest


def compare_masters(collector: Collector, ours: pd.DataFrame, theirs: pd.DataFrame, how: str) -> None:
    stands = collector.standing()
    lacking = set(theirs.index) - set(ours.index)
    assert set(ours.index) <= set(theirs.index)
    ours = ours.reindex(theirs.index)
    blank, other, largest = differing(ours, theirs)
    print(f"## Master table, {how}\n")
    table(["table", "rows that count", "told of"], [[name, str(of["rows"]), str(of["problems"])] for name, of in sorted(stands.items())])
    print(f"{len(ours) - len(lacking)} of {len(ours)} employees, {len(FEATURES)} features; largest difference of numbers that are alike: {largest:.1e}")
    print(f"blank in one of the two: {blank or 'none'}\nanother value: {other or 'none'}\n")


def alike(one: Found, other: Found) -> str:
    return f"{len(one.flagged & other.flagged)} of {len(other.flagged)}"


def problems(name: str, found: Found, reference: Found) -> list[str]:
    all_of = [problem for first in found.problems.values() for problem in first]
    counts = [sum(band(size) == word for _, size, _ in all_of) for word in BANDS]
    largest = [sum(band(first[0][1]) == word for first in found.problems.values()) for word in BANDS]
    both = found.flagged & reference.flagged
    same = [len({of for of, *_ in found.problems[who]} & {of for of, *_ in reference.problems[who]}) for who in both]
    blank, sizes = sum(blank for *_, blank in all_of), [size for _, size, _ in all_of]
    return [
        name, str(len(found.flagged)), alike(found, reference), str(len(all_of)), " / ".join(map(str, counts)), " / ".join(map(str, largest)),
        str(blank), f"{min(sizes):.2f} to {max(sizes):.2f}", f"{sum(same) / max(1, len(same)):.1f}",
    ]  # fmt: skip


def main() -> None:
    collector = Collector(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8750")
    theirs = master(real_tables(), RATES, {})
    collector.take_as_elara()
    ours = collector.master()
    compare_masters(collector, ours, theirs, "as Elara's clients hand the tables in")
    left_out = collector.search()
    collector.take_all_rows()
    all_rows = collector.master()
    compare_masters(collector, all_rows, theirs, "where all rows count")
    kept = collector.search()

    here = inputs(theirs)
    elaras = here.copy()
    elaras["Onboarding_Feedback"] = theirs["Onboarding_Feedback"].map(ELARAS_FEEDBACK).astype(float)
    word = "Onboarding_Feedback"
    good = int((theirs[word] == "Good").sum())
    print(f"Good: {good} of {int(here[word].count())}, blank for Elara; medians of {word}: Elara {elaras[word].median()}, here {here[word].median()}\n")
    blanks = elaras.isna().to_numpy()
    print(f"cells of the search that no table has: {int(blanks.sum())} of {blanks.size} for Elara, {int(here.isna().to_numpy().sum())} here\n")

    elara, next_seed = search(elaras), search(elaras, SEED + 1, explained=False)
    with_good = search(here)
    print("## Flags\n")
    table(
        ["search", "flagged", "as Elara", "first problems", "high / medium / low / below", "the largest of each", "on blank cells", "sizes", "of five as Elara"],
        [
            problems("Elara", elara, elara),
            problems("Elara with a number for Good", with_good, elara),
            problems("here, rows that clash left out", left_out, elara),
            problems("here, all rows", kept, elara),
        ],
    )
    print(f"Elara with the next seed: {alike(next_seed, elara)} flags in common, rank correlation {spearmanr(next_seed.decisions, elara.decisions).statistic:.4f}")
    print(f"Good alone: rank correlation {spearmanr(with_good.decisions, elara.decisions).statistic:.4f}")
    print(f"here, all rows, and Elara with a number for Good: {alike(kept, with_good)} flags in common")
    print(f"here, all rows, and rows that clash left out: {alike(kept, left_out)} flags in common")
    print(f"uncertain by ten seeds: {left_out.uncertain} with rows left out, {kept.uncertain} with all rows")


if __name__ == "__main__":
    main()
