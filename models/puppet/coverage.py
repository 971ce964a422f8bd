"""How a view says what it covers: by a logit, so that mixed views keep sharp edges."""

LOGITS = 8.0  # the largest; -LOGITS..LOGITS is 0..255 of a picture file
LEAST_WEIGHT = 1e-7  # of all parts in a pixel: colours are divided by it
