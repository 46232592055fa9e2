"""How CelebA's attributes are called and grouped on the page."""

from explorer.language.text import N_, label

GROUPS = {
    N_("Hair"): "Bald Bangs Black_Hair Blond_Hair Brown_Hair Gray_Hair Receding_Hairline "
    "Straight_Hair Wavy_Hair",
    N_("Eyes"): "Arched_Eyebrows Bags_Under_Eyes Bushy_Eyebrows Narrow_Eyes",
    N_("Mouth and beard"): "5_o_Clock_Shadow Big_Lips Goatee Mouth_Slightly_Open Mustache No_Beard "
    "Sideburns Smiling",
    N_("Shape and skin"): "Big_Nose Chubby Double_Chin High_Cheekbones Oval_Face Pale_Skin "
    "Pointy_Nose Rosy_Cheeks",
    N_("Accessories"): "Eyeglasses Heavy_Makeup Wearing_Earrings Wearing_Hat Wearing_Lipstick "
    "Wearing_Necklace Wearing_Necktie",
    N_("The whole"): "Attractive Blurry Male Young",
}
GROUP_OF = {name: group for group, names in GROUPS.items() for name in names.split()}


def attribute_name(attribute: str) -> str:
    """ "Blond_Hair" -> "Blond Hair", or what that is in the language spoken."""
    return label(plain_name(attribute))


def plain_name(attribute: str) -> str:
    """ "Blond_Hair" -> "Blond Hair"; "5_o_Clock_Shadow" -> "5 o'Clock Shadow"."""
    return attribute.replace("5_o_Clock", "5 o'Clock").replace("_", " ")
