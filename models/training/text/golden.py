"""What the tokenizer and onnxruntime make of made-up sentences; the runtime must give the same pieces, and the same
logits to 1e-3. Run it whenever the network changes. Needs no data."""

import hashlib
import json

import numpy as np

from common.cli import MODELS
from common.export import session
from text.network import LONGEST, OUTPUTS
from text.pieces import Pieces

OUT = MODELS.parent / "shared" / "analysis" / "src" / "text" / "golden.json"
SENTENCES = [
    "The meeting moves to Thursday at 10.",
    "I'm so proud of you all, we did it! 🎉",
    "I can’t keep up, there's too much on my plate and I haven't slept.",
    "thx, will do",
    "Who the hell deleted the report AGAIN?!",
    "I miss you a lot, dear Siobhán ❤️",
    "Wow, I never expected this.",
    "I'm scared that we lose the client...",
    "It’s a pity; I feel lonely since the move.",
    "Not bad at all -- the new API (v2.1) is 3x faster.",
    "Oluwaseun wrote a very good summary.",
    "Emily wrote a very good summary.",
    "naïve café, Ünïcödé and İstanbul",
    "great👍🏽😂😂",
    "中文 and 日本 stand alone",
    "state-of-the-art e-mail: a_b@c.d #tag 50 % €20",
    "Floccinaucinihilipilification " + "x" * 101,
    "zero\u200bwidth and\ttabs\nand lines",
    "[CLS] and [PAD] are words like any others",
    "No.",
]


def main() -> None:
    pieces = Pieces((MODELS / "text.pieces").read_text().splitlines())
    network = session(MODELS / "text.onnx")
    rows = []
    for text in SENTENCES:
        numbers = pieces.framed(text, LONGEST)
        found = network.run(list(OUTPUTS), {"pieces": np.array([numbers])})
        padded = network.run(list(OUTPUTS), {"pieces": np.array([numbers + [0] * (LONGEST - len(numbers))])})
        for left, right in zip(found, padded):
            np.testing.assert_allclose(left, right, atol=1e-4)
        logits = {name: [round(float(value), 5) for value in values[0]] for name, values in zip(OUTPUTS, found)}
        rows.append({"text": text, "pieces": numbers, **logits})
    sha256 = hashlib.sha256((MODELS / "text.onnx").read_bytes()).hexdigest()
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
    OUT.write_text(f'{{\n  "network": "{sha256}",\n  "sentences": [\n{lines}\n  ]\n}}\n')


if __name__ == "__main__":
    main()
