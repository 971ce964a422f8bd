"""The mark of tests that need a sound server; the server is that of the soak."""

import pytest

from benchmarks.night.virtual_mic import VirtualMic, is_missing, virtual_mic_server

__all__ = ["VirtualMic", "needs_virtual_mic", "virtual_mic_server"]

needs_virtual_mic = pytest.mark.skipif(
    is_missing(),
    reason="no virtual microphone: apt-get install pulseaudio pulseaudio-utils "
    "libasound2-plugins libportaudio2",
)
