"""Writes `models/manifest.toml` from the networks that exist, their results and what is said here."""

import hashlib
import json
from pathlib import Path

from common.cli import MODELS, RESULTS

NETWORKS = json.loads((Path(__file__).parent / "networks.json").read_text())


def main() -> None:
    made = {task: network for task, network in NETWORKS.items() if (MODELS / network["file"]).exists()}
    entries = [entry(task, network) for task, network in made.items() if "input" in network]
    text = "# Made by training/manifest.py.\nversion = 1\n\n" + "\n".join(entries)
    (MODELS / "manifest.toml").write_text(text)


def entry(task: str, network: dict) -> str:
    """One `[[network]]` table."""
    result = json.loads((RESULTS / f"{task}.json").read_text())
    fields = {
        "task": task,
        "file": network["file"],
        "sha256": checksum(network["file"]),
        "card": f"cards/{task}.md",
        "licence": network["licence"],
        "input": network["input"],
        "outputs": network["outputs"],
        **beside(network.get("beside", {})),
        **network.get("fields", {}),
        **{name: lookup(result, place) for name, place in network.get("fields_from_result", {}).items()},
    }
    lines = ["[[network]]"] + [f"{name} = {toml(value)}" for name, value in fields.items()]
    lines += ["", "[network.scores]"]
    lines += [f"{name} = {toml(lookup(result, place))}" for name, place in network["scores"].items()]
    return "\n".join(lines) + "\n"


def checksum(file: str) -> str:
    return hashlib.sha256((MODELS / file).read_bytes()).hexdigest()


def beside(files: dict) -> dict:
    """Files that go with the network, by what they are, each with its checksum."""
    return {key: value for name, file in files.items() for key, value in ((name, file), (f"{name}_sha256", checksum(file)))}


def lookup(result: dict, place: str):
    """The value at a path such as `ferplus/accuracy/value`."""
    for step in place.split("/"):
        result = result[step]
    return result


def toml(value) -> str:
    """A value of JSON in TOML, tables inline."""
    if isinstance(value, (bool, int, float, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    return "{ " + ", ".join(f"{name} = {toml(item)}" for name, item in value.items()) + " }"


if __name__ == "__main__":
    main()
