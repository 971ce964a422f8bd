"""The forms that films have: containers, codecs and their options."""

from collections.abc import Mapping
from dataclasses import dataclass, field

AAC_RATES = (8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
OPUS_RATES = (8_000, 12_000, 16_000, 24_000, 48_000)


@dataclass(frozen=True)
class VideoCodec:
    """An encoder of pictures with its options."""

    name: str  # FFmpeg's
    options: Mapping[str, str] = field(default_factory=dict)
    threads: int = 1  # at most, beside a live show


@dataclass(frozen=True)
class Form:
    """One kind of film."""

    container: str  # FFmpeg's name
    live: VideoCodec  # beside a show
    offline: VideoCodec  # with the whole machine
    pixels: str  # FFmpeg's name of the layout
    audio: str  # the encoder of sound
    audio_rates: tuple[int, ...] = ()  # Hz that it takes; () = all
    audio_bit_rate: int = 0  # a channel
    container_options: Mapping[str, str] = field(default_factory=dict)
    key_s: float = 1.0  # between pictures that need none before them
    halves_colours: bool = True  # so that both sides are even

    def rate_for(self, rate: int) -> int:
        """The rate of the film's sound for that of the show's, Hz."""
        return rate if not self.audio_rates or rate in self.audio_rates else 48_000


# Fragments of a second: what is there plays whatever happens to the rest.
MP4 = Form(
    container="mp4",
    container_options={
        "movflags": "delay_moov+frag_keyframe+default_base_moof",
        "flush_packets": "1",
    },
    # One thread of its own beside the show; offline all cores are free for it.
    live=VideoCodec("libx264", {"preset": "ultrafast", "crf": "20"}),
    offline=VideoCodec("libx264", {"preset": "veryfast", "crf": "20"}),
    pixels="yuv420p",
    audio="aac",
    audio_rates=AAC_RATES,
    audio_bit_rate=96_000,
)

# ProRes 4444 with straight alpha. The exacter of FFmpeg's two encoders takes five times as long.
# Every picture is a key, so that fragments are cut by time; at its end the file is made an
# ordinary one in its place: it may be large.
MOV = Form(
    container="mov",
    container_options={
        "movflags": "hybrid_fragmented+delay_moov+default_base_moof",
        "frag_duration": "1000000",
        "flush_packets": "1",
    },
    live=VideoCodec("prores", {"vendor": "apl0"}, threads=4),
    offline=VideoCodec("prores_ks", {"profile": "4444", "vendor": "apl0"}),
    pixels="yuva444p10le",
    audio="pcm_s24le",
    halves_colours=False,
)

# VP9, its alpha as a second stream of pictures beside each. Such a pair may not hold pictures that
# are never shown (auto-alt-ref), and each must come out at once (lag-in-frames).
_VP9 = {"auto-alt-ref": "0", "lag-in-frames": "0", "row-mt": "1", "b": "0"}
WEBM = Form(
    container="webm",
    container_options={"cluster_time_limit": "1000", "flush_packets": "1"},
    live=VideoCodec(
        "libvpx-vp9", {**_VP9, "deadline": "realtime", "cpu-used": "8", "crf": "20"}, threads=4
    ),
    offline=VideoCodec("libvpx-vp9", {**_VP9, "deadline": "good", "cpu-used": "4", "crf": "16"}),
    pixels="yuva420p",
    audio="libopus",
    audio_rates=OPUS_RATES,
    audio_bit_rate=64_000,
    key_s=2.0,
)


def stream_form(bit_rate: int) -> Form:
    """H.264 and AAC for a network, in a container that another process hands on at once."""
    codec = VideoCodec(
        "libx264",
        {
            "preset": "superfast",
            "tune": "zerolatency",
            "profile": "high",
            "b": str(bit_rate),
            "maxrate": str(bit_rate),
            "bufsize": str(bit_rate),
            "sc_threshold": "0",
        },
        threads=2,
    )
    return Form(
        container="nut",
        container_options={"flush_packets": "1"},
        live=codec,
        offline=codec,
        pixels="yuv420p",
        audio="aac",
        audio_rates=AAC_RATES,
        audio_bit_rate=80_000,
        key_s=2.0,  # what servers ask for
    )
