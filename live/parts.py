"""Settings -> the parts of a show, loaded and warmed; what is wrong is said before it begins."""

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)
