"""The 40 attributes of CelebA: in the order of its official `list_attr_celeba.txt`, and grouped."""

ATTRIBUTES: tuple[str, ...] = (
    "5_o_Clock_Shadow",
    "Arched_Eyebrows",
    "Attractive",
    "Bags_Under_Eyes",
    "Bald",
    "Bangs",
    "Big_Lips",
    "Big_Nose",
    "Black_Hair",
    "Blond_Hair",
    "Blurry",
    "Brown_Hair",
    "Bushy_Eyebrows",
    "Chubby",
    "Double_Chin",
    "Eyeglasses",
    "Goatee",
    "Gray_Hair",
    "Heavy_Makeup",
    "High_Cheekbones",
    "Male",
    "Mouth_Slightly_Open",
    "Mustache",
    "Narrow_Eyes",
    "No_Beard",
    "Oval_Face",
    "Pale_Skin",
    "Pointy_Nose",
    "Receding_Hairline",
    "Rosy_Cheeks",
    "Sideburns",
    "Smiling",
    "Straight_Hair",
    "Wavy_Hair",
    "Wearing_Earrings",
    "Wearing_Hat",
    "Wearing_Lipstick",
    "Wearing_Necklace",
    "Wearing_Necktie",
    "Young",
)

# Heading on the page -> the attributes under it.
GROUPS = {
    "Hair": "Bald Bangs Black_Hair Blond_Hair Brown_Hair Gray_Hair Receding_Hairline "
    "Straight_Hair Wavy_Hair",
    "Eyes": "Arched_Eyebrows Bags_Under_Eyes Bushy_Eyebrows Narrow_Eyes",
    "Mouth and beard": "5_o_Clock_Shadow Big_Lips Goatee Mouth_Slightly_Open Mustache No_Beard "
    "Sideburns Smiling",
    "Shape and skin": "Big_Nose Chubby Double_Chin High_Cheekbones Oval_Face Pale_Skin "
    "Pointy_Nose Rosy_Cheeks",
    "Accessories": "Eyeglasses Heavy_Makeup Wearing_Earrings Wearing_Hat Wearing_Lipstick "
    "Wearing_Necklace Wearing_Necktie",
    "The whole": "Attractive Blurry Male Young",
}
