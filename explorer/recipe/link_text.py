"""A recipe as short text for the address of the page: below 200 characters for a common edit."""

import base64
import binascii
import json
import zlib

from explorer.language.text import _
from explorer.recipe.errors import RecipeError
from explorer.recipe.recipe import Recipe

PARAMETER = "face"  # of the address, that holds it
VERSION = "1"  # the first character; JSON, which links of before hold, begins with a bracket
LONGEST = 1 << 17  # characters of the JSON in a link
# What recipes are written with, the most frequent last (RFC 1950, preset dictionary). A link can
# only be read with the dictionary that wrote it: another one needs another VERSION.
WORDS = (
    b'"kind":"seed","kind":"code","kind":"mix","value":[[0.5,{"source":{"locks":["directions":{'
    b'"5_o_Clock_Shadow":"Arched_Eyebrows":"Bags_Under_Eyes":"Big_Lips":"Big_Nose":"Black_Hair":'
    b'"Blurry":"Brown_Hair":"Bushy_Eyebrows":"Chubby":"Double_Chin":"Goatee":"Heavy_Makeup":'
    b'"High_Cheekbones":"Mouth_Slightly_Open":"Narrow_Eyes":"No_Beard":"Oval_Face":"Pale_Skin":'
    b'"Pointy_Nose":"Receding_Hairline":"Rosy_Cheeks":"Sideburns":"Straight_Hair":"Wavy_Hair":'
    b'"Wearing_Earrings":"Wearing_Lipstick":"Wearing_Necklace":"Wearing_Necktie":"Attractive":'
    b'"Gray_Hair":"Blond_Hair":"Mustache":"Wearing_Hat":"Bangs":"Bald":"Young":"Male":"Smiling":'
    b'"Eyeglasses":1.0,"method":"mean_difference","method":"balanced","having":["lacking":['
    b'{"source":{"kind":"sample","value":{"seed":"temperature":0.85}},'
    b'{"source":{"kind":"mean","value":null},"attributes":{},"components":{},"dimensions":{}}'
    b'{"source":{"kind":"picture","value":"1.jpg"},"attributes":{"Eyeglasses":1.0},'
    b'"components":{},"dimensions":{},"method":"elected","renderer":"sharp"}'
)


def link_text(recipe: Recipe) -> str:
    """In the alphabet of addresses; the same for equal recipes."""
    plain = json.dumps(recipe.to_data(), separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=WORDS)
    packed = packer.compress(plain) + packer.flush()
    return VERSION + base64.urlsafe_b64encode(packed).decode().rstrip("=")


def recipe_of_link(text: str) -> Recipe:
    """Text of `link_text`, or the JSON that links of before hold. Raises RecipeError."""
    if not text.startswith(VERSION):
        return Recipe.from_json(text)
    try:
        packed = text[len(VERSION) :].encode("ascii")
        padded = packed + b"=" * (-len(packed) % 4)
        reader = zlib.decompressobj(-15, zdict=WORDS)
        plain = reader.decompress(base64.b64decode(padded, b"-_", validate=True), LONGEST)
        if not reader.eof or reader.unused_data:
            raise ValueError(_("it goes on"))
        return Recipe.from_json(plain.decode())
    except (ValueError, binascii.Error, zlib.error) as error:
        raise RecipeError(
            _(
                "expected the face of an address; found {found}, which is cut off or was changed"
            ).format(found=repr(text[:40]))
        ) from error
