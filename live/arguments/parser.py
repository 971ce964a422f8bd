"""The flags of the command line."""

import argparse
from importlib.metadata import version
from typing import NoReturn

from live.arguments.dance import add_company, add_show, add_songs
from live.arguments.kept import add_instead, add_memory, add_recording
from live.arguments.others import add_beat, add_midi, add_osc, add_outputs, add_remote
from live.arguments.stage import add_painting, add_place, add_screen
from live.arguments.wrong import in_words

EXAMPLES = """examples:
  dancelive --input demo --target alice          no microphone needed
  dancelive --input mic --target alice --fullscreen
  dancelive --input song.mp3 --target alice --offline --record song.mp4"""


def parser() -> argparse.ArgumentParser:
    """All flags."""
    p = _Parser(
        prog="dancelive",
        description="Listens to music and lets a trained person dance to it, live.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    p.add_argument("-h", "--help", action=_Help, nargs=0, help="show this and exit")
    p.add_argument("--version", action="version", version=f"dancelive {version('dancelive')}")
    add_show(p.add_argument_group("the show"))
    add_songs(p.add_argument_group("several songs"))
    add_company(p.add_argument_group("several dancers"))
    screen = p.add_argument_group("the stage screen")
    add_screen(screen)
    add_place(screen)
    add_painting(screen)
    add_osc(p.add_argument_group("OSC"))
    add_remote(p.add_argument_group("phone and tablet"))
    add_midi(p.add_argument_group("MIDI"))
    add_beat(p.add_argument_group("whose beat counts"))
    add_outputs(p.add_argument_group("into other software"))
    add_recording(p.add_argument_group("recording"))
    add_memory(p.add_argument_group("remembered"))
    add_instead(p.add_argument_group("instead of a show"))
    p.add_argument("--verbose", action="store_true", help=argparse.SUPPRESS)
    return p


class _Parser(argparse.ArgumentParser):
    """Says one sentence where a flag is wrong, and not all flags that there are."""

    def error(self, message: str) -> NoReturn:
        flags = [flag for action in self._actions for flag in action.option_strings]
        self.exit(2, f"{self.prog}: {in_words(message, flags)}\n")


class _Help(argparse.Action):
    """Help with all keys, which need not be known to start a show."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from live.controls.keys import help_text

        parser.epilog = f"{EXAMPLES}\n{help_text()}"
        parser.print_help()
        parser.exit()
