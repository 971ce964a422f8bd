"""Questions over HTTP for `--osc-query`."""

from pathlib import Path

from numpy.random import Generator

from benchmarks.fuzz.kind import Kind
from benchmarks.fuzz.mutate import ODD, mutated, pick

PATHS = ("/", "/dancelive", "/dancelive/gain", "/dancelive/dancer/0/joint/nose", "/nothing", "//")
ATTRIBUTES = ("", "?VALUE", "?TYPE", "?HOST_INFO", "?RANGE", "?CONTENTS", "?LISTEN", "?VALUE&TYPE")
HEADS = ("Host: x\r\n", "Host: x\r\nConnection: keep-alive\r\n", "", "Content-Length: 5\r\n",
         "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n")  # fmt: skip
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "get", "OPTIONS", "")
LONGEST = 100_000


def _begin(_: Path) -> list[bytes]:
    return [
        f"{method} {path}{attribute} HTTP/1.1\r\n{head}\r\n".encode()
        for method in dict.fromkeys(METHODS)
        for path in PATHS
        for attribute in ATTRIBUTES
        for head in HEADS
    ]


def _make(rng: Generator, seeds: list[bytes], folder: Path) -> Path:
    """A question; four of five are changed, some have odd places or headers without end."""
    asked = pick(rng, seeds)
    if rng.random() < 0.2:
        odd = [value for value in ODD if isinstance(value, str)]
        asked = f"GET /dancelive/{pick(rng, odd)} HTTP/{pick(rng, odd)}\r\n\r\n".encode(
            errors="surrogatepass"
        )
    if rng.random() < 0.1:
        asked = asked[:-2] + b"X: y\r\n" * int(rng.integers(1, 2_000)) + b"\r\n"
    if rng.random() < 0.8:
        asked = mutated(rng, asked, seeds)
    path = folder / "question.http"
    path.write_bytes(asked[:LONGEST])
    return path


QUERIES = Kind("queries", _begin, _make, "benchmarks.fuzz.query_readers:readers")
