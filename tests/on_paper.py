"""What is written of a song, times to 0.1 ms, as one word: it holds on every processor."""

import hashlib

from models.band.notes import Score


def word_of(score: Score) -> str:
    lines = [f"{score.style} {score.bpm:.2f} {score.beats_per_bar} {score.lead_in_s:.4f}"]
    lines += [f"{s.name} {s.first_bar} {s.n_bars} {s.energy:.3f}" for s in score.sections]
    lines += [f"{time:.4f}" for time in score.kicks]
    for bar, notes in enumerate(score.bars):
        lines += [
            f"{bar} {n.time:.4f} {n.sound} {n.pitch} {n.seconds:.3f} {n.gain:.4f} {n.pan:.3f}"
            f" {n.send:.3f} {n.ducked}"
            for n in notes
        ]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
