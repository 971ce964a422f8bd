"""What a training tells while it runs: means of its losses on the bar and in the run log."""

from collections.abc import Mapping

from torch import Tensor
from tqdm import tqdm

from train.run.loop import Run
from train.run.run_log import RunLog

SHOW_EVERY = 10  # steps


class Progress:
    """Follows the losses of one training."""

    def __init__(self, run: Run, log: RunLog, keep: float = 0.9, every: int = 1) -> None:
        """`keep` is how much of a running mean each value leaves.

        Losses are read every so many steps: reading a card's numbers makes it wait.
        """
        self.run, self.log = run, log
        self._keep, self._every = keep, every

    def follow(self, bar: tqdm, losses: Mapping[str, Tensor]) -> None:
        """After the losses of every step."""
        run = self.run
        if run.step % self._every == 0:
            run.follow({name: loss.item() for name, loss in losses.items()}, self._keep)
        if run.step % SHOW_EVERY == 0:
            bar.set_postfix({name: f"{mean:.3g}" for name, mean in run.means.items()})

    def note(self, **figures: float) -> None:
        """A row of the run log: the means and what a validation found; this step is finished."""
        self.log.note(self.run.step + 1, **self.run.means, **figures)
