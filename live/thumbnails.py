"""`python -m live.thumbnails`: paint the small pictures of the persons that are not there yet.

A show with a control window starts it beside itself, with whatever time the processor has left.
"""

import os
import sys

from models.command import command


@command("dancelive thumbnails", then="")
def main(argv: list[str] | None = None) -> int:
    """One line a picture."""
    from live.picture.thumbnails import paint_missing

    if hasattr(os, "nice"):
        os.nice(19)
    for file in paint_missing():
        print(file, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
