"""How the networks are trained: a frozen dataclass for each, presets as instances. No torch."""
