"""Made-up messages of work to train on, from patterns with places to fill: the public sets have film reviews, posts about
feelings and calls for help, and no sober line about a meeting, so that a network that knew only these would find a
feeling in everything. Labels follow the rules that stand at the top of `work_messages.tsv`."""

from pathlib import Path

import numpy as np

from text.network import LABELS

PATTERNS = Path(__file__).parent / "work_patterns.tsv"
EACH = 5
FILL = {
    "thing": (
        "report|invoice|slides|login page|contract|release notes|database migration|offer for the customer|spreadsheet|"
        "roadmap|budget|newsletter|onboarding plan|payment service|search function|draft|new printer|shift plan|test suite|"
        "order form|quarterly numbers|training video|design|api|survey|server|backup|inventory|prototype|press release"
    ).split("|"),
    "meeting": (
        "stand-up|planning|retro|review|one-on-one|call with the customer|workshop|town hall|interview|demo|all-hands|"
        "training|kick-off|presentation|offsite"
    ).split("|"),
    "place": (
        "shared folder|wiki|warehouse|second floor|test environment|production cluster|sales team|support desk|portal|"
        "branch office|calendar|repository|finance department|lab|ward|store"
    ).split("|"),
    "when": (
        "monday|tuesday|wednesday|thursday|friday|tomorrow|next week|the end of the month|the 14th|this afternoon|noon|"
        "today|march|the end of the quarter|tonight"
    ).split("|"),
    "hour": "9:30|10|11:15|noon|1 pm|14:00|3 pm|4:30|17:45".split("|"),
    "number": "3|4|7|12|15|20|42|118|2.3|250".split("|"),
    "who": "anna|omar|the new colleague|li wei|john|priya|my manager|fatima|sven|the client|carlos|team|grace|kofi".split("|"),
}


def rows():
    """Of each message three rows, one for each head: head, text, shares of the labels [6]."""
    random = np.random.default_rng(7)
    for line in PATTERNS.read_text().splitlines():
        sentiment, emotion, stress, pattern = line.split("\t")
        for text in {written(pattern, random) for _ in range(EACH)}:
            yield "sentiment", text, {"-": [1, 0], "0": [0.5, 0.5], "+": [0, 1]}[sentiment]
            known = emotion != "none"
            yield "emotion", text, [float(label == emotion) if known else 1 / 6 for label in LABELS["emotion"]]
            yield "stress", text, [1 - int(stress), int(stress)]


def written(pattern: str, random: np.random.Generator) -> str:
    """The pattern filled, sometimes as a sentence, sometimes in haste."""
    text = pattern
    for name, values in FILL.items():
        while "{" + name + "}" in text:
            text = text.replace("{" + name + "}", str(random.choice(values)), 1)
    if random.random() < 0.4 and text[-1].isalnum():
        text += "."
    return text.replace("'", "") if random.random() < 0.15 else text
