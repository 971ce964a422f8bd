"""What surely is person and what surely is background, by colour."""

from torch import Tensor


def where_person(picture: Tensor, plate: Tensor) -> tuple[Tensor, Tensor]:
    """What surely is person and what surely is bare background, each (B, 1, H, W) of 0 or 1.

    A shadow darkens all colours alike, a person changes the colour or differs strongly.
    """
    difference = picture - plate
    size = difference.abs().amax(1, keepdim=True)
    colourful = difference.amax(1, keepdim=True) - difference.amin(1, keepdim=True)
    person = (colourful > 16 / 255) | (size > 70 / 255)
    return person.float(), (size < 4 / 255).float()
