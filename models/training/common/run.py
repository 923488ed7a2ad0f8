"""One training run: seeds, schedule, averaged weights, checkpoints, log and curves."""

import csv
import math
import random
import time
from pathlib import Path

import numpy as np
import torch
from matplotlib import pyplot as plt

from common.cli import RUNS

plt.switch_backend("Agg")


def seed_everything(seed: int, threads: int) -> None:
    """Makes a run repeatable on one machine (with `--minutes`, up to the clock)."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(threads)


class Run:
    """Trains `model` under a warm-up and cosine schedule and keeps a moving average of it.

    The schedule follows `epochs`, or the processor's seconds spent on training where `minutes` is
    given, so that other programs on the machine do not shorten it. A run that was cut off goes on from its last checkpoint, with its clock where it stood. A new one may
    begin with the averaged weights of the run called `start_from`.
    """

    def __init__(self, name, model, optimizer, *, epochs, minutes, start_from=None, average=0.998):
        if start_from:
            averaged_model(start_from, model)
        self.folder = RUNS / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.model, self.optimizer = model, optimizer
        self.averaged = torch.optim.swa_utils.AveragedModel(
            model, multi_avg_fn=moving_average(average), use_buffers=True
        )
        self.base_rates = [group["lr"] for group in optimizer.param_groups]
        self.epochs, self.seconds = epochs, minutes and minutes * 60
        self.epoch, self.elapsed, self.history = 0, 0.0, []
        self._resume()

    @property
    def checkpoint(self) -> Path:
        return self.folder / "last.pt"

    def progress(self, epoch_fraction: float = 0.0) -> float:
        """How much of the training is done, 0 to 1."""
        if self.seconds:
            return min(1.0, self.elapsed / self.seconds)
        return min(1.0, (self.epoch + epoch_fraction) / self.epochs)

    def steps(self, batches):
        """Yields batches of one epoch, sets the learning rate for each, stops when time is up.

        `batches` has a length. The caller computes the gradients; the step is taken here.
        """
        total, mark = len(batches), time.process_time()
        for index, batch in enumerate(batches):
            done = self.progress(index / total)
            if self.seconds and done >= 1.0:
                break
            rate = min(1.0, done / 0.04 + 0.05) * (0.5 + 0.5 * math.cos(math.pi * done) + 1e-3)
            for group, base in zip(self.optimizer.param_groups, self.base_rates):
                group["lr"] = base * rate
            self.optimizer.zero_grad(set_to_none=True)
            yield batch
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 5.0)
            self.optimizer.step()
            self.averaged.update_parameters(self.model)
            now = time.process_time()
            self.elapsed += now - mark
            mark = now

    def finished(self) -> bool:
        return self.progress() >= 1.0

    def end_epoch(self, **figures: float) -> None:
        """Logs the epoch's figures, writes the checkpoint and redraws the curves."""
        self.epoch += 1
        row = {"epoch": self.epoch, "minutes": self.elapsed / 60, **figures}
        self.history.append(row)
        print("  ".join(f"{key} {value:.4g}" for key, value in row.items()), flush=True)
        state = {
            "model": self.model.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "elapsed": self.elapsed,
            "history": self.history,
            "torch_rng": torch.get_rng_state(),
            "numpy_rng": np.random.get_state(),
        }
        pending = self.checkpoint.with_suffix(".tmp")
        torch.save(state, pending)
        pending.replace(self.checkpoint)
        self._write_history()

    def _resume(self) -> None:
        if not self.checkpoint.exists():
            return
        state = torch.load(self.checkpoint, weights_only=False)
        self.model.load_state_dict(state["model"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.epoch, self.elapsed = state["epoch"], state["elapsed"]
        self.history = state["history"]
        torch.set_rng_state(state["torch_rng"])
        np.random.set_state(state["numpy_rng"])
        print(f"going on after epoch {self.epoch}, {self.elapsed / 60:.1f} min", flush=True)

    def _write_history(self) -> None:
        with (self.folder / "log.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=self.history[0])
            writer.writeheader()
            writer.writerows(self.history)
        names = [key for key in self.history[0] if key not in ("epoch", "minutes")]
        figure, axes = plt.subplots(len(names), 1, figsize=(6, 2 * len(names)), squeeze=False)
        for axis, name in zip(axes[:, 0], names):
            axis.plot([row["minutes"] for row in self.history], [row[name] for row in self.history])
            axis.set_ylabel(name)
            axis.grid(alpha=0.3)
        axes[-1, 0].set_xlabel("minutes")
        figure.tight_layout()
        figure.savefig(self.folder / "curve.png", dpi=80)
        plt.close(figure)


def moving_average(most: float):
    """Exponential average of weights that forgets its beginning: it follows fast at first, and keeps
    the share `most` of itself at each step in the end."""

    @torch.no_grad()
    def update(averaged: list, current: list, count) -> None:
        keep = min(most, (1 + int(count)) / (10 + int(count)))
        if averaged[0].is_floating_point():
            torch._foreach_lerp_(averaged, current, 1 - keep)
        else:
            torch._foreach_copy_(averaged, current)

    return update


def averaged_model(name: str, model: torch.nn.Module) -> torch.nn.Module:
    """`model` with the moving-average weights of the named run, ready to evaluate."""
    state = torch.load(RUNS / name / "last.pt", weights_only=False)["averaged"]
    prefix = "module."
    weights = {key[len(prefix):]: value for key, value in state.items() if key.startswith(prefix)}
    model.load_state_dict(weights)
    return model.eval()
