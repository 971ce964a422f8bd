"""A night on stage in small: a sound server, a screen, a show between them, and what goes wrong."""
