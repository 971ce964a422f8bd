"""What came of a preparation, in lines for people."""

from typing import Any


def lines_of(reports: list[dict[str, Any]]) -> list[str]:
    """One line for each recording, and one for all of them."""
    lines: list[str] = []
    for report in reports:
        used, whole = report.get("used_seconds", 0.0), report.get("seconds", 0.0)
        said = f"{used:.0f} of {whole:.0f} s" if whole else "not used"
        if "quality" in report:
            said += f", quality {report['quality']:.2f}"
        if "lag" in report:
            said += f", {report['lag']}"
        lines.append(f"{report['name']}: {'; '.join([said, *report['reasons']])}")
    songs = sum(len(report["songs"]) for report in reports)
    seconds = sum(report.get("used_seconds", 0.0) for report in reports)
    lines.append(f"{songs} songs, {seconds / 60:.1f} minutes, from {len(reports)} recordings")
    return lines
