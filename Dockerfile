# Shows without a window, and training, on a server.
#   docker build --target live -t dancelive .
#   docker run --rm -v "$PWD:/work" dancelive --input song.mp3 --offline --record song.mp4
#   docker build --target train -t dancelive-train .
#   docker run --rm -it -v "$PWD:/work" dancelive-train train.target me.mp4 --name me
# A container has no microphone, no loudspeaker and no screen: poses leave by --osc, pictures by --out
# web, rtmp://... or --record. Files that it makes belong to user 1000, as /work must.
FROM python:3.12-slim AS wheel
COPY . /src
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /src

FROM python:3.12-slim AS live
# PortAudio is asked for devices also where there are none.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends libportaudio2 \
    && rm -rf /var/lib/apt/lists/*
# hadolint ignore=DL3013
RUN --mount=from=wheel,source=/wheels,target=/wheels \
    set -- /wheels/*.whl && pip install --no-cache-dir "$1[cpu]"
RUN useradd --create-home --uid 1000 dancer
USER 1000
WORKDIR /work
ENTRYPOINT ["dancelive"]
CMD ["--check"]

FROM live AS train
USER 0
# torch first and by itself, for the processor; for a card
# --build-arg TORCH_INDEX=https://pypi.org/simple
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN pip install --no-cache-dir --index-url "$TORCH_INDEX" torch==2.13.0
# hadolint ignore=DL3013
RUN --mount=from=wheel,source=/wheels,target=/wheels \
    set -- /wheels/*.whl && pip install --no-cache-dir "$1[cpu,train,export,video]" \
    && pip download --no-cache-dir --no-deps --only-binary=:all: --python-version 3.11 \
        --platform manylinux_2_17_x86_64 --dest /networks mediapipe==0.10.14
ENV DANCELIVE_NETWORKS=/networks
USER 1000
ENTRYPOINT ["python", "-m"]
CMD ["train.target", "--help"]
