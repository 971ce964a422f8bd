"""`make demo`: the built-in band and alice in a window; without a display 20 s into demo.mp4."""

import sys

from live.cli import main
from live.window.display import has_display


def arguments() -> list[str]:
    show = ["--input", "demo", "--target", "alice"]
    works, _ = has_display()
    return show if works else [*show, "--headless", "--duration", "20", "--record", "demo.mp4"]


if __name__ == "__main__":
    sys.exit(main(arguments()))
