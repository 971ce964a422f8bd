"""--check and --list-*: what works on this machine, in plain words, and what to install."""

import platform
from collections.abc import Callable
from contextlib import suppress

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
        say(f"{manifest.name}  ({where}{size}; {licence(manifest)})")
        if manifest.filmed and (lacks := manifest.filmed.lacks()):
            say(f"    filmed: no {', no '.join(lacks)}")
        if styles := styles_of(manifest.spec):
            say(f"    styles: {', '.join(style.name for style in styles)}")
    if kind == "target":
        say("skeleton  (drawn, needs no network)")


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
    engines = _engines(say)
    if engines:
        _puppets(say)
    _sound(say)
    _delays(say)
    _display(say)
    bundles = _bundles(say, engines)
    say(f"own bundles {bundle.user_folder()}")
    if engines and bundles:
        say("ready: try `dancelive --input demo --target alice`")
        return 0
    if not engines:
        say("not ready: without onnxruntime only pose files on `--target skeleton` can be shown")
    return 1


def _engines(say: Say) -> bool:
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


def _puppets(say: Say) -> None:
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
        say(f"{kind + 's':<11} {', '.join(names) or 'none'}")
    return bool(good["dance"] and good["ear"])
