"""What --calibrate keeps: added up rightly, by device, and no show ended by a damaged file."""

import logging

import pytest

from live.calibration.delays import Delays, in_words, read_delays, write_delays


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
