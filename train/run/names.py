"""What the files in a training's folder are called. No torch."""

CHECKPOINT = "checkpoint.safetensors"  # all that a training needs to resume
BEST = "best.safetensors"  # averaged weights of the step that danced best
PREVIEW = "preview.png"  # the newest
SAMPLES = "samples"  # a folder: what the network made at each validation
