"""How a view says what it covers: by a logit, so that mixed views keep sharp edges."""

LOGITS = 8.0  # the largest; -LOGITS..LOGITS is 0..255 of a picture file
