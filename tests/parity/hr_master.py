"""The master table of HR data, reckoned by pandas.

Without an argument it prints made-up tables, drawn by seed (cells that are missing, several rows a person, people in one table
only, ties), and the master table of each: what `collector/hr/src/master/tests/made_up.json` holds.

With `--real` it prints of the six tables in `hr` of the folder that ATTUNE_DATA names how many people have each feature, and its
sum: the figures in `collector/hr/src/master/tests/real.rs`. It prints no row.
"""

import json
import random
import sys

import numpy as np
import pandas as pd

COLUMNS = {
    "activity": ["employee", "date", "messages", "mails", "meetings", "hours"],
    "leave": ["employee", "kind", "days", "start", "end"],
    "onboarding": ["employee", "joined", "feedback", "mentor", "trained"],
    "performance": ["employee", "year", "part", "rating", "judgement", "promotion"],
    "rewards": ["employee", "award", "date", "points"],
    "vibe": ["employee", "date", "score"],
}
COUNTED = {"messages": "Teams_Messages_Sent", "mails": "Emails_Sent", "meetings": "Meetings_Attended", "hours": "Work_Hours"}
LEAVES = {"Annual": "Annual Leave", "Casual": "Casual Leave", "Sick": "Sick Leave", "Unpaid": "Unpaid Leave"}
FEEDBACK = ["Poor", "Average", "Good", "Excellent"]
PARTS = {"FirstHalf": "H1", "SecondHalf": "H2", "Annual": "Annual"}
JUDGEMENTS = {"NeedsImprovement": "Needs Improvement", "Meets": "Meets Expectations", "Exceeds": "Exceeds Expectations"}
AWARDS = {"TeamPlayer": "Best Team Player", "Innovation": "Innovation Award", "Leadership": "Leadership Excellence", "Star": "Star Performer"}
FEATURES = (
    [f"{name}_{what}" for name in COUNTED.values() for what in ("sum", "mean", "median", "std")]
    + ["Last_activity_entry", "Total_activity_entry"]
    + [f"{name}_Factor" for name in LEAVES.values()]
    + ["Joining_Date", "Onboarding_Feedback", "Mentor_Assigned", "Initial_Training_Completed", "Days_Since_Joining", "Onboarding_Factor"]
    + ["Performance_Rating", "Manager_Feedback", "Promotion_Consideration", "Last_Review_Period", "Last_Review_Year"]
    + [f"{name}_Count" for name in AWARDS.values()]
    + ["Total_Decayed_Reward_Points", "Decayed_Vibe"]
)
DATES = ["Last_activity_entry", "Joining_Date"]
TRUTHS = ["Mentor_Assigned", "Initial_Training_Completed", "Promotion_Consideration"]
INPUTS = (
    ["Teams_Messages_Sent_mean", "Teams_Messages_Sent_median", "Emails_Sent_mean", "Emails_Sent_median"]
    + ["Meetings_Attended_sum", "Meetings_Attended_mean", "Meetings_Attended_median"]
    + ["Work_Hours_mean", "Work_Hours_median", "Work_Hours_std"]
    + [f"{name}_Factor" for name in LEAVES.values()]
    + ["Days_Since_Joining", "Onboarding_Factor", "Total_Decayed_Reward_Points", "Decayed_Vibe", "Onboarding_Feedback", "Manager_Feedback"]
)
RATES = {"leave": 0.01, "onboarding": 0.01, "rewards": 0.01, "vibe": 0.005}


def days_until(reference: pd.Timestamp, dates: pd.Series) -> pd.Series:
    """Days from each date to the reference; none is counted beyond it."""
    return (reference - dates).dt.days.clip(lower=0)


def master(tables: dict[str, pd.DataFrame], rates: dict[str, float], references: dict[str, str | None]) -> pd.DataFrame:
    """A row for each employee of any table."""

    def weight(name: str, column: str) -> tuple[pd.Series, pd.Series]:
        dates = tables[name][column]
        days = days_until(pd.Timestamp(references.get(name) or dates.max()), dates)
        return np.exp(-rates[name] * days), days

    parts = []

    activity = tables["activity"].groupby("employee")
    for column, name in COUNTED.items():
        of = activity[column]
        part = pd.DataFrame({"sum": of.sum(min_count=1), "mean": of.mean(), "median": of.median(), "std": of.std(ddof=1)})
        part.loc[of.count() == 1, "std"] = 0.0
        parts.append(part.add_prefix(f"{name}_"))
    parts.append(activity["date"].max().rename("Last_activity_entry"))
    parts.append(activity.size().rename("Total_activity_entry"))

    leave = tables["leave"].assign(weighed=lambda of: of["days"] * weight("leave", "end")[0]).dropna(subset=["kind"])
    by_kind = leave.groupby(["employee", "kind"])["weighed"]
    sums, rows = by_kind.sum(min_count=1).unstack(), by_kind.size().unstack()
    sums = sums.where(rows.notna(), 0.0).reindex(columns=list(LEAVES), fill_value=0.0)
    parts.append(sums.rename(columns={kind: f"{name}_Factor" for kind, name in LEAVES.items()}))

    weighed, days = weight("onboarding", "joined")
    onboarding = tables["onboarding"].assign(weight=weighed, days=days)
    onboarding = onboarding.sort_values("joined", kind="stable", na_position="first").drop_duplicates("employee", keep="last").set_index("employee")
    points = onboarding["feedback"].map({word: at for at, word in enumerate(FEEDBACK)}).astype(float)
    parts.append(onboarding["joined"].rename("Joining_Date"))
    parts.append(onboarding["feedback"].rename("Onboarding_Feedback"))
    parts.append(onboarding["mentor"].rename("Mentor_Assigned"))
    parts.append(onboarding["trained"].rename("Initial_Training_Completed"))
    parts.append(onboarding["days"].rename("Days_Since_Joining"))
    parts.append((points * onboarding["weight"]).rename("Onboarding_Factor"))

    reviews = tables["performance"]
    rank = reviews["part"].map({part: at for at, part in enumerate(PARTS)}).astype(float)
    # The newest first; those without a period behind all others; of one period the one that the file has first.
    reviews = reviews.assign(age=-(reviews["year"] * 10 + rank)).sort_values("age", kind="stable", na_position="last")
    reviews = reviews.drop_duplicates("employee", keep="first").set_index("employee")
    period = [None if pd.isna(year) else f"{PARTS[part]} {int(year)}" for part, year in zip(reviews["part"], reviews["year"])]
    parts.append(reviews["rating"].rename("Performance_Rating"))
    parts.append(reviews["judgement"].map(JUDGEMENTS).rename("Manager_Feedback"))
    parts.append(reviews["promotion"].rename("Promotion_Consideration"))
    parts.append(pd.Series(period, index=reviews.index, dtype=object, name="Last_Review_Period"))
    parts.append(reviews["year"].rename("Last_Review_Year"))

    rewards = tables["rewards"].assign(weighed=lambda of: of["points"] * weight("rewards", "date")[0])
    counts = rewards.dropna(subset=["award"]).groupby(["employee", "award"]).size().unstack(fill_value=0)
    counts = counts.reindex(columns=list(AWARDS), fill_value=0)
    parts.append(counts.rename(columns={award: f"{name}_Count" for award, name in AWARDS.items()}))
    parts.append(rewards.groupby("employee")["weighed"].sum(min_count=1).rename("Total_Decayed_Reward_Points"))
    vibe = tables["vibe"].assign(weighed=lambda of: of["score"] * weight("vibe", "date")[0])
    parts.append(vibe.groupby("employee")["weighed"].sum(min_count=1).rename("Decayed_Vibe"))

    # Who has rows of which nothing can be reckoned is an employee all the same.
    everybody = sorted(set().union(*(table["employee"] for table in tables.values())))
    return pd.concat(parts, axis=1, join="outer").reindex(everybody)[FEATURES]


def inputs(table: pd.DataFrame) -> pd.DataFrame:
    """What the search for unusual patterns takes of a master table."""
    taken = table[INPUTS].copy()
    taken["Onboarding_Feedback"] = taken["Onboarding_Feedback"].map({word: at for at, word in enumerate(FEEDBACK, 1)})
    taken["Manager_Feedback"] = taken["Manager_Feedback"].map({word: at for at, word in enumerate(JUDGEMENTS.values(), 2)})
    return taken.astype(float)


def cells(table: pd.DataFrame) -> list[list]:
    """The rows of a table as JSON has them; an unknown cell is null."""

    def cell(name: str, value):
        if pd.isna(value):
            return None
        if name in DATES:
            return value.date().isoformat()
        if isinstance(value, str):
            return value
        if name in TRUTHS:
            return bool(value)
        number = float(value)
        return int(number) if number.is_integer() else number

    return [[employee, *(cell(name, row[name]) for name in table.columns)] for employee, row in table.astype(object).iterrows()]


def frames(rows: dict[str, list[list]]) -> dict[str, pd.DataFrame]:
    """Tables of rows, with dates and numbers as such."""
    tables = {}
    for name, columns in COLUMNS.items():
        table = pd.DataFrame(rows[name], columns=columns, dtype=object)
        for column in columns:
            if column in ("date", "start", "end", "joined"):
                table[column] = pd.to_datetime(table[column])
            elif column in ("messages", "mails", "meetings", "hours", "days", "year", "rating", "points", "score"):
                table[column] = table[column].astype(float)
        tables[name] = table
    return tables


def drawn(seed: int, people: int) -> dict[str, list[list]]:
    """Made-up tables."""
    draw = random.Random(seed)
    everybody = [f"EMP{number:04}" for number in range(1, people + 1)] + ["00042", "42", "=SUM(A1)", "\u00c9MILIE"]

    def maybe(value, missing=0.12):
        return None if draw.random() < missing else value

    def date():
        return str(pd.Timestamp("2023-01-01").date() + pd.Timedelta(days=draw.randrange(500)).to_pytimedelta())

    def rows(some: list[str], most: int, made):
        found = [[employee, *made()] for employee in some for _ in range(draw.randint(1, most))]
        draw.shuffle(found)
        return found

    def some(share: float, *also: str) -> list[str]:
        return [employee for employee in everybody[5:] if draw.random() < share] + list(also)

    def away():
        start = date()
        return [maybe(draw.choice(list(LEAVES))), maybe(draw.randint(1, 28) / 2), maybe(start), maybe(date())]

    def review():
        period = maybe((draw.randint(2022, 2024), draw.choice(list(PARTS)))) or (None, None)
        return [*period, maybe(draw.randint(1, 4)), maybe(draw.choice(list(JUDGEMENTS))), maybe(draw.random() < 0.5)]

    # Each of the first five is in one table only. Of EMP9001 and EMP9002 there is nothing to reckon with; EMP9003 has ties.
    return {
        "activity": rows(some(0.7, everybody[0]), 5, lambda: [maybe(date()), *(maybe(draw.randint(0, top)) for top in (49, 29, 9)), maybe(draw.randint(400, 999) / 100)]),
        "leave": rows(some(0.6, everybody[1]), 4, away) + [["EMP9001", "Sick", None, None, "2024-01-01"], ["EMP9002", None, 3, None, "2024-01-01"]],
        "onboarding": rows(some(0.6, everybody[2]), 2, lambda: [maybe(date()), maybe(draw.choice(FEEDBACK)), maybe(draw.random() < 0.5), maybe(draw.random() < 0.5)])
        + [["EMP9003", "2023-05-01", "Poor", True, None], ["EMP9003", "2023-05-01", "Good", False, None]],
        "performance": rows(some(0.6, everybody[3]), 4, review)
        + [["EMP9003", 2023, "SecondHalf", 1, "Meets", True], ["EMP9003", 2023, "SecondHalf", 4, "Exceeds", False], ["EMP9003", 2023, "FirstHalf", 2, "Meets", True]],
        "rewards": rows(some(0.6, everybody[4]), 4, lambda: [maybe(draw.choice(list(AWARDS))), maybe(date()), maybe(draw.randint(0, 499))]) + [["EMP9001", None, None, None]],
        "vibe": rows(some(0.6), 5, lambda: [maybe(date()), maybe(draw.randint(1, 6))]),
    }


def case(seed: int, people: int, rates: dict[str, float], references: dict[str, str | None]) -> dict:
    """Made-up tables and what is reckoned of them, with each row on a line of its own."""
    rows = drawn(seed, people)
    table = master(frames(rows), rates, references)
    typed = dict(rows)
    # As the types of the rows have them: a period is of one piece, a vibe has a zone.
    typed["performance"] = [[who, None if year is None else [year, part], *rest] for who, year, part, *rest in rows["performance"]]
    typed["vibe"] = [[*row, None] for row in rows["vibe"]]
    return {"rates": rates, "references": references, "tables": typed, "master": cells(table), "inputs": cells(inputs(table))}


def golden() -> None:
    """Prints the made-up tables and their master tables."""
    none = dict.fromkeys(RATES)
    cases = [
        case(1, 40, RATES, none),
        case(2, 25, {"leave": 0.02, "onboarding": 0.0, "rewards": 0.003, "vibe": 0.1}, {**none, "leave": "2024-01-01", "rewards": "2025-07-31", "onboarding": "2023-09-01"}),
    ]
    whole = {"made_by": f"tests/parity/hr_master.py, pandas {pd.__version__}", "features": FEATURES, "input_names": INPUTS, "cases": cases}
    text = json.dumps(whole, ensure_ascii=False, separators=(",", ":"))
    print(text.replace("],[", "],\n["))


def real_tables() -> dict[str, pd.DataFrame]:
    """The real tables."""
    from common import data

    folder = data() / "hr"
    names = {"vibe": "vibemeter", "activity": "activity_tracker"}
    read = {name: pd.read_csv(folder / f"{names.get(name, name)}_dataset.csv", keep_default_na=False) for name in COLUMNS}

    def back(words: dict[str, str]) -> dict[str, str]:
        return {word: key for key, word in words.items()}

    read["leave"]["Leave_Type"] = read["leave"]["Leave_Type"].map(back(LEAVES))
    read["performance"]["Manager_Feedback"] = read["performance"]["Manager_Feedback"].map(back(JUDGEMENTS))
    read["rewards"]["Award_Type"] = read["rewards"]["Award_Type"].map(back(AWARDS))
    period = read["performance"].pop("Review_Period").str.split(" ", expand=True)
    read["performance"].insert(1, "year", period[1].astype(int))
    read["performance"].insert(2, "part", period[0].map(back(PARTS)))
    read["vibe"] = read["vibe"].iloc[:, :3]
    tables = {}
    for name, columns in COLUMNS.items():
        table = read[name].set_axis(columns, axis=1)
        for column in {"date", "start", "end", "joined"} & set(columns):
            slashed = table[column].str.contains("/").any()
            table[column] = pd.to_datetime(table[column], format="%m/%d/%Y" if slashed else "%Y-%m-%d")
        tables[name] = table
    return tables


def real() -> None:
    """Prints figures of the real tables."""
    tables = real_tables()
    table = master(tables, RATES, {})
    everywhere = set.intersection(*(set(of["employee"]) for of in tables.values()))
    print(f"{len(table)} employees, {len(everywhere)} in all six")
    for name in FEATURES:
        known = table[name].dropna()
        if name in DATES:
            known = (known - pd.Timestamp(0)).dt.days
        if name in ("Onboarding_Feedback", "Manager_Feedback", "Last_Review_Period"):
            for word, count in known.value_counts().sort_index().items():
                print(f'("{name}", "{word}", {count}),')
        else:
            print(f'("{name}", {len(known)}, {float(known.astype(float).sum())!r}),')
    for name, column in inputs(table).items():
        print(f'input ("{name}", {column.count()}, {float(column.sum())!r}),')


if __name__ == "__main__":
    real() if "--real" in sys.argv[1:] else golden()
