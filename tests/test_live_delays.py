"""What --calibrate keeps: added up rightly, by device, and no show ended by a damaged file."""

import json
import logging

import pytest

from live.calibration.delays import Delays, delays_file, in_words, read_delays, write_delays


def test_a_microphone_needs_both_a_loudspeaker_one():
    delays = Delays().with_loop("mic", "speaker", 0.08)
    assert delays.of("mic", "") == pytest.approx(-0.08)
    assert delays.of("", "speaker") is None
    delays = delays.with_picture("speaker", 0.03)
    # Seen 30 ms later it meets the loudspeaker; the microphone and it are 80 ms late together.
    assert delays.of("mic", "") == pytest.approx(-0.05)
    assert delays.of("", "speaker") == pytest.approx(0.03)


def test_of_other_devices_nothing_is_known():
    delays = Delays().with_loop("mic", "speaker", 0.08).with_picture("speaker", 0.03)
    assert delays.of("another", "") is None
    assert delays.of("", "another") is None
    assert delays.of("", "") is None
    assert not Delays()


def test_they_are_kept_as_they_are(tmp_path):
    path = tmp_path / "new" / "folder" / "delays.json"
    delays = Delays().with_loop("Bühne: mic", "HDMI", 0.0815).with_picture("HDMI", -0.02)
    assert write_delays(delays, path) == path
    assert read_delays(path) == delays
    write_delays(delays.with_picture("HDMI", 0.01), path)
    assert read_delays(path).of("", "HDMI") == pytest.approx(0.01)
    assert list(path.parent.iterdir()) == [path]  # nothing half-written is left


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "{}", "null", '{"microphones": {"a": 1}, "loudspeakers": {}}',
        '{"microphones": {}, "loudspeakers": {"a": {"picture_ms": "soon"}}}',
        '{"microphones": {}, "loudspeakers": {"a": {"picture_ms": 1e9}}}',
        '{"microphones": {}, "loudspeakers": {"a": {"picture_ms": NaN}}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_left_aside_and_said(tmp_path, caplog, text):
    path = tmp_path / "delays.json"
    path.write_text(text)
    with caplog.at_level(logging.WARNING):
        assert read_delays(path) == Delays()
    assert "--calibrate again" in caplog.text


def test_no_file_is_no_fault(tmp_path, caplog):
    assert read_delays(tmp_path / "delays.json") == Delays()
    assert not caplog.text


def test_in_a_performers_words():
    assert in_words(-0.0284) == "28 ms earlier"
    assert in_words(0.005) == "5 ms later"


def test_where_they_are_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("DANCELIVE_DELAYS", str(tmp_path / "mine.json"))
    assert delays_file() == tmp_path / "mine.json"
    assert write_delays(Delays().with_picture("HDMI", 0.01)) == tmp_path / "mine.json"
    assert read_delays().of("", "HDMI") == 0.01
    monkeypatch.delenv("DANCELIVE_DELAYS")
    assert delays_file().name == "delays.json" and "dancelive" in str(delays_file())


@pytest.mark.parametrize(("ms", "is_one"), [(1_000, True), (-1_000, True), (1_001, False)])
def test_a_delay_of_more_than_a_second_is_none(tmp_path, ms, is_one):
    path = tmp_path / "delays.json"
    loudspeakers = {"a": {"picture_ms": ms}}
    path.write_text(json.dumps({"microphones": {}, "loudspeakers": loudspeakers}))
    assert bool(read_delays(path)) == is_one


def test_a_microphone_measured_without_a_picture_is_as_late_as_its_loop(tmp_path):
    path = tmp_path / "delays.json"
    write_delays(Delays().with_loop("mic", "HDMI", 0.08127).with_picture("other", 0.5), path)
    assert read_delays(path).of("mic", "") == pytest.approx(-0.08127)
    assert in_words(0.0) == "0 ms earlier"
