"""Changes that an audience or a performer would notice; a test has to fail for each."""

from benchmarks.mutants.heart import Heart

TWEEN, LOADER = "live/dance/tween.py", "live/core/loader.py"
FOLLOWER, FILM = "live/dance/beat_follower.py", "live/recording/mp4_file.py"
PAINTER, CHUNKER = "models/runtime/painter.py", "live/sound/chunker.py"

STAGE: tuple[Heart, ...] = (
    Heart("left stays left in the mirror", "models/skeleton.py",
          "poses[..., MIRROR, :].copy()", "poses.copy()"),
    Heart("anyone may command over OSC", "live/osc/listener.py",
          'host: str = "127.0.0.1"', 'host: str = "0.0.0.0"'),
    Heart("the box is painted with x and y exchanged", PAINTER,
          "int(corner[0]), int(corner[1]))", "int(corner[1]), int(corner[0]))"),
    Heart("the skeleton is painted with x and y exchanged", "live/picture/skeleton_painter.py",
          "columns.start, rows.start)", "rows.start, columns.start)"),
    Heart("a cut box is placed with x and y exchanged", PAINTER,
          "x, y = self.x + int(columns[0]), self.y + int(rows[0])",
          "y, x = self.x + int(columns[0]), self.y + int(rows[0])"),
    Heart("a state that is not finite is carried on", "models/runtime/stepper.py",
          "        if not is_finite:\n", "        if False:\n"),
    Heart("horizons are later by one", "live/dance/dancer.py",
          "times = end + self.horizons", "times = end + self.horizons + CHUNK_SECONDS"),
    Heart("poses are of the horizon before", "live/dance/dancer.py",
          "PosePlan(end, times, poses,", "PosePlan(end, times, np.roll(poses, 1, 0),"),
    Heart("early is late", TWEEN, "min(max(0.0, -delay), MOST_EARLY_S)",
          "min(max(0.0, delay), MOST_EARLY_S)"),
    Heart("late is early for the picture", "live/show/frame_clock.py",
          "host(media_time) + self._delay", "host(media_time) - self._delay"),
    Heart("what overlaps in the film's sound is heard twice", FILM,
          "samples = samples[-gap:]", "samples = samples[:]"),
    Heart("what overlaps in the film's sound is cut off at the end", FILM,
          "samples = samples[-gap:]", "samples = samples[:gap]"),
    Heart("a tap does not know the nudge", FOLLOWER,
          "self._tracker.tap(time - self._start - self.nudged)",
          "self._tracker.tap(time - self._start)"),
    Heart("a nudge goes the other way", FOLLOWER,
          "self.nudged += seconds", "self.nudged -= seconds"),
    Heart("frames are late after five frames", "live/show/report.py",
          "error > 0.5 / self._settings.fps", "error > 5 / self._settings.fps"),
    Heart("what was loaded slowly replaces the newer wish", LOADER,
          "is_wanted = not self._is_closed and wish == self._wanted",
          "is_wanted = not self._is_closed"),
    Heart("what is shown is loaded again", LOADER,
          "if self._is_closed or wish == self._wanted:", "if self._is_closed:"),
    Heart("sound is clipped before it is mixed", CHUNKER,
          "np.clip(self._mix.feed(block.samples[heard_already:]), -1.0, 1.0)",
          "self._mix.feed(np.clip(block.samples[heard_already:], -1.0, 1.0))"),
    Heart("what was heard already is heard again", CHUNKER,
          "block.samples[heard_already:]", "block.samples"),
    Heart("channels that cancel each other are mixed", "models/down_mix.py",
          "together < AGAINST", "together < -2.0"),
)  # fmt: skip
