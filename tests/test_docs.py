"""The docs are true: every file and flag that they name is there, every link leads somewhere."""

import re
from pathlib import Path

import pytest

from live.cli import parser

ROOT = Path(__file__).parent.parent
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    ROOT / "examples" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
PACKAGES = ("models", "train", "export", "live", "benchmarks")
OWN_PATH = re.compile(
    r"(?<![\w/.-])((?:live|models|train|export|benchmarks|tests|docs)/[\w./-]*\w)(?![\w/*-])"
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_names_is_there(page):
    named = OWN_PATH.findall(page.read_text(encoding="utf-8"))
    missing = {name for name in named if not (ROOT / name).exists()}
    assert not missing


@pytest.mark.parametrize("package", PACKAGES)
def test_every_file_that_a_docstring_names_is_there(package):
    missing = {
        (source.name, name)
        for source in (ROOT / package).rglob("*.py")
        for name in OWN_PATH.findall(source.read_text(encoding="utf-8"))
        if name.endswith(".py") and not (ROOT / name).exists()
    }
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_of_a_page_leads_somewhere(page):
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    broken = {link for link in links if "://" not in link and not (page.parent / link).exists()}
    assert not broken


def test_every_flag_in_the_readme_is_one_of_the_program():
    text = (ROOT / "README.md").read_text(encoding="utf-8").split("## Work on it")[0]
    known = parser().format_help()
    lines = [line for line in text.splitlines() if "train." not in line and "pip" not in line]
    flags = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", "\n".join(lines)))
    unknown = {flag for flag in flags if not re.search(rf"{flag}\b", known)}
    assert flags and not unknown - {"--no-adapt"}, "argparse prints --adapt, --no-adapt"
