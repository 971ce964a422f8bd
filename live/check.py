"""--check and --list-*: what works on this machine, in plain words, and what to install."""

import platform
from collections.abc import Callable
from contextlib import suppress

from live.core import settings_file
from live.core.settings_file import SCENES, SHOWS
from models import bundle
from models.installed import overlaid_opencv
from models.runtime.engines import (
    AUTO,
    BUILT,
    CHIP,
    ENGINES,
    INSTALL_HINT,
    NEVER_RUN,
    EngineError,
)
from models.skeleton import STANDING
from models.spec import styles_of

Say = Callable[[str], None]
SCENE_KEYS = 9  # 1 to 9 set the first nine


def list_devices(say: Say) -> None:
    """The sound inputs by name; raises SourceError when PortAudio is missing."""
    from live.sound.portaudio import list_devices as devices

    found = devices()
    if not found:
        say("no sound input found; `--input demo` and music files work without one")
    for device in found:
        say(f"{device}")


def list_bundles(kind: str, say: Say) -> None:
    """Targets or dances with licence, the user's own first."""
    for found in bundle.available(kind):
        manifest = found.manifest
        where = "yours" if _is_own(found) else "shipped"
        size = f", {manifest.size} px" if manifest.size else ""
        size += " and any other" if size and manifest.network_kind.any_size else ""
        say(f"{manifest.name}  ({where}{size}; {licence(manifest)})")
        if manifest.filmed and (lacks := manifest.filmed.lacks()):
            say(f"    filmed: no {', no '.join(lacks)}")
        if styles := styles_of(manifest.spec):
            say(f"    styles: {', '.join(style.name for style in styles)}")
    if kind == "target":
        say("skeleton  (drawn, needs no network)")


def list_shows(say: Say) -> None:
    """Shows and scenes that are kept, those that ship included, and where the own ones are."""
    for kind in (SHOWS, SCENES):
        for place, (name, table) in enumerate(settings_file.entries(kind).items(), 1):
            way = f"a scene, key {place}" if place <= SCENE_KEYS else "a scene"
            told = ", ".join(f"{key} {value}" for key, value in table.items())
            say(f"{name}  ({'--load' if kind == SHOWS else way}; {told})")
    say(f"Your own are in {settings_file.own_file()}.")


def _is_own(found: bundle.Bundle) -> bool:
    return bundle.user_folder() in found.path.parents


def licence(manifest: bundle.Manifest) -> str:
    """Under which licence a bundle may be used, as far as it says."""
    return " ".join(manifest.licence.split()) or "licence not told"


def report(say: Say) -> int:
    """Say it all; 0 when a show can run here, else 1."""
    say(f"Python      {platform.python_version()} on {platform.system()} {platform.machine()}")
    if said := overlaid_opencv():
        say(f"opencv      {said}")
    works = engines(say)
    if works:
        puppets(say)
    _sound(say)
    _delays(say)
    _display(say)
    _outputs(say)
    _machines(say)
    bundles = _bundles(say, works)
    say(f"own bundles {bundle.user_folder()}")
    if works and bundles:
        say("ready: try `dancelive --input demo --target alice`")
        return 0
    if not works:
        say("not ready: without onnxruntime only pose files on `--target skeleton` can be shown")
    return 1


def engines(say: Say) -> bool:
    """What onnxruntime runs networks on here, each tried; whether there is one."""
    try:
        import onnxruntime as ort
    except ImportError:
        say(f"engines     {INSTALL_HINT}")
        return False
    from models.runtime.engines import open_session
    from models.runtime.precision import network_for

    say(f"onnxruntime {ort.__version__}")
    # A shipped one, if there is one: a damaged one of the user's says nothing of engines.
    targets = sorted(bundle.available("target"), key=_is_own)
    target = targets[0] if targets else None
    offered = ort.get_available_providers()
    works = False
    for name in reversed(AUTO):
        if not any(p in offered for p in ENGINES[name]):
            say(f"  {name:<9} not in this onnxruntime build")
            continue
        if target is None:
            say(f"  {name:<9} offered (no target bundle to try it with)")
            works = works or name == "cpu"
            continue
        try:
            if name in BUILT:
                say(f"  {name:<9} offered{_unproven(name)}; builds itself beside the first show")
                continue
            _, obtained = open_session(network_for(target, name)[0], name)
        except (EngineError, bundle.BundleError) as error:
            say(f"  {name:<9} {str(error).splitlines()[0]}")
            continue
        works = True
        say(f"  {name:<9} works{str(obtained).removeprefix(name)}{_unproven(name)}")
    return works


def puppets(say: Say) -> None:
    """What can draw them, and how fast the first of them is drawn here."""
    from models.puppet.chip.process import look

    try:
        chip = look()
        remark = ", which is software: for tests" if chip.is_software else _unproven(CHIP)
        say(f"  {CHIP:<9} {chip.name}, {chip.backend}{remark}")
    except EngineError as error:
        say(f"  {CHIP:<9} {error}")
    targets = sorted(bundle.available("target"), key=_is_own)
    puppets = [found for found in targets if found.manifest.network_kind.any_size]
    if puppets:
        from models.puppet.choosing import fastest
        from models.puppet.puppet import Puppet

        with suppress(EngineError, bundle.BundleError):  # told among the bundles
            trial = fastest(Puppet(puppets[0]), puppets[0].manifest.body.place(STANDING))
            say(f"puppets     {trial.told}")


def _unproven(engine: str) -> str:
    return ", never run before by the makers of this program" if engine in NEVER_RUN else ""


def _sound(say: Say) -> None:
    from live.sound.portaudio import list_devices as devices
    from live.sound.source import SourceError

    try:
        found = devices()
    except SourceError as error:
        say(f"sound       {error}")
        return
    say(f"sound       {len(found)} input(s)" + (": " + "; ".join(map(str, found)) if found else ""))


def _delays(say: Say) -> None:
    """What --calibrate kept."""
    from live.calibration.delays import in_words, read_delays

    kept = read_delays()
    known = {f'"{name}"': kept.to_microphone(name) for name in kept.loops}
    known |= {f'what plays through "{name}"': delay for name, delay in kept.pictures.items()}
    said = [f"the picture {in_words(delay)} for {name}" for name, delay in known.items() if delay]
    say("calibrated  " + ("; ".join(said) or "no device yet: see --calibrate"))


def _display(say: Say) -> None:
    from live.window.display import has_display

    works, reason = has_display()
    say("display     works" if works else f"display     {reason} Shows run headless.")


def _outputs(say: Say) -> None:
    """What --out can do here."""
    from live.outputs.kinds import KINDS, kind_of

    for name in KINDS:
        kind = kind_of(name)
        never = f"; not tried yet: `dancelive --try-out {name}` does" if kind.never_run else ""
        say(f"--out {name:<6} {kind.missing() or f'works: {kind.what}{never}'}")


def _machines(say: Say) -> None:
    """Whether MIDI and Link can be had, and which devices there are."""
    from live.link.session import MISSING, is_installed
    from live.midi.libremidi import Libremidi
    from live.midi.ports import MidiError

    try:
        ports = Libremidi()
        for way, names in (("in", ports.inputs()), ("out", ports.outputs())):
            say(f"MIDI {way:<6} {'; '.join(names) or 'no device found'}")
    except MidiError as error:
        say(f"MIDI        {error}")
    say(f"Link        {'works with --link' if is_installed() else MISSING}")


# How bundles are called, by their kind.
_KINDS = {"dance": "dances", "target": "targets", "ear": "hears by"}


def _bundles(say: Say, engines: bool) -> bool:
    """Name every bundle, and every broken or outdated one with its reason."""
    from live.picture.painter import Painter

    good: dict[str, list[str]] = {kind: [] for kind in bundle.KINDS}
    for found in bundle.scan():
        try:
            if isinstance(found, bundle.BundleError):
                raise found
            for file in found.manifest.sha256:
                found.read(file)
            if engines and found.manifest.kind == "target":
                Painter(found, "cpu")
            good[found.manifest.kind].append(found.manifest.name)
        except (bundle.BundleError, EngineError) as error:
            say(f"bundle      {error}")
    for kind, names in good.items():
        say(f"{_KINDS[kind]:<11} {', '.join(names) or 'none'}")
    return bool(good["dance"] and good["ear"])
