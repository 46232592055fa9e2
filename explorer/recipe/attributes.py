"""How labels are called on the page, and how CelebA's are grouped."""

from data.schema import CELEBA

GROUP_OF = CELEBA.group_of


def attribute_name(attribute: str) -> str:
    """ "Blond_Hair" -> "Blond Hair"; "5_o_Clock_Shadow" -> "5 o'Clock Shadow"."""
    return attribute.replace("5_o_Clock", "5 o'Clock").replace("_", " ")
