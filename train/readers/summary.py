"""What came of a preparation, in lines for people."""

from typing import Any


def lines_of(reports: list[dict[str, Any]]) -> list[str]:
    """One line for each recording, and one for all of them."""
    lines: list[str] = []
    for report in reports:
        used, whole = report.get("used_seconds", 0.0), report.get("seconds", 0.0)
        said = f"{used:.0f} of {whole:.0f} s" if whole else "not used"
        if report.get("raw"):
            said += ", raw"
        if "quality" in report:
            said += f", quality {report['quality']:.2f}"
        if "frame_rate" in report:
            said += f", {report['frame_rate']}"
        if "lag" in report:
            said += f", {report['lag']}"
        lines.append(f"{report['name']}: {'; '.join([said, *report['reasons']])}")
        lines += [f"    {note}" for note in report.get("notes", [])]
    songs = sum(len(report["songs"]) for report in reports)
    seconds = sum(report.get("used_seconds", 0.0) for report in reports)
    whole = f"{songs} songs, {seconds / 60:.1f} minutes, from {len(reports)} recordings"
    unused = sum(not report["songs"] for report in reports)
    lines.append(f"{whole}; {unused} of them gave none" if unused else whole)
    return lines
