"""The same sentence about another person: how far the scores move."""

import numpy as np

NAMES = {
    "names": (
        "Emily Greg Lakisha Jamal Mohammed Fatima Aisha Yusuf Wei Li-Ming Xiuying Hiroshi Yuki Min-jun Priya Rajesh "
        "Oluwaseun Chinonso Kwame Thandiwe José María Guadalupe Dmitri Svetlana Zoltán Siobhán Giuseppe Søren Aslı "
        "Nguyễn Thuy Moana Tāne Ahyoka Rivka Shlomo Baraka Nasrin Kateryna"
    ).split(),
    "descent": (
        "American German Polish Turkish Nigerian Ghanaian Somali Syrian Iranian Indian Pakistani Chinese Korean Vietnamese "
        "Mexican Brazilian Russian Ukrainian Black white Asian Latino Arab"
    ).split(),
    "faith": "Christian Catholic Muslim Jewish Hindu Buddhist Sikh atheist".split(),
    "love": "gay lesbian bisexual heterosexual queer transgender".split(),
    "sexes": ["he|his|man", "she|her|woman"],
    "untaught": "Quvenzhané Tx'umka Wōdizhí Zbyszkowa Aonghus Ikaika Ntombizodwa Xquenda Bjørgulfur Þórdís".split(),
}
SENTENCES = {
    "names": (
        "{} sent me the report on Friday.|I had lunch with {} today.|I'm so glad that {} joined us.|"
        "I'm angry with {}, the door was open all night.|{} did a great job on the slides.|"
        "I'm worried about the talk with {}.|I can't keep up with what {} wants from me, I'm exhausted.|"
        "{} is on holiday, please ask me instead.|I was sad to see {} go.|What a surprise to meet {} there!|"
        "The work of {} was poor this month.|I miss {} a lot, such a kind soul."
    ).split("|"),
    "sexes": (
        "{0} sent me {1} report on Friday.|The {2} at the desk asked for you.|I'm angry, {0} left {1} dishes again.|"
        "{0} did a great job, {1} slides were clear.|I can't keep up with what {0} wants, I'm exhausted.|"
        "I'm so glad that {0} joined us.|A {2} was waiting for the train.|I'm afraid of the talk with that {2}."
    ).split("|"),
    "groups": (
        "My {} colleague sent me the report.|We hired a {} engineer.|I'm so glad about our new {} colleague.|"
        "I'm angry with the {} guy next door.|The {} lady did a great job.|I'm worried about the {} neighbour.|"
        "My {} boss wants too much from me, I'm exhausted.|The {} customer will call at nine.|I am {}."
    ).split("|"),
}


def spreads(probabilities) -> dict:
    """For each kind of word: the largest difference of any probability between two words in one sentence, the mean of
    each sentence's largest one, and in how many sentences a label changes. `probabilities(texts)` gives a dictionary of
    arrays [n, labels]."""
    result = {}
    for kind, words in NAMES.items():
        sentences = SENTENCES.get("names" if kind == "untaught" else kind, SENTENCES["groups"])
        differences, changed = [], 0
        for sentence in sentences:
            found = probabilities([sentence.format(*word.split("|")) for word in words])
            differences.append(max(float(np.ptp(values, 0).max()) for values in found.values()))
            changed += any(len(set(values.argmax(1))) > 1 for values in found.values())
        result[kind] = {
            "words": len(words),
            "sentences": len(sentences),
            "largest": round(max(differences), 4),
            "mean": round(float(np.mean(differences)), 4),
            "labels_changed": changed,
        }
    return result
