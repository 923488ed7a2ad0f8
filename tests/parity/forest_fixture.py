"""What scikit-learn and shap make of made-up tables; writes `collector/hr/forest/src/fixture.json`, which the crate's tests read.

The trees themselves are in it: random draws differ from program to program, what follows from a tree does not. Needs no data.
"""

import json

import numpy as np
import shap
from sklearn.ensemble import IsolationForest
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import StandardScaler

from common import ROOT

FIXTURE = ROOT / "collector/hr/forest/src/fixture.json"
CONTAMINATION = 0.05
# rows, width, trees, samples, share of the features, rows whose contributions are kept
CASES = {
    "all_features": (120, 12, 30, 64, 1.0, 24),
    "three_quarters": (120, 20, 30, 64, 0.75, 16),
    "few_and_deep": (420, 6, 3, 400, 1.0, 30),
}


def made_up(random: np.random.Generator, rows: int, width: int) -> np.ndarray:
    """Columns with ties, a constant one, ones that go together, doubled rows and some rows far out."""
    table = random.normal(size=(rows, width)).round(4)
    table[:, 1] = random.integers(0, 4, rows)
    table[:, 2] = 1.5
    table[:, 3] = (table[:, 0] * 0.7 + random.normal(size=rows) * 0.3).round(4)
    table[:, 4] = random.exponential(size=rows).round(1)
    far = random.choice(rows, rows // 20, replace=False)
    table[far[:, None], random.integers(0, width, (len(far), 2))] += 4.25
    table[rows - 5 :] = table[:5]
    return table


def tree_of(estimator, features: np.ndarray) -> dict:
    """In preorder, so that the shape follows from which nodes are leaves; features by their place in the whole row."""
    tree = estimator.tree_
    inner = tree.children_left >= 0
    assert (tree.children_left[inner] == np.flatnonzero(inner) + 1).all()
    return {
        "features": [int(features[f]) if f >= 0 else -1 for f in tree.feature],
        "thresholds": tree.threshold[inner].tolist(),
        "samples": tree.n_node_samples.tolist(),
    }


def on_the_edge(forest: IsolationForest, table: np.ndarray) -> np.ndarray:
    """A row for each of some splits, whose value is the threshold's before it is rounded to 32 bits."""
    rows = []
    for place, (estimator, features) in enumerate(zip(forest.estimators_[:8], forest.estimators_features_)):
        row = table[place].copy()
        row[features[estimator.tree_.feature[0]]] = estimator.tree_.threshold[0]
        rows.append(row)
    return np.array(rows)


def case(seed: int, rows: int, width: int, trees: int, samples: int, share: float, kept: int) -> dict:
    table = made_up(np.random.default_rng(seed), rows, width)
    sizes = {"n_estimators": trees, "max_samples": samples, "max_features": share}
    forest = IsolationForest(**sizes, contamination=CONTAMINATION, random_state=seed, n_jobs=1).fit(table)
    edges = on_the_edge(forest, table)
    explainer = shap.TreeExplainer(forest)
    # As scikit-learn compares them: shap itself would compare 64 bits, and contradict the score on the edge.
    explained = np.vstack([edges, table[:kept]]).astype(np.float32)
    return {
        "width": width,
        "samples": int(forest.max_samples_),
        "trees": [tree_of(*pair) for pair in zip(forest.estimators_, forest.estimators_features_)],
        "rows": np.vstack([edges, table]).ravel().tolist(),
        "edges": len(edges),
        "scores": forest.score_samples(np.vstack([edges, table])).tolist(),
        "contamination": CONTAMINATION,
        "offset": float(forest.offset_),
        "flagged": np.flatnonzero(forest.predict(table) == -1).tolist(),
        "base": float(np.ravel(explainer.expected_value)[0]),
        "contributions": explainer.shap_values(explained, check_additivity=False).ravel().tolist(),
    }


def prepared(seed: int) -> dict:
    """Blanks filled and columns scaled; one column is constant, one all but constant, one blank."""
    random = np.random.default_rng(seed)
    table = random.normal(100, 15, (41, 7)).round(3)
    table[:, 2] = 7.25
    table[:, 3] = 0.1
    table[::2, 3] = np.nextafter(0.1, 1)
    table[random.random(table.shape) < 0.2] = np.nan
    table[:, 4] = np.nan
    table[:, 5] = random.integers(0, 3, len(table))
    imputer = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    both = imputer.fit_transform(table)
    filled = both[:, : table.shape[1]]
    scaler = StandardScaler()
    scaled = scaler.fit_transform(filled)
    return {
        "width": table.shape[1],
        "raw": [None if np.isnan(value) else value for value in table.ravel()],
        "medians": imputer.statistics_.tolist(),
        "blank_columns": imputer.indicator_.features_.tolist(),
        "blanks": both[:, table.shape[1] :].astype(int).ravel().tolist(),
        "means": scaler.mean_.tolist(),
        "scales": scaler.scale_.tolist(),
        "scaled": scaled.ravel().tolist(),
    }


def main() -> None:
    content = {"made_by": "tests/parity/forest_fixture.py", "scikit_learn": "1.9.1", "shap": "0.51.0", "prepared": prepared(5)}
    content |= {name: case(seed, *sizes) for seed, (name, sizes) in enumerate(CASES.items(), 1)}
    FIXTURE.write_text(json.dumps(content, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
