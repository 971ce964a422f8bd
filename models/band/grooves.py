"""What the band's styles are made of: drum patterns, bass lines, line-ups, song form.

Pure tables for `score.py`. Times within a bar are in sixteenths: 16 a bar in four, 12 in three.
"""

# One letter a sixteenth: x loud, o soft, . rest. Two or more ways to play each style.
GROOVES: dict[str, list[dict[str, str]]] = {
    "house": [
        {"kick": "x...x...x...x...", "clap": "....x.......x...", "open_hat": "..x...x...x...x.",
         "shaker": "o.ooo.ooo.ooo.oo"},
        {"kick": "x...x...x...x...", "clap": "....x.......x..o", "open_hat": "..x...x...x...x.",
         "hat": "oo.ooo.ooo.ooo.o", "conga_high": "...o..o....o..o."},
        {"kick": "x...x...x...x..o", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o.",
         "rim": "...o...o..o....."},
    ],
    "disco": [
        {"kick": "x...x...x...x...", "snare": "....x.......x...", "open_hat": "..x...x...x...x.",
         "hat": "x.o.x.o.x.o.x.o."},
        {"kick": "x...x...x...x...", "snare": "....x.......x..o", "clap": "....o.......o...",
         "open_hat": "..x...x...x...x.", "cowbell": "o...o.o.o...o.o."},
    ],
    "pop": [
        {"kick": "x.....x.x.......", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
        {"kick": "x..o....x.x.....", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.oo",
         "shaker": "o.ooo.ooo.ooo.oo"},
        {"kick": "x.......x.x...o.", "clap": "....x.......x...", "hat": "x.o.x.o.x.o.x.o.",
         "rim": "......o.......o."},
    ],
    "latin": [
        {"kick": "x...x...x...x...", "rim": "...x..x...x..x..", "shaker": "xooxxooxxooxxoox",
         "conga_high": "..o.x.o...o.x.oo", "conga_low": "......x.......x."},
        {"soft_kick": "x...x..xx...x..x", "clave": "x..x..x...x.x...", "shaker": "x.o.x.o.x.o.x.o.",
         "conga_high": "....x.o.....x.o.", "conga_low": "..oo......oo..x.",
         "snare": "....o.......o..."},
        {"kick": "x...o...x...o.o.", "cowbell": "x.o.x.o.x.o.x.o.", "clave": "..x.x...x..x..x.",
         "conga_high": "..o.x...o.o.x...", "conga_low": "......x......xx."},
    ],
    "waltz": [
        {"soft_kick": "x...........", "brush": "....x...x...", "ride": "o...o.o.o..."},
        {"kick": "x...........", "rim": "....o...o...", "shaker": "o.o.x.o.x.o."},
        {"soft_kick": "x...........", "snare": "....o...o...", "hat": "o...x...x.o."},
    ],
    "drums": [
        {"kick": "x...x...x...x...", "clap": "....x.......x...", "hat": "..x...x...x...x."},
        {"kick": "x...x...x...x...", "hat": "o.x.o.x.o.x.o.x.", "conga_high": "...o..o....o.o..",
         "conga_low": "..........o....."},
        {"kick": "x.....x.x.....o.", "snare": "....x.......x...", "hat": "x.o.x.o.x.o.x.o."},
        {"kick": "x..x..x.x..x..x.", "snare": "....x..o.o..x...", "hat": "x.o.x.o.x.o.x.o."},
    ],
}  # fmt: skip

DRUM_MIX = {  # gain, pan, send
    "kick": (0.86, 0.0, 0.02), "soft_kick": (0.7, 0.0, 0.05), "snare": (0.66, 0.03, 0.16),
    "brush": (0.66, 0.1, 0.2), "clap": (0.7, 0.0, 0.2), "rim": (0.38, -0.3, 0.15),
    "hat": (0.42, 0.28, 0.03), "open_hat": (0.3, 0.25, 0.05), "shaker": (0.4, -0.4, 0.05),
    "crash": (0.42, 0.1, 0.2), "ride": (0.4, 0.35, 0.08), "clave": (0.26, -0.35, 0.2),
    "cowbell": (0.2, 0.35, 0.12), "tom_low": (0.5, 0.3, 0.15), "tom_high": (0.52, -0.2, 0.15),
    "conga_low": (0.46, -0.25, 0.15), "conga_high": (0.44, -0.45, 0.15),
    "kick_hard": (0.68, 0.0, 0.01), "kick_short": (0.86, 0.0, 0.04), "kick_rock": (0.86, 0.0, 0.08),
    "kick_808": (0.74, 0.0, 0.01), "snare_tight": (0.72, 0.0, 0.12), "snare_fat": (0.76, 0.0, 0.2),
    "rim_shot": (0.4, -0.3, 0.15), "hat_808": (0.4, 0.2, 0.02), "open_808": (0.34, -0.2, 0.04),
    "ride_bell": (0.3, 0.35, 0.1), "timbale_high": (0.5, 0.3, 0.16),
    "timbale_low": (0.5, 0.4, 0.16), "campana": (0.36, 0.25, 0.12),
    "guiro_long": (0.3, -0.4, 0.08), "guiro_short": (0.3, -0.4, 0.08), "boom": (0.6, 0.0, 0.2),
}  # fmt: skip

# Chords as scale steps (0 = home), one a bar; and bass rhythms as (sixteenth, chord step, length).
MAJOR_CHORDS = [[0, 4, 5, 3], [0, 5, 3, 4], [0, 3, 0, 4], [3, 4, 2, 5], [0, 2, 3, 4]]
MINOR_CHORDS = [[0, 5, 2, 6], [0, 3, 5, 4], [0, 6, 5, 6], [0, 5, 3, 4], [0, 0, 3, 5]]
MAJOR, MINOR = (0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10)
BASS = {
    "house": [[(0, 0, 1), (2, 0, 2), (6, 0, 2), (8, 0, 1), (10, 0, 2), (14, 4, 2)],
              [(0, 0, 2), (3, 0, 2), (6, 7, 2), (10, 0, 2), (13, 4, 3)],
              [(0, 0, 2), (3, 7, 1), (6, 0, 2), (8, 0, 1), (11, 7, 1), (14, 4, 2)]],
    "disco": [[(0, 0, 2), (2, 7, 2), (4, 0, 2), (6, 7, 2), (8, 0, 2), (10, 7, 2), (12, 4, 2),
               (14, 7, 2)],
              [(0, 0, 3), (3, 0, 1), (6, 4, 2), (8, 7, 2), (11, 4, 1), (14, 0, 2)]],
    "pop": [[(0, 0, 6), (6, 0, 2), (8, 0, 4), (14, 4, 2)],
            [(0, 0, 3), (3, 0, 3), (8, 0, 2), (10, 4, 4)],
            [(k, 0, 2) for k in range(0, 16, 2)]],
    "latin": [[(0, 0, 3), (6, 4, 3), (12, 7, 4)], [(0, 0, 4), (6, 4, 2), (8, 4, 4), (14, 0, 2)]],
    "waltz": [[(0, 0, 10)], [(0, 0, 4), (8, 4, 4)]],
}  # fmt: skip
BAND = {  # bass, chords, pad, tune
    "house": (["sub_bass", "saw_bass"], ["stab", "keys", "piano"], ["pad", "strings"],
              ["pluck", "lead", "bell"]),
    "disco": (["saw_bass"], ["guitar", "keys"], ["strings"], ["brass", "strings", "lead"]),
    "pop": (["saw_bass", "sub_bass"], ["piano", "keys", "guitar"], ["pad", "strings"],
            ["lead", "bell", "pluck"]),
    "latin": (["upright"], ["piano", "guitar"], ["strings"], ["brass", "lead", "accordion"]),
    "waltz": (["upright"], ["piano", "guitar", "accordion"], ["strings", "pad"],
              ["accordion", "strings", "bell", "piano"]),
}  # fmt: skip
CHORD_RHYTHM = {  # (sixteenth, length); the pad holds whole bars under it
    "house": [[(2, 2), (6, 2), (10, 2), (14, 2)], [(0, 2), (3, 2), (6, 2), (11, 3)],
              [(3, 2), (7, 3), (14, 2)]],
    "disco": [[(2, 1), (3, 1), (6, 1), (10, 1), (11, 1), (14, 1)], [(0, 3), (6, 2), (10, 4)]],
    "pop": [[(0, 4), (4, 4), (8, 4), (12, 4)], [(0, 6), (6, 6), (12, 4)], [(0, 8), (8, 8)]],
    "latin": [[(0, 1), (3, 1), (6, 2), (8, 1), (11, 1), (14, 2)],
              [(2, 2), (4, 1), (7, 2), (10, 2), (12, 1), (15, 1)]],
    "waltz": [[(4, 3), (8, 3)], [(4, 2), (8, 2), (10, 2)]],
}  # fmt: skip
# Which layers sound in which section, and how lively it is.
LAYERS = {
    "intro": ("hats kick pad", 0.5),
    "verse": ("hats kick snare bass chords", 0.7),
    "build": ("hats kick snare bass chords pad", 0.8),
    "chorus": ("hats kick snare bass chords pad tune", 1.0),
    "break": ("hats pad tune", 0.3),
    "ending": ("", 0.2),
}
FORM = [
    ("intro", 4), ("verse", 8), ("build", 4), ("chorus", 8), ("break", 4), ("verse", 8),
    ("build", 4), ("chorus", 8), ("chorus", 8), ("break", 4),
]  # fmt: skip
HATS = {
    "hat", "open_hat", "shaker", "ride", "clave", "cowbell", "hat_808", "open_808", "ride_bell",
    "campana", "guiro_long", "guiro_short",
}  # fmt: skip
KICKS = {"kick", "soft_kick", "kick_hard", "kick_short", "kick_rock", "kick_808"}
