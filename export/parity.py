"""The one error of an export: what was exported is not what was trained."""


class ParityError(Exception):
    """The exported network differs from the trained one by more than is allowed."""
