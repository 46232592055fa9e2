"""How labels are called on the page, and how CelebA's are grouped."""

from data.schema import CELEBA
from explorer.language.text import label

GROUP_OF = CELEBA.group_of


def attribute_name(attribute: str) -> str:
    """ "Blond_Hair" -> "Blond Hair", or what that is in the language spoken."""
    return label(plain_name(attribute))


def plain_name(attribute: str) -> str:
    """ "Blond_Hair" -> "Blond Hair"; "5_o_Clock_Shadow" -> "5 o'Clock Shadow"."""
    return attribute.replace("5_o_Clock", "5 o'Clock").replace("_", " ")
