"""A preset of a renderer's training at another size or length. No torch."""

from dataclasses import replace

from train.renderer.config import (
    DETAIL,
    PAPER_TARGET_PRESETS,
    PUPPET_PRESETS,
    TARGET_PRESETS,
    PaperTargetTraining,
    PuppetTraining,
    TargetTraining,
)

DETAIL_ABOVE = 256  # px above which a stage renderer has a finer level
LOCAL_ABOVE, LOCAL_BLOCKS = 512, 3  # px above which the local enhancer paints; its blocks


def stage_settings(
    preset: str,
    size: int | None = None,
    iterations: int | None = None,
    critic_from: float | None = None,
) -> TargetTraining:
    """Of a stage renderer. Raises ValueError when the networks cannot be of that size."""
    settings = TARGET_PRESETS[preset]
    if size is not None:
        if size < 64 or size % 32:
            raise ValueError("--size must be a multiple of 32, at least 64.")
        detail = DETAIL if size > DETAIL_ABOVE else 0
        settings = replace(settings, spec=replace(settings.spec, size=size, detail=detail))
    if iterations is not None:
        settings = replace(settings, iterations=iterations)
    if critic_from is not None:
        settings = replace(settings, critic_from=critic_from)
    return settings


def paper_settings(
    preset: str, size: int | None = None, iterations: int | None = None
) -> PaperTargetTraining:
    """Of the paper's painter; more than 512 px have the local enhancer.

    Raises ValueError when the size cannot be halved as often as the networks do it.
    """
    settings = PAPER_TARGET_PRESETS[preset]
    spec = settings.spec
    if size is not None:
        blocks = LOCAL_BLOCKS if size > LOCAL_ABOVE else spec.local_blocks
        spec = replace(spec, size=size, local_blocks=blocks)
    step = 2 ** (spec.downs + (spec.local_blocks > 0))
    if spec.size < 64 or spec.size % step:
        raise ValueError(f"--size must be a multiple of {step}, at least 64.")
    settings = replace(settings, spec=spec)
    if iterations is not None:
        settings = replace(settings, iterations=iterations)
    return settings


def puppet_settings(
    preset: str, size: int | None = None, iterations: int | None = None
) -> PuppetTraining:
    """Of a puppet. Raises ValueError when it would be too small to cut parts out."""
    settings = PUPPET_PRESETS[preset]
    if size is not None:
        if size < 64:
            raise ValueError("--size must be at least 64.")
        settings = replace(settings, spec=replace(settings.spec, size=size))
    if iterations is not None:
        settings = replace(settings, iterations=iterations)
    return settings
