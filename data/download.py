"""Fetch CelebA's official files from its Google Drive, as torchvision does.

    python -m data download [DIR]

Needs `pip install gdown`. Google often refuses (a quota per file); the message then says how to
place the files by hand. Nothing is unpacked: `prepare` reads the zip.
"""

from pathlib import Path

from data.celeba import ATTRIBUTE_LIST, IDENTITY_LIST, PARTITION_LIST
from data.errors import DataError, quoted
from data.picture_files import IMAGES, PAGE

FILES = (
    f"{ATTRIBUTE_LIST}.txt",
    f"{PARTITION_LIST}.txt",
    f"{IDENTITY_LIST}.txt",
    f"{IMAGES}.zip",
)
KAGGLE = "https://www.kaggle.com/datasets/jessicali9530/celeba-dataset"


def download(root: str | Path) -> list[Path]:
    """Download FILES (1.5 GB) into `root`; returns their paths.

    Files already there with torchvision's checksum are kept.
    Raises DataError, with what to do by hand, when any of them cannot be had.
    """
    root = Path(root)
    try:
        from torchvision.datasets import CelebA, utils  # here: it takes seconds to import

        known = {name: (file_id, md5) for file_id, md5, name in CelebA.file_list}
        for name in FILES:
            file_id, md5 = known[name]
            utils.download_file_from_google_drive(file_id, root, name, md5)
    except Exception as error:  # gdown's and requests' own classes; neither need be installed
        raise DataError(
            f"CelebA from its Google Drive in {root}",
            f"{type(error).__name__}: {error}",
            by_hand(root),
        ) from error
    return [root / name for name in FILES]


def by_hand(root: Path) -> str:
    """Where to get the files, where to put them, and the command that follows."""
    return f"""pip install gdown if that is what is missing; else place the files by hand:
  1. from {PAGE} (Google Drive or Baidu Drive: Img/, Anno/ and Eval/), put
       {root}/{IMAGES}.zip   (no need to unpack)
       {root}/{ATTRIBUTE_LIST}.txt
       {root}/{PARTITION_LIST}.txt
       {root}/{IDENTITY_LIST}.txt   (optional)
     or unpack the Kaggle copy there, {KAGGLE}:
       {root}/{IMAGES}/{IMAGES}/000001.jpg, ...
       {root}/{ATTRIBUTE_LIST}.csv
       {root}/{PARTITION_LIST}.csv
  2. python -m data prepare {quoted(root)}"""
