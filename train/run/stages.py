"""The commands of `train.all`, stage by stage, for the data at hand. Nothing is run here."""

from dataclasses import dataclass
from pathlib import Path

from train.run.names import CHECKPOINT

STAGES = ("prepare", "actions", "ear", "dance", "target", "evaluate")
PRESETS = ("tiny", "stage", "paper", "paper-live")
NOBODY = "none"  # instead of a person


@dataclass(frozen=True)
class Step:
    """One command of a stage, without the interpreter, and the file that it ends with."""

    stage: str
    command: list[str]
    made: Path

    @property
    def is_done(self) -> bool:
        """Whether its outcome is there and whole; a training that was cut off goes on."""
        if not self.made.is_file():
            return False
        if self.made.suffix != ".safetensors":
            return True
        from models.nets.checkpoint import CheckpointError, read_header

        try:
            header = read_header(self.made)
        except CheckpointError:
            return False  # the training says what is wrong with it
        return header.get("step", 0) >= header.get("total", 0)


@dataclass(frozen=True)
class Plan:
    """What is learned from which data; every stage says its steps."""

    data: Path | None  # folder with dance_with_melody/, bandai_namco_motion/, a person's, ...
    out: Path
    preset: str
    target: str | None = None  # a video, a name below the data, NOBODY; None: the first below it
    consent: str = ""
    hold_out: tuple[str, ...] = ()  # excerpts of the person's video

    def steps(self) -> list[Step]:
        """All in order; those that the data does not allow are replaced or left out."""
        return [
            *self.prepare(), *self.actions(), *self.ear(), *self.dance(), *self.person(),
            *self.evaluate(),
        ]  # fmt: skip

    @property
    def size(self) -> str:
        """Preset of all that has no form of the paper."""
        return "tiny" if "tiny" in self.preset else "stage"

    def named(self, name: str) -> str:
        """What a network is called: a try never like one that is shipped, which it would hide."""
        return f"{name}-tiny" if self.preset == "tiny" else name

    @property
    def motion(self) -> Path | None:
        """The recorded dances."""
        return _folder(self.data, "dance_with_melody")

    @property
    def ballroom(self) -> Path:
        """Songs prepared from the recorded dances."""
        return self.out / "prepared" / "ballroom"

    @property
    def free(self) -> Path:
        """Songs of the project's own choreography."""
        return self.out / "prepared" / "free"

    @property
    def songs(self) -> Path:
        """The best songs that the data allows."""
        return self.ballroom if self.motion else self.free

    @property
    def action_network(self) -> Path:
        return self.out / "stgcn" / "actions" / CHECKPOINT

    @property
    def video(self) -> Path | None:
        """Of the person; None: the drawn figure."""
        return find_person(self.data, self.target)

    def prepare(self) -> list[Step]:
        found: list[Step] = []
        if self.motion:
            made = self.ballroom / "report.json"
            found.append(_step("prepare", made, "prepare", self.motion, "--out", self.ballroom))
        if not self.motion or self.preset == "stage":
            words = ("--out", self.free, "--preset", self.size)
            found.append(_step("prepare", self.free / "complete", "choreography", *words))
        return found

    def actions(self) -> list[Step]:
        words: list[str | Path] = ["--songs", self.songs]
        bandai = _folder(self.data, "bandai_namco_motion")
        if bandai:
            words += ["--bandai", bandai]
        if self.motion:
            words += ["--dance", self.motion]
        words += ["--out", self.action_network.parent, "--preset", self.size]
        return [_step("actions", self.action_network, "pretrain_stgcn", *words)]

    def ear(self) -> list[Step]:
        run = self.out / "beat" / self.named("ear")
        recorded = ("--data", self.ballroom) if self.motion else ()
        words = (*recorded, "--name", run.name, "--out", run, "--preset", self.size)
        return [_step("ear", run / CHECKPOINT, "beat", *words)]

    def dances(self) -> dict[str, tuple[Path, str]]:
        """Of the preset, by name: the songs each learns from and its own preset."""
        if self.preset == "tiny":
            name = self.named("ballroom" if self.motion else "free")
            return {name: (self.songs, "tiny"), f"{name}-paper": (self.songs, "paper-tiny")}
        if self.preset == "stage":
            recorded = {"ballroom": (self.ballroom, "stage")} if self.motion else {}
            return {**recorded, "free": (self.free, "stage")}
        return {self.preset: (self.songs, self.preset)}

    def dance(self) -> list[Step]:
        found: list[Step] = []
        for name, (songs, form) in self.dances().items():
            run = self.out / "dance" / name
            words: list[str | Path] = [songs, "--name", name, "--out", run, "--preset", form]
            if (name, form) == ("free", "stage"):
                words += ["--beat-pull", "1"]  # its plans are on the beat anyway
            if "paper" in form:
                words += ["--actions", self.action_network]
            found.append(_step("dance", run / CHECKPOINT, "dance", *words))
        return found

    def person(self) -> list[Step]:
        if self.target == NOBODY:
            return []
        run = self._person_run
        form = "puppet-tiny" if self.size == "tiny" else "puppet"
        words = [*self._material, "--name", run.name, "--out", run, "--preset", form]
        if self.consent:
            words += ["--consent", self.consent]
        return [_step("target", run / CHECKPOINT, "target", *words, "--no-export")]

    def evaluate(self) -> list[Step]:
        found: list[Step] = []
        dances = self.dances()
        for songs in dict.fromkeys(songs for songs, _ in dances.values()):
            runs = [self.out / "dance" / name for name, (own, _) in dances.items() if own == songs]
            report = self.out / "evaluation" / songs.name
            words = ("--dance", *runs, "--data", songs, "--out", report)
            found.append(_step("evaluate", report / "report.json", "evaluate", *words))
        if self.target != NOBODY and (self.hold_out or self.video is None):
            run = self._person_run
            report = self.out / "evaluation" / run.name
            words = (run / CHECKPOINT, *self._material, "--against", "nearest")
            kept = ("--out", report / "report.json", "--page", report / "report.html")
            made = report / "report.json"
            found.append(_step("evaluate", made, "evaluate_target", *words, *kept))
        return found

    @property
    def _person_run(self) -> Path:
        return self.out / "target" / self.named(self.video.stem if self.video else "drawn")

    @property
    def _material(self) -> list[str | Path]:
        """As train.target and train.evaluate_target take it."""
        shown: list[str | Path] = [self.video] if self.video else ["--synthetic"]
        return [*shown, *(["--hold-out", *self.hold_out] if self.hold_out else [])]


def find_person(data: Path | None, target: str | None) -> Path | None:
    """The video of a person: a file, by name below the data, or the first below it.

    It lies in a folder of its name: `NAME/NAME.mp4`.
    """
    if target and Path(target).is_file():
        return Path(target)
    if data is None or not data.is_dir():
        return None
    names = [target] if target else sorted(path.name for path in data.iterdir())
    return next((v for name in names if (v := data / name / f"{name}.mp4").is_file()), None)


def chosen(steps: list[Step], only: list[str] | None, first: str | None) -> list[Step]:
    """Those of the named stages, or from one stage on."""
    names = STAGES[STAGES.index(first) :] if first else STAGES
    return [step for step in steps if step.stage in names and step.stage in (only or names)]


def _step(stage: str, made: Path, module: str, *words: str | Path) -> Step:
    return Step(stage, [f"train.{module}", *map(str, words)], made)


def _folder(data: Path | None, name: str) -> Path | None:
    return data / name if data and (data / name).is_dir() else None
