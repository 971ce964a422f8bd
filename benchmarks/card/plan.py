"""What there is to do on a card, in order: stages, each one command of the project."""

from dataclasses import dataclass
from pathlib import Path

CONDITIONS = ("l1", "global", "local", "full")  # of the paper's Table 2
SEEDS = ("0", "1", "2")
STEPS = "11000"
SIZES = (256, 512, 1024)


@dataclass(frozen=True)
class Stage:
    """One command and what it needs."""

    name: str
    words: tuple[str, ...]  # after `python -m`
    needs: tuple[str, ...] = ()  # names of benchmarks.card.machine
    goes_on: bool = False  # a training: stopped, the same command goes on
    least_s: float = 20.0  # with less time left it is not begun
    after: str = ""  # the stage that must be done before


@dataclass(frozen=True)
class Material:
    """What was brought along; what is None is replaced by the project's own, or left out."""

    songs: Path | None = None  # prepared songs, for the paper
    club: Path | None = None  # prepared songs of the club
    video: Path | None = None  # of a person
    vgg: Path | None = None


def stages(out: Path, material: Material, is_tiny: bool) -> list[Stage]:
    """All of the day; `is_tiny` = the whole course in little, on the processor."""
    device = "cpu" if is_tiny else "cuda"
    sizes = (64,) if is_tiny else SIZES
    return [
        *_engines(out, sizes, is_tiny),
        *_trainings(out, material, device, is_tiny),
        Stage(
            "columns",
            ("benchmarks.card.columns", str(out), "--out", str(out / "columns.md")),
            least_s=5.0,
        ),
    ]


def _engines(out: Path, sizes: tuple[int, ...], is_tiny: bool) -> list[Stage]:
    """Drawn persons of each size, never mind how well they are learned, on every engine."""
    found: list[Stage] = []
    needs = () if is_tiny else ("card", "onnxruntime")
    for size in sizes:
        name, run = f"card-{size}", out / "persons" / f"card-{size}"
        learn = (
            "train.target", "--synthetic", "--name", name, "--out", str(run), "--no-export",
            "--preset", "tiny" if is_tiny else "stage", "--size", str(size), "--iterations", "4",
        )  # fmt: skip
        made = out / "bundles" / name
        export = ("export", str(run), "--out", str(made), "--precision", "int8", "fp16", "fp32")
        measured = out / "measured" / f"{name}.json"
        measure = ("benchmarks.card.engines", str(made), "--out", str(measured))
        measure += ("--pictures", "5" if is_tiny else "200")
        found += [
            Stage(f"person-{size}", learn, goes_on=True),
            Stage(f"export-{size}", export, after=f"person-{size}"),
            Stage(f"engines-{size}", measure, needs, after=f"export-{size}"),
        ]
    first = sizes[min(1, len(sizes) - 1)]
    target, seconds = str(out / "bundles" / f"card-{first}"), "4" if is_tiny else "480"
    show = ("benchmarks.card.show", target, "--fps", "60", "--seconds", seconds)
    crowded = ("benchmarks.card.crowded", target, "--out", str(out / "measured" / "crowded.json"))
    return [
        *found,
        Stage(
            "show-60", (*show, "--out", str(out / "measured" / "show-60.json")), needs,
            least_s=10.0 if is_tiny else 500.0, after=f"export-{first}",
        ),
        Stage("crowded", crowded, ("card", "torch", "onnxruntime"), least_s=90.0,
              after=f"export-{first}"),
        Stage("puppet", ("benchmarks.puppet", "--out", str(out / "measured" / "puppet.json")),
              ("card",)),
    ]  # fmt: skip


def _trainings(out: Path, material: Material, device: str, is_tiny: bool) -> list[Stage]:
    needs = () if is_tiny else ("torch",)
    own = out / "songs"
    songs, club = str(material.songs or own), str(material.club or own)
    video = (str(material.video),) if material.video else ("--synthetic",)
    consent = ("--consent", "see the video's own page") if material.video else ()

    def person(name: str, preset: str, run: Path, *more: str) -> Stage:
        words = ("train.target", *video, "--name", name, "--out", str(run))
        words += ("--preset", preset, "--device", device, *consent, *more)
        return Stage(name, words, needs, goes_on=True)

    def dance(name: str, learned: str, *more: str) -> Stage:
        words = ("train.dance", learned, "--name", name, "--out", str(out / "dance" / name))
        return Stage(name, (*words, "--device", device, *more), needs, goes_on=True, after="songs")

    size = "64" if is_tiny else "1024"
    few = ("--iterations", "4") if is_tiny else ()
    preset = "tiny" if is_tiny else "stage"
    actions = out / "actions"
    paper = ("--actions", str(actions / "checkpoint.safetensors"))
    table = ("train.ablation", songs, "--out", str(out / "ablation"), *paper, "--device", device)
    table += ("--conditions", *(CONDITIONS[:1] if is_tiny else CONDITIONS))
    table += ("--seeds", *(SEEDS[:1] if is_tiny else SEEDS))
    table += ("--iterations", "2" if is_tiny else STEPS)
    club_words = ("--preset", preset, *few)
    if not is_tiny:
        club_words += (
            "--iterations", "14000", "--beat-pull", "5", "--energy-pull", "3", "--energy-size", "1",
            "--style-pull", "2",
        )  # fmt: skip
    live = ("--preset", "paper-tiny" if is_tiny else "paper-live", *paper, *few)
    return [
        Stage("songs", ("train.choreography", "--out", str(own), "--preset", preset)),
        Stage(
            "actions",
            ("train.pretrain_stgcn", "--songs", songs, "--out", str(actions), "--preset", preset),
            goes_on=True, after="songs",
        ),
        person("person", "tiny" if is_tiny else "stage-gpu",
               # In little it goes on with the drawn person, for whom there is nothing left to do.
               out / "persons" / "card-64" if is_tiny else out / "target" / "person",
               "--size", size, *few, "--no-export"),
        Stage("table-2", table, needs, goes_on=True, after="actions"),
        dance("club", club, *club_words),
        dance("paper-live", songs, *live),
        person(
            "paper-person", "paper-tiny" if is_tiny else "paper", out / "target" / "paper-person",
            "--size", size, *few,
            *(("--vgg", str(material.vgg)) if material.vgg else ()),
        ),
    ]  # fmt: skip
