"""Whatever `pactl` answers, or whether there is one at all, asking it never breaks a show."""

import json
import os
import threading
from pathlib import Path
from time import perf_counter, sleep

import pytest

from live.sound import pulseaudio

SOURCES = [
    {
        "index": 3,
        "name": "usb",
        "description": "USB Mic",
        "sample_specification": "s24le 1ch 48000Hz",
        "properties": {"device.class": "sound"},
    },
    {
        "index": 4,
        "name": "hdmi.monitor",
        "description": "Monitor of HDMI",
        "sample_specification": "s16le 2ch 44100Hz",
        "properties": {"device.class": "monitor"},
    },
]


@pytest.fixture
def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only program there is; write it to choose its answers."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "pactl"


def write(path: Path, body: str) -> None:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def test_without_pactl_nothing_is_known(pactl: Path) -> None:
    assert not pactl.exists()
    assert pulseaudio.sources() is None
    assert pulseaudio.source_names() is None
    assert pulseaudio.newest_link(os.getpid()) is None


@pytest.mark.parametrize(
    "body",
    ["exit 1", "echo refused", "echo '{'", "exec /bin/sleep 9", "echo '[]'; exit 1"],
)
def test_an_answer_that_is_none_is_nothing_known(
    pactl: Path, body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pulseaudio, "TIMEOUT_S", 0.2)
    write(pactl, body)
    assert pulseaudio.sources() is None
    assert pulseaudio.source_names() is None, "not that there is none"
    assert pulseaudio.newest_link(os.getpid()) is None


def test_sources_are_read_with_their_kind(pactl: Path) -> None:
    info = json.dumps({"default_source_name": "usb"})
    write(
        pactl,
        f"case \"$*\" in *info*) echo '{info}' ;; *) echo '{json.dumps(SOURCES)}' ;; esac",
    )
    assert pulseaudio.sources() == [
        pulseaudio.PulseSource("usb", "USB Mic", 1, 48_000, False, True),
        pulseaudio.PulseSource("hdmi.monitor", "Monitor of HDMI", 2, 44_100, True, False),
    ]
    assert pulseaudio.source_names() == {"usb", "hdmi.monitor"}


def test_a_watch_that_is_stopped_at_once_leaves_no_thread_pipe_or_process(pactl: Path) -> None:
    """A server that lives says nothing for hours: nobody may wait for its next word."""
    write(pactl, "exec /bin/sleep 60")
    link = pulseaudio.Link(1, "usb")
    before = threading.active_count()
    watches = [pulseaudio.MoveWatch(link, os.getpid(), lambda: None) for _ in range(5)]
    for watch in watches:
        watch.stop()
    until = perf_counter() + 10
    while threading.active_count() > before and perf_counter() < until:
        sleep(0.01)
    assert threading.active_count() == before
    assert all(watch._process.returncode is not None for watch in watches)
    assert all(watch._process.stdout.closed for watch in watches if watch._process.stdout)


def test_what_is_played_through_and_which_stream_is_ours(pactl: Path) -> None:
    info = json.dumps({"default_sink_name": "hdmi"})
    streams = [
        {"index": n, "source": source, "properties": {"application.process.id": pid}}
        for n, source, pid in ((7, 3, str(os.getpid())), (9, 4, str(os.getpid())), (12, 4, "1"))
    ]
    write(
        pactl,
        f"case \"$*\" in *info*) echo '{info}' ;; *outputs*) echo '{json.dumps(streams)}' ;;"
        f" *) echo '{json.dumps(SOURCES)}' ;; esac",
    )
    assert pulseaudio.default_output() == "hdmi"
    assert pulseaudio.newest_link(os.getpid()) == pulseaudio.Link(9, "hdmi.monitor")
    assert pulseaudio.newest_link(1) == pulseaudio.Link(12, "hdmi.monitor")
    assert pulseaudio._links(os.getpid()) == [(7, "usb"), (9, "hdmi.monitor")]
    pactl.unlink()
    assert pulseaudio.default_output() is None


@pytest.mark.parametrize(
    ("now", "names", "is_moved"),
    [
        ([(7, "hdmi")], ["hdmi"], True),
        ([(7, "hdmi")], ["hdmi", "usb"], False),  # the performer's own choice
        ([(7, "usb")], ["hdmi"], False), ([], ["hdmi"], False), (None, ["hdmi"], False),
        ([(7, "hdmi")], None, False), ([(8, "hdmi"), (7, "usb")], [], False),
    ],
)  # fmt: skip
def test_what_is_a_move_of_our_stream(monkeypatch: pytest.MonkeyPatch, now, names, is_moved):
    watch = object.__new__(pulseaudio.MoveWatch)
    watch._link, watch._pid = pulseaudio.Link(7, "usb"), 4_711
    monkeypatch.setattr(pulseaudio, "_links", {4_711: now}.__getitem__)
    monkeypatch.setattr(pulseaudio, "source_names", lambda: names and frozenset(names))
    assert watch._is_moved() == is_moved
