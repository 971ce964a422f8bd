"""Which controls stand together before people, in which order; what is not named comes last."""

from collections.abc import Iterable

from live.core.settings import MODULATED, MODULATIONS

HAND = "hand"  # the group that is always there
GROUPS: dict[str, tuple[str, ...]] = {
    HAND: ("blackout", "freeze", "tap"),
    "scenes": ("scene", "quantise", "fade", "keep_scene"),
    "dancer": ("target", "dance", "style", "energy", "mirror"),
    "company": ("dancers", "others", "places", "company", "canon"),
    "beat": ("beat_source", "bpm", "nudge", "half", "double", "phase_lock", "reset"),
    "stage": ("background", "shadow", "scale", "x", "y", "fit", "output", "fullscreen", "overlay"),
    "sound": ("gain", "delay", "previous", "next"),
    "with the beat": tuple(f"{name}_{what}" for name in MODULATED for what in MODULATIONS),
    "outputs": ("record", "out_on", "out_off"),
    "MIDI": ("midi_learn", "midi_forget"),
}
REST = "more"
AT_TOUCH = ("tap",)  # counts when the finger comes, not when it goes


def grouped(names: Iterable[str]) -> dict[str, list[str]]:
    """These controls by their groups, in order; no group is empty."""
    left = dict.fromkeys(names)
    found = {group: [one for one in ones if one in left] for group, ones in GROUPS.items()}
    named = {one for ones in found.values() for one in ones}
    found[REST] = [one for one in left if one not in named]
    return {group: ones for group, ones in found.items() if ones}
