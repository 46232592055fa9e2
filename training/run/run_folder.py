"""The run folder: what one trained model leaves on disk, and all that the explorer reads.

    config.json          model, training, data fingerprint, versions
    weights.safetensors  the averaged (EMA) weights, float32
    encoder.onnx, decoder.onnx  in place of weights, the networks of an adopted model
    metrics.jsonl        one line per logged step
    latents.npz          codes of the encoded pictures and their attribute labels
    vectors.npz          attribute vectors and their statistics
    map.npz              UMAP positions, parameters, seed
    report.json          evaluation
    effects.npz          how far a vector leads a face to an effect; optional
    people.npz           where in the codes a person is; optional
    edits.json           what edits by the vectors do; optional
    second_stage.safetensors  a second VAE of the codes, to draw new ones from; optional
    last_layers.npz      last layers of the decoder for other likelihoods; optional
    sharp.safetensors    a second decoder, whose pictures are sharp; optional
    flow.safetensors     a flow to the codes, to draw new ones from; optional

Nothing in it is a pickle.
"""

import hashlib
import platform
import shlex
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from data.errors import T_, ErrorForPeople
from data.errors import quoted as quoted
from data.files import is_own_leftover
from data.json_text import read_json
from data.schema import SCHEMA, Schema
from training.model.config import ModelConfig, TrainingConfig
from training.run.files import Damaged, LfsPointer, read_npz, write_atomically, write_json
from training.run.tensors import BAD_TENSORS, load_tensors, save_tensors

if TYPE_CHECKING:
    import torch

    from training.model.networks import Autoencoder

CONFIG, WEIGHTS, METRICS = "config.json", "weights.safetensors", "metrics.jsonl"
ENCODER, DECODER = "encoder.onnx", "decoder.onnx"
PAIR = ENCODER, DECODER  # of an adopted model
CHECKPOINT = "checkpoint.safetensors"
LATENTS, VECTORS, MAP, REPORT = "latents.npz", "vectors.npz", "map.npz", "report.json"
EDITS, EFFECTS, PEOPLE = "edits.json", "effects.npz", "people.npz"
SECOND_STAGE = "second_stage.safetensors"
LAST_LAYERS = "last_layers.npz"
SHARP, FLOW, STEPS = "sharp.safetensors", "flow.safetensors", "steps.safetensors"
FIRST_FACE = "first_face.txt"  # id of the face that the page opens on
SHARP_CHECKPOINT, SHARP_METRICS = "sharp_checkpoint.safetensors", "sharp_metrics.jsonl"


class RunError(ErrorForPeople):
    """A run folder is missing, incomplete or damaged; says which file and the command to run."""


def reason(error: Exception) -> str:
    """What an error says, in one line of at most 200 characters: the `found` of a RunError."""
    text = f"no entry {error}" if isinstance(error, KeyError) else str(error)
    if isinstance(error, OSError) and error.strerror:
        text = error.strerror
    return textwrap.shorten(text or type(error).__name__, 200)


def no_such_file(path: Path, command: str) -> RunError:
    """The error of a file of a run that is not there. command: what makes it."""
    expected = T_("{name} in {folder}", name=path.name, folder=path.parent)
    return RunError(expected, T_("no such file"), command)


def readable(path: Path) -> str:
    """What is expected of a file that is there."""
    return T_("a readable {path}", path=path)


def unreadable(expected: str, path: Path, error: Exception, command: str) -> RunError:
    """The error of a file that cannot be read: its next step fits the cause.

    command: what makes the file anew.
    """
    told, step = shlex.quote(str(path)), command
    if isinstance(error, LfsPointer):
        step = T_("git lfs pull, in the folder that git cloned; {file} comes with it", file=told)
    elif isinstance(error, PermissionError):
        step = T_("let yourself read it: chmod u+r {file}, or ask its owner", file=told)
    elif isinstance(error, Damaged):
        step = T_("copy it again from where it is whole, or {command}", command=command)
    return RunError(expected, reason(error), step)


def refuse_others(folder: Path, own: Iterable[str], done: str) -> None:
    """Raises RunError where `folder` holds more than files of the names `own`.

    done: "published", "exported": what has made these.
    """
    found = (path.name for path in folder.glob("*") if not is_own_leftover(path.name))
    if others := sorted({*found} - {*own}):
        raise RunError(
            f"a new folder at {folder}, or one that was {done} before",
            f"{', '.join(others[:5])} in it",
            "name another --out",
        )


# Options that say something of an adopted model.
OF_ADOPTED = ("kind", "size", "latent", "likelihood", "channels", "adopted", "pixel_range")


@dataclass(frozen=True)
class RunConfig:
    """config.json as data. `data` holds the fingerprint, size and picture count trained on; of an
    adopted model nothing, and training has the defaults.
    """

    model: ModelConfig
    training: TrainingConfig
    data: dict[str, Any]
    versions: dict[str, str]


def versions() -> dict[str, str]:
    """Versions of what can change a result."""
    import torch

    return {
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "numpy": np.__version__,
    }


def write_config(run: Path, config: RunConfig) -> None:
    """Write config.json; of an adopted model only what is known of it."""
    values = asdict(config)
    if config.model.adopted:
        values |= {"model": {name: values["model"][name] for name in OF_ADOPTED}, "training": {}}
    write_json(run / CONFIG, values)


def write_schema(run: Path, schema: Schema) -> None:
    """Write schema.json; of CelebA there is none."""
    if not schema.is_celeba:
        text = schema.to_text()
        write_atomically(run / SCHEMA, lambda path: path.write_text(text, encoding="utf-8"))


def read_config(run: Path) -> RunConfig:
    """Read config.json. Raises RunError when the folder or the file is missing or damaged."""
    if not run.is_dir():
        raise RunError(T_("a run folder at {run}", run=run), T_("no such folder"), fit_command(run))
    path = run / CONFIG
    if not path.is_file():
        names = ", ".join(sorted(p.name for p in run.iterdir())[:8]) or T_("an empty folder")
        raise RunError(T_("{name} in {folder}", name=CONFIG, folder=run), names, fit_command(run))
    try:
        values = read_json(path)
        for name in ("model", "training", "data", "versions"):
            if not isinstance(values[name], dict):
                raise ValueError(f"{name} that holds options; found {type(values[name]).__name__}")
        return RunConfig(
            ModelConfig.from_dict(values["model"]),
            TrainingConfig.from_dict(values["training"]),
            values["data"],
            values["versions"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise unreadable(readable(path), path, error, fit_command(run)) from error


def write_weights(run: Path, model: "Autoencoder") -> None:
    """Write the weights as float32 safetensors."""
    save_tensors(run / WEIGHTS, model.state_dict(), {})


def load_model(run: Path, device: "torch.device | str" = "cpu") -> "Autoencoder":
    """The trained model in eval mode, without gradients, on `device`.

    Raises RunError when the folder is missing, or its weights are missing, damaged or of another
    network, and for an adopted model.
    """
    import torch

    from training.model.networks import build

    config = own_config(run)
    path = run / WEIGHTS
    if not path.is_file():
        raise no_such_file(path, fit_command(run))
    try:
        tensors = load_tensors(path).tensors
        with torch.device("meta"):  # costs no memory, whatever the options say
            build(config.model).load_state_dict(tensors, assign=True)
        model = build(config.model)
        model.load_state_dict(tensors)
    except BAD_TENSORS as error:
        expected = T_("weights of {kind} in {path}", kind=config.model.kind, path=path)
        raise unreadable(expected, path, error, fit_command(run)) from error
    return model.eval().requires_grad_(False).to(device)


def weights_key(run: Path) -> str:
    """16 hex digits of the weights' content: what every derived file carries to be matched.

    Of an adopted model that of its two networks, one after the other.
    """
    adopted = not (run / WEIGHTS).is_file() and any((run / name).is_file() for name in PAIR)
    command, whole = (adopt_command if adopted else fit_command)(run), hashlib.sha256()
    for name in PAIR if adopted else (WEIGHTS,):
        path = run / name
        if not path.is_file():
            raise no_such_file(path, command)
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    whole.update(block)
        except OSError as error:
            raise unreadable(readable(path), path, error, command) from error
    return whole.hexdigest()[:16]


def own_config(run: Path) -> RunConfig:
    """config.json of a model that was trained here. Raises RunError for an adopted one, too."""
    config = read_config(run)
    if config.model.adopted:
        raise not_ours(run, config)
    return config


def not_ours(run: Path, config: RunConfig) -> RunError:
    """The error where weights or a likelihood are asked of an adopted model."""
    return RunError(
        T_("a model that was trained here, in {run}", run=run),
        T_("one adopted from {source}", source=config.model.adopted),
        T_(
            "go on without: its page opens all the same, and encode, evaluate, vectors and map "
            "make its files anew"
        ),
    )


def own_report(run: Path) -> dict[str, Any]:
    """report.json where it tells of the weights in the folder; empty where it does not."""
    try:
        report = read_json(run / REPORT)
        return report if report["weights"] == weights_key(run) else {}
    except (OSError, ValueError, KeyError, TypeError):  # a RunError is a ValueError
        return {}


def read_derived(run: Path, name: str, command: str) -> dict[str, np.ndarray]:
    """The arrays of a derived file of a run folder, `weights` among them.

    Raises RunError, naming the `command` that makes it, when the file is missing, damaged or was
    made with other weights than those in the folder.
    """
    read_config(run)  # says so when there is no run at all
    path = run / name
    if not path.is_file():
        raise no_such_file(path, command)
    try:
        arrays = read_npz(path)
        key = str(arrays["weights"])
    except (OSError, ValueError, KeyError, EOFError, MemoryError) as error:
        raise unreadable(readable(path), path, error, command) from error
    check_key(run, name, key, command)
    return arrays


def check_key(run: Path, name: str, key: str, command: str) -> None:
    """Raises RunError, naming `command`, where a derived file has the key of other weights."""
    if key != (own := weights_key(run)):
        raise RunError(
            T_("{name} made with the weights in {run} ({key})", name=name, run=run, key=own),
            T_("{name} of other weights ({key})", name=name, key=key),
            command,
        )


def fit_command(run: Path) -> str:
    """What makes the weights of a run."""
    command = f"python -m training fit --data DIR --model vae --out {quoted(run)}"
    return T_("train one: {command}", command=command)


def adopt_command(run: Path) -> str:
    """What makes the networks of an adopted model."""
    return f"python -m explorer adopt SOURCE --data DIR --out {quoted(run)}"
