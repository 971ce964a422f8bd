"""A show that runs inside TouchDesigner, for the Script TOP and the Script CHOP beside it.

Put this into a Text DAT called `dancelive_show` and name below where dancelive is installed: an
environment of the same Python version as TouchDesigner's own. Then, in the textport or in an
Execute DAT's onStart:  op('/project1/dancelive_show').module.start()
Call stop() before the text is changed and at the end. Not tried in TouchDesigner.
"""

import multiprocessing
import site

SITE = "C:/dancelive/.venv/Lib/site-packages"
PYTHON = "C:/dancelive/.venv/Scripts/python.exe"  # a program beside it reads the sound device
INPUT, TARGET, SIZE = "mic", "alice", (1280, 720)

show = None


def start(**asked):
    """Load and begin: TouchDesigner stands still meanwhile, some seconds. `asked` as of Show."""
    global show
    stop()
    site.addsitedir(SITE)
    multiprocessing.set_executable(PYTHON)  # else each of these would be one more TouchDesigner
    import dancelive

    show = dancelive.Show(INPUT, TARGET, output=SIZE, **asked)


def stop():
    """End it and give the sound device back."""
    global show
    if show is not None:
        show.close()
    show = None


def newest():
    """What is to be seen now; None before that."""
    return None if show is None else show.newest()
