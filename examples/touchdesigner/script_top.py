"""Callbacks of a Script TOP: the dancer on nothing, out of the Text DAT `dancelive_show`.

Lay it over the rest with an Over TOP. Not tried in TouchDesigner.
"""


def onCook(scriptOp):
    seen = op("dancelive_show").module.newest()
    if seen is not None:  # colours multiplied by alpha, as TOPs take them; their first row is below
        scriptOp.copyNumpyArray(seen.rgba[::-1].copy())


def onGetCookLevel(scriptOp):
    return CookLevel.WHEN_USED  # every frame; nothing else says that there is a new picture
