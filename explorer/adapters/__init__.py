"""Models that were trained elsewhere, as run folders: `python -m explorer adopt`, or in Python

from explorer.adapters import adopt

adopt(vae.encode, vae.decode, data="data/prepared/celeba64", out="runs/theirs")
"""

from explorer.adapters.adopt import adopt as adopt
from explorer.adapters.adopt import adopt_source as adopt_source
