"""Who is who: the figure in closed form, a tiny training, its files and command."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from data.errors import DataError
from data.prepared import PICTURES, TABLE, Prepared, fingerprint_of
from tests.training.judges.small import TINY_IDENTITY
from training.__main__ import main
from training.judges.files import identity_path, load_identity
from training.judges.identity import Classes, train_identity, verification
from training.judges.identity_network import IdentityConfig, IdentityNetwork
from training.model.config import ConfigError

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def people(drawn_many: Prepared) -> Prepared:
    """The drawn faces, which are nobody's, as if each four in a row were one person."""
    rows = np.arange(len(drawn_many.table), dtype=np.int32)
    return replace(drawn_many, table=drawn_many.table.assign(identity=rows // 4))


def on_the_circle(*degrees: float) -> np.ndarray:
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], 1)


def test_verification_counts_all_pairs():
    """Two people with two pictures: 10 and 40 degrees apart, and four pairs between them."""
    found = verification(on_the_circle(0, 10, 30, 70), np.array([5, 5, 8, 8]))
    assert found["auc"] == pytest.approx((4 + 2.5) / 8, abs=0.07)
    between = np.cos(np.deg2rad([30, 70, 20, 60]))
    right = [(np.cos(np.deg2rad(angle)) > between).mean() for angle in (10, 40)]
    assert found["auc"] == np.mean(right)
    assert found["one_person"] == pytest.approx(np.cos(np.deg2rad([10, 40])).mean(), abs=1e-4)
    assert found["two_people"] == pytest.approx(np.median(between), abs=1e-4)
    assert (found["people"], found["pictures"], found["pairs_of_one_person"]) == (2, 4, 2)
    assert verification(on_the_circle(0, 10), np.array([1, 2]))["auc"] is None


def test_embeddings_have_length_one_and_a_gradient_in_the_picture():
    network = IdentityNetwork(TINY_IDENTITY).eval().requires_grad_(False)
    x = torch.rand(3, 3, 64, 64, requires_grad=True)
    found = network(x)
    torch.testing.assert_close(found.norm(dim=1), torch.ones(3))
    found[:, 0].sum().backward()
    assert (x.grad != 0).any()
    with pytest.raises(ConfigError, match="expected pictures of 64x64; found 32"):
        IdentityConfig(size=32)


def test_the_loss_falls_towards_telling_people_apart():
    """Two people, of one colour each."""
    torch.manual_seed(0)
    classes = Classes(IdentityNetwork(TINY_IDENTITY), 2)
    who = torch.arange(16) % 2
    colour = torch.where(who == 0, 0.2, 0.8).view(-1, 1, 1, 1)
    x = colour + 0.05 * torch.randn(16, 3, 64, 64)
    optimizer = torch.optim.Adam(classes.parameters(), 1e-2)
    losses = []
    for _ in range(20):
        loss = classes(x, who)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]


def test_the_files_hold_the_network_and_its_figure(people: Prepared, tmp_path: Path):
    figures = train_identity(people, tmp_path, TINY_IDENTITY, steps=3, device=CPU)
    assert json.loads(identity_path(tmp_path).with_suffix(".json").read_text()) == figures
    assert sorted(p.name for p in tmp_path.iterdir()) == ["identity.json", "identity.safetensors"]
    assert {str(v.dtype) for v in load_file(identity_path(tmp_path)).values()} <= {
        "torch.float16",
        "torch.int64",
    }
    network = load_identity(tmp_path)
    assert network.config == TINY_IDENTITY
    assert not network.training
    assert figures["validation"]["pictures"] == len(people.rows("validation"))


def test_a_missing_file_is_refused_with_the_command(tmp_path: Path):
    command = f"next: make it: python -m training identity --data DIR --out {tmp_path}"
    with pytest.raises(DataError, match=f"found: no such file\n{command}"):
        load_identity(tmp_path)


def test_the_command_trains_and_tells_the_area(people: Prepared, tmp_path: Path, capsys):
    root = shutil.copytree(people.root, tmp_path / "people")
    columns = people.table.columns[3:]
    people.table.astype(dict.fromkeys(columns, np.uint8)).to_csv(root / "table.csv", index=False)
    about = json.loads((root / "prepared.json").read_text())
    about["fingerprint"] = fingerprint_of(about, root / TABLE, root / PICTURES)
    (root / "prepared.json").write_text(json.dumps(about))
    places = ["--data", str(root), "--out", str(tmp_path), "--device", "cpu"]
    assert main(["identity", *places, "--steps", "1"]) == 0
    assert "auc " in capsys.readouterr().out


def test_pictures_of_nobody_known_are_refused(drawn_many: Prepared, tmp_path: Path):
    with pytest.raises(DataError, match=r"identity_CelebA\.txt"):
        train_identity(drawn_many, tmp_path, TINY_IDENTITY, steps=1, device=CPU)
