"""A small puppet of the drawn figure, learned in seconds, and its bundle."""

from pathlib import Path

from export.puppet import export_puppet
from models.bundle import Bundle
from tests.seeds import seed_of
from train.person.drawn import synthetic_keyed
from train.renderer.config import PUPPET_PRESETS
from train.renderer.puppet.train import train_puppet

SIZE = 128


def learned(out: Path) -> Path:
    """Its checkpoint below `out`; its views were cut twice on the way."""
    data = synthetic_keyed(SIZE, 60, seed_of(1))
    run = train_puppet(data, PUPPET_PRESETS["puppet-tiny"], out, "drawn", seed=seed_of(1))
    assert run.carried["cuts"] == 2
    return run.path


def bundled(checkpoint: Path, folder: Path) -> Bundle:
    """The bundle, in a folder called as the person is."""
    return export_puppet(checkpoint, folder / "drawn")
