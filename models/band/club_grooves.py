"""What the band's club styles are made of: tempos, drum patterns, bass lines, line-ups.

Pure tables for `club_writer.py`. Times within a bar are in sixteenths at the tempo a style is
written in; a pattern of 32 takes two bars. The band's other styles can be played in club form too.
"""

from dataclasses import dataclass, replace

from models.band.grooves import (
    BAND,
    BASS,
    CHORD_RHYTHM,
    GROOVES,
    MAJOR_CHORDS,
    MINOR_CHORDS,
)

Groove = dict[str, str]  # drum: a letter a sixteenth, see `STROKES`
Line = list[tuple[int, int, int]]  # (sixteenth, chord step, 7 = an octave up; length)

STROKES = {  # loudness of the hits in a sixteenth, evenly spaced
    "x": (1.0,), "o": (0.45,), "g": (0.2,), "d": (0.6, 0.5), "t": (0.6, 0.45, 0.5),
}  # fmt: skip


@dataclass(frozen=True)
class ClubStyle:
    """How a style is played. Of every tuple the seed takes one, of `grooves` two."""

    tempos: tuple[tuple[int, int], ...]  # usual ones, BPM
    grooves: tuple[Groove, ...]
    bass: tuple[str, ...] = ()
    bass_lines: tuple[Line, ...] = ()
    chords: tuple[str, ...] = ()
    held_back_chords: str = ""  # in their place before and after a drop
    rhythms: tuple[list[tuple[int, int]], ...] = ()  # (sixteenth, length)
    pads: tuple[str, ...] = ()
    tunes: tuple[str, ...] = ()
    voicing: tuple[int, ...] = (0, 2, 4)  # of the chords, in scale steps
    minor_share: float = 0.8
    major: tuple[list[int], ...] = tuple(MAJOR_CHORDS)  # a chord a bar
    minor: tuple[list[int], ...] = tuple(MINOR_CHORDS)
    chops: tuple[tuple[int, ...], ...] = ((),)  # sixteenths of two bars with a cut syllable
    fills: tuple[tuple[str, ...], ...] = (("snare_tight",) * 4,)  # up to the end of a part
    roll: str = "snare_tight"  # before a drop
    roll_bars: int = 4
    swings: tuple[float, ...] = (0.0,)  # by how many sixteenths every second one comes late
    half_groove: Groove | None = None  # of a part with the snare on three only
    is_danced_at_half: bool = False  # written fast, danced at every second beat
    has_sequence: bool = False  # the tune is a bar of sixteenths over and over
    is_montuno: bool = False  # chords are broken in octaves, chords and bass come early
    chord_gain: float = 0.22  # a note


_FOUR = "x...x...x...x..."
_EIGHTHS = [(k, 0, 2) for k in range(0, 16, 2)]
_TOMS = ("tom_high", "tom_high", "tom_high", "tom_low", "tom_low", "tom_low")

CLUB = {
    "techno": ClubStyle(
        tempos=((125, 140),),
        grooves=(
            {"kick_hard": _FOUR, "open_808": "..x...x...x...x.", "hat_808": "oogoooooooogoooo",
             "clap": "....x.......x...", "rim_shot": "...o..o...o..o.."},
            {"kick_hard": _FOUR, "ride": "..x...x...x...x.", "hat_808": "xoooxoooxoooxooo",
             "clap": "....x.......x...", "tom_low": "......o..o....o."},
            {"kick_hard": _FOUR, "open_808": "..x...x...x...x.", "shaker": "oxooxooxoxooxoox",
             "snare_tight": "....o..g....o.g.", "conga_high": "...o.....o.o...."},
        ),
        bass=("saw_bass", "acid", "sub_bass"),
        bass_lines=(
            [(k, 0, 1) for k in range(16) if k % 4],
            [(2, 0, 2), (6, 0, 2), (10, 0, 2), (14, 0, 2)],
            [(2, 0, 1), (3, 0, 1), (6, 0, 1), (7, 7, 1), (10, 0, 1), (11, 0, 1), (14, 2, 2)],
        ),
        chords=("stab", "supersaw"),
        rhythms=([(3, 1), (6, 1), (11, 2)], [(2, 2), (10, 1), (13, 1)], [(6, 2), (14, 2)]),
        pads=("pad", "strings"),
        tunes=("acid", "pluck", "supersaw"),
        minor_share=1.0,
        minor=([0, 0, 0, 0], [0, 0, 5, 5], [0, 0, 0, 6], [0, 0, 3, 3]),
        chops=((), (6, 14, 22, 30), (10, 11, 26, 27)),
        has_sequence=True,
    ),
    "dnb": ClubStyle(
        tempos=((165, 180),),
        grooves=(
            {"kick_short": "x.........x.....", "snare_tight": "....x.......x...",
             "hat": "x.xox.xox.xox.xo", "shaker": "oooooooooooooooo"},
            {"kick_short": "x.x.......xx....x.x.......x..x..",
             "snare_fat": "....x..g.g..x..g....x..g.g..x.gg", "ride": "x.x.x.x.x.x.x.x."},
            {"kick_short": "x.....x...x.....x......x..x.....",
             "snare_tight": "....x..g....x..g....x..g.g..x.go", "hat_808": "x.o.x.oox.o.x.oo",
             "rim_shot": ".......o.......o"},
        ),
        bass=("reese", "reese", "saw_bass"),
        bass_lines=(
            [(0, 0, 10), (10, 0, 6)],
            [(0, 0, 6), (6, 0, 4), (10, 7, 2), (12, 4, 4)],
            [(0, 0, 3), (3, 0, 3), (8, 0, 2), (10, 0, 6), (16, 0, 8), (26, 2, 3), (29, 7, 3)],
        ),
        chords=("stab", "supersaw", "piano"),
        rhythms=([(0, 3), (10, 4)], [(6, 2), (14, 2)], [(0, 6), (6, 4), (10, 6)]),
        pads=("strings", "pad"),
        tunes=("pluck", "supersaw", "bell"),
        minor_share=0.9,
        chops=((2, 10, 18, 26, 28), (0, 6, 22), ()),
        fills=(("snare_tight",) * 6, ("snare_fat", "kick_short") * 3),
        is_danced_at_half=True,
    ),
    "trap": ClubStyle(
        tempos=((130, 150), (65, 75)),
        grooves=(
            {"kick_808": "x.....x.......x.x.....x...x.....", "clap": "........x.......",
             "snare_tight": "........x.......", "hat_808": "x.x.x.x.x.x.d.d.x.x.x.xtx.x.dddd",
             "open_808": "..............o................."},
            {"kick_808": "x..x......x.....x.....x......x..", "snare_tight": "........x.......",
             "hat_808": "xoxoxoxoxoddxoxoxoxodtxoxoxoxddd", "rim_shot": "......o....o...o"},
            {"kick_808": "x.........x.x...x..x......x.....", "clap": "........x......o",
             "hat_808": "x.o.x.o.x.ddx.o.t.t.x.o.x.o.dddd", "conga_high": "...o......o....."},
        ),
        bass=("sub_808",),
        bass_lines=(
            [(0, 0, 6), (6, 0, 7), (14, 0, 2), (16, 0, 6), (22, 4, 4), (26, 0, 6)],
            [(0, 0, 3), (3, 0, 6), (10, 0, 6), (16, 0, 6), (22, 0, 6), (29, 7, 3)],
            [(0, 0, 9), (10, 0, 2), (12, 4, 4), (16, 0, 3), (19, 0, 6), (26, 0, 6)],
        ),
        chords=("keys", "stab", "brass"),
        rhythms=([(0, 14)], [(0, 4), (6, 8)], [(0, 3), (3, 3), (6, 8)]),
        pads=("strings", "pad"),
        tunes=("bell", "pluck", "piano"),
        minor_share=1.0,
        chops=((6, 14, 22, 28), (4, 12, 20), ()),
        fills=(("snare_tight",) * 4, ("tom_high", "tom_high", "tom_low", "tom_low")),
        is_danced_at_half=True,
    ),
    "hiphop": ClubStyle(
        tempos=((84, 100),),
        grooves=(
            {"kick_short": "x......x..x.....x..x...x..x.....", "snare_fat": "....x.......x..g",
             "hat": "x.x.x.x.x.x.x.xo"},
            {"kick_short": "x.x.......xx....x.x....x..x.....", "snare_fat": "....x..g.g..x...",
             "hat": "xgxgxgxgxgxgxgxo", "shaker": "..o...o...o...o."},
            {"kick_short": "x..x...x..x.....x.........xx....", "rim_shot": "....x.......x...",
             "snare_fat": "....x.......x...", "hat": "x.x.x.xox.x.x.x."},
        ),
        bass=("upright", "sub_bass", "saw_bass"),
        bass_lines=(
            [(0, 0, 3), (7, 0, 3), (10, 4, 5), (16, 0, 3), (19, 0, 2), (23, 2, 3), (26, 4, 5)],
            [(0, 0, 6), (10, 0, 2), (11, 7, 3), (16, 0, 6), (26, 4, 5)],
            [(0, 0, 3), (3, 0, 3), (7, 4, 3), (10, 0, 4), (14, 7, 2)],
        ),
        chords=("keys", "piano", "guitar"),
        rhythms=([(0, 10), (10, 6)], [(0, 3), (3, 6), (10, 4)], [(2, 2), (6, 2), (10, 4)]),
        pads=("strings", "pad"),
        tunes=("bell", "pluck", "brass"),
        voicing=(0, 2, 4, 6),
        minor_share=0.75,
        chops=((3, 6, 10, 22), (14, 15, 30), ()),
        fills=(("snare_fat", "kick_short", "snare_fat", "snare_fat"), ("snare_fat",) * 3),
        roll="snare_fat",
        roll_bars=1,
        swings=(0.14, 0.22, 0.3),
    ),
    "breakbeat": ClubStyle(
        tempos=((120, 140),),
        grooves=(
            {"kick_short": "x.....x...x.....x..x..x...x.....",
             "snare_tight": "....x.......x..g....x..g....x...", "hat_808": "x.o.x.o.x.o.x.o.",
             "open_808": "..............x."},
            {"kick_hard": "x..x......x..x..x..x......x.....",
             "snare_fat": "....x..g.g..x..g....x..g.g.gx...", "hat": "xoxoxoxoxoxoxoxo"},
            {"kick_short": "x.x...x...x..x..x.x....x..x.....", "snare_fat": "....x..g.g.gx..g",
             "ride": "x.o.x.o.x.o.x.o.", "cowbell": "o..o..o...o..o.."},
        ),
        bass=("reese", "saw_bass", "acid"),
        bass_lines=(
            [(0, 0, 2), (3, 0, 2), (6, 0, 3), (10, 0, 2), (13, 7, 2)],
            [(0, 0, 5), (6, 0, 3), (10, 4, 2), (12, 7, 2), (14, 0, 2)],
            [(0, 0, 2), (2, 7, 1), (6, 0, 2), (8, 7, 2), (10, 0, 2), (12, 4, 2), (14, 2, 2)],
        ),
        chords=("stab", "supersaw", "piano"),
        rhythms=([(0, 2), (3, 2), (6, 2), (11, 3)], [(0, 3), (4, 2), (7, 1), (10, 3)]),
        pads=("pad", "strings"),
        tunes=("acid", "lead", "pluck"),
        chops=((4, 12, 20, 27, 28), (0, 3, 6, 16, 22), ()),
        fills=(("snare_fat",) * 4, ("snare_tight", "kick_short") * 2),
        swings=(0.0, 0.0, 0.1),
        has_sequence=True,
    ),
    "rock": ClubStyle(
        tempos=((100, 180),),
        grooves=(
            {"kick_rock": "x.......x.x.....", "snare_fat": "....x.......x...",
             "hat": "x.o.x.o.x.o.x.o."},
            {"kick_rock": "x.x.....x.x...x.", "snare_fat": "....x.......x...",
             "ride": "x.o.x.o.x.o.x.o.", "ride_bell": "o...o...o...o..."},
            {"kick_rock": "x.....x.x.....x.", "snare_fat": "....x.......x...",
             "open_hat": "x.x.x.x.x.x.x.x."},
        ),
        bass=("saw_bass",),
        bass_lines=(_EIGHTHS, [(0, 0, 4), (4, 0, 2), (6, 0, 2), (8, 0, 4), (12, 0, 2), (14, 4, 2)]),
        chords=("power_chord",),
        held_back_chords="power_mute",
        rhythms=(
            [(0, 4), (4, 2), (6, 2), (8, 4), (12, 2), (14, 2)],
            [(0, 6), (6, 6), (12, 4)],
            [(k, 2) for k in range(0, 16, 2)],
        ),
        pads=("guitar", "strings"),
        tunes=("lead_guitar",),
        voicing=(0,),
        minor_share=0.6,
        minor=([0, 5, 2, 6], [0, 6, 5, 6], [0, 0, 5, 6], [0, 2, 3, 5]),
        fills=(
            ("snare_fat", "snare_fat", *_TOMS),
            ("snare_fat",) * 4 + ("tom_high", "tom_high", "tom_low", "tom_low"),
            ("snare_fat", "kick_rock", "snare_fat", "snare_fat"),
        ),
        roll="snare_fat",
        roll_bars=2,
        half_groove={"kick_rock": "x.........x.....", "snare_fat": "........x.......",
                     "ride": "x...x...x...x...", "crash": "x..............."},
        chord_gain=0.24,
    ),
    "salsa": ClubStyle(
        tempos=((160, 210),),
        grooves=(
            {"clave": "....x...x.......x.....x.....x...", "campana": "x...o.o.x...o.o.",
             "guiro_long": "x.......x.......", "guiro_short": "....o.o.....o.o.",
             "conga_high": "o...x...o.......", "conga_low": "............x.x.",
             "soft_kick": "x.......x......."},
            {"clave": "x.....x.....x.......x...x.......", "campana": "x.o.x.o.x.o.x.o.",
             "timbale_low": "......o.........", "conga_high": "o...x...o.o.....",
             "conga_low": "............x.x.", "kick_rock": "x.....o.o......."},
            {"clave": "....x...x.......x.....x.....x...", "rim": "x...x...x.x...x.x.x...x...x.x...",
             "campana": "x.......x.......", "guiro_long": "x.......x.......",
             "conga_high": "o.o.x...o.o.....", "conga_low": "............x.x.",
             "soft_kick": "x.....o.x......."},
        ),
        bass=("upright",),
        bass_lines=([(6, 4, 6), (12, 0, 10)], [(6, 4, 5), (12, 7, 4)], [(6, 0, 6), (12, 0, 8)]),
        chords=("piano",),
        rhythms=(
            [(0, 2), (4, 2), (6, 3), (10, 3), (14, 3), (18, 3), (22, 3), (26, 3), (30, 2)],
            [(2, 2), (6, 3), (10, 3), (14, 2), (16, 2), (20, 2), (22, 3), (26, 3), (30, 2)],
        ),
        pads=("strings",),
        tunes=("brass", "brass", "lead"),
        voicing=(0, 2, 4, 6),
        minor_share=0.6,
        fills=(("timbale_high",) * 4 + ("timbale_low",) * 2, ("timbale_high", "timbale_low") * 3),
        roll="timbale_high",
        roll_bars=2,
        is_danced_at_half=True,
        is_montuno=True,
        chord_gain=0.26,
    ),
    "electro": ClubStyle(
        tempos=((100, 128),),
        grooves=(
            {"kick_808": "x.....x...x.....", "snare_tight": "....x.......x...",
             "clap": "....x.......x...", "hat_808": "xoxoxoxoxoxoxoxd",
             "cowbell": "..o...o..o..o..."},
            {"kick_808": "x..x..x...x..x..", "snare_tight": "....x.......x..g",
             "hat_808": "o.x.o.x.o.x.o.x.", "open_808": "......x.......x.",
             "conga_high": "...o..o....o..oo"},
            {"kick_hard": "x.....x.x.x.....", "clap": "....x.......x...",
             "hat_808": "xooxooxoxooxooxo", "rim_shot": "...o......o..o.."},
        ),
        bass=("saw_bass", "acid"),
        bass_lines=(
            [(0, 0, 1), (2, 7, 1), (3, 0, 1), (6, 7, 1), (8, 0, 1), (10, 7, 1), (11, 0, 1),
             (14, 4, 1), (15, 7, 1)],
            [(0, 0, 2), (3, 0, 1), (4, 7, 1), (6, 0, 2), (10, 0, 1), (11, 7, 1), (13, 4, 1),
             (14, 2, 2)],
            [(k, 7 * (k % 4 == 2), 1) for k in range(0, 16, 2)],
        ),
        chords=("stab", "keys", "supersaw"),
        rhythms=([(3, 1), (6, 2), (14, 1)], [(4, 1), (7, 1), (12, 1), (15, 1)], [(0, 3), (10, 2)]),
        pads=("pad", "strings"),
        tunes=("lead", "pluck", "brass"),
        voicing=(0, 2, 4, 6),
        chops=((4, 7, 12, 23, 28), (0, 3, 6, 10, 16), ()),
        fills=(("tom_high", "tom_high", "tom_low", "tom_low"), ("snare_tight",) * 4),
        roll_bars=2,
    ),
}  # fmt: skip


def club_style(style: str) -> ClubStyle:
    """The style of that name; those of the other tables become what club form needs."""
    if style in CLUB:
        return CLUB[style]
    bare = ClubStyle(
        (), tuple(GROOVES[style]), fills=(("snare",) * 4, ("tom_high", "tom_low") * 2), roll="snare"
    )
    if style not in BAND:
        return bare
    bass, chords, pads, tunes = (tuple(names) for names in BAND[style])
    lines, rhythms = tuple(BASS[style]), tuple(CHORD_RHYTHM[style])
    return replace(
        bare, bass=bass, bass_lines=lines, chords=chords, rhythms=rhythms, pads=pads, tunes=tunes,
        minor_share=0.5,
    )  # fmt: skip
