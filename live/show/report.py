"""What a report says of the parts of a show."""

from live.core.settings import Settings
from live.core.stats import resident_mb
from live.dance.performer import Performer
from live.picture.screen import Screen


def facts(settings: Settings, screen: Screen, performer: Performer | None) -> dict[str, object]:
    """What a report says of the parts of a show."""
    return {
        "input": settings.input,
        "target": screen.painter.name,
        "background": settings.background,
        "engine": screen.painter.engine,
        "precision": screen.painter.precision,
        "dance": performer.dancer.name if performer else "",
        "seed": settings.seed,
        "delay_ms": settings.delay_ms,
        "output": list(screen.stage.output),
        "rss_mb": resident_mb(),
    }
