"""Whether this machine has something that draws as a graphics chip does."""

import pytest

from models.puppet.chip.process import ChipInfo, look
from models.runtime.engines import EngineError

CHIP: ChipInfo | str  # or why there is none
try:
    CHIP = look()
except EngineError as error:
    CHIP = str(error)

needs_chip = pytest.mark.skipif(isinstance(CHIP, str), reason=str(CHIP))


def chip_is_real() -> bool:
    """Whether it is no software."""
    return isinstance(CHIP, ChipInfo) and not CHIP.is_software
