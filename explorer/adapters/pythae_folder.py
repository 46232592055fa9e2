"""A model that pythae saved: https://github.com/clementchadebec/benchmark_VAE.

Only weights and JSON are read. Networks of one's own pythae saves as pickles, which may hold any
program: such a folder is refused.
"""

from pathlib import Path

import numpy as np

from data.errors import DataError
from data.json_text import read_json
from explorer.adapters.graphs import Graphs
from explorer.adapters.torch_functions import to_graphs
from training.run.run_folder import reason

ABOUT, WEIGHTS = "model_config.json", "model.pt"
PICKLES = ("encoder.pkl", "decoder.pkl")
# Models whose decoder draws from the very code that the encoder gives; in the others a flow, a
# sphere, a walk or a codebook stands between both.
DIRECT = (
    *("AE", "RAE_GP", "RAE_L2", "WAE_MMD"),
    *("VAE", "BetaVAE", "BetaTCVAE", "DisentangledBetaVAE", "FactorVAE", "INFOVAE_MMD"),
    *("MSSSIM_VAE", "Adversarial_AE", "VAEGAN", "IWAE", "CIWAE", "MIWAE", "PIWAE"),
)


def is_pythae(folder: Path) -> bool:
    """Whether pythae saved a model there."""
    return (folder / ABOUT).is_file()


def read_pythae(folder: Path, pictures: np.ndarray) -> Graphs:
    """The model of a folder that pythae saved (`final_model`), as ONNX.

    pictures: some (B, C, S, S) float32, to export it with. Raises DataError for a folder that is
    incomplete, has pickles, or holds another kind of model; ModuleNotFoundError without pythae.
    """
    if pickles := [name for name in PICKLES if (folder / name).exists()]:
        raise DataError(
            f"weights and JSON alone in {folder}",
            f"{' and '.join(pickles)}, pickles, which may run any program",
            "open the model where you trust it, and give its encoder and decoder to "
            "explorer.adapters.adopt",
        )
    if not (folder / WEIGHTS).is_file():
        raise DataError(
            f"{WEIGHTS} in {folder}", "no such file", "name the folder final_model of a training"
        )
    try:
        name = str(read_json(folder / ABOUT)["name"]).removesuffix("Config").rstrip("_")
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise _unreadable(folder / ABOUT, error) from error
    if name not in DIRECT:
        raise DataError(
            f"a model that decodes the code it encodes: {', '.join(DIRECT)}",
            f"{name} in {folder}",
            "adopt another one",
        )
    return _exported(folder, name, pictures)


def _exported(folder: Path, name: str, pictures: np.ndarray) -> Graphs:
    from pickle import UnpicklingError

    import torch

    try:
        import pythae.models
        from pythae.models.auto_model import AutoConfig
    except ModuleNotFoundError as error:
        raise DataError(
            f"pythae and what it needs, to read {folder}",
            f"no package {error.name}",
            f"pip install {error.name}",
        ) from error
    try:
        config = AutoConfig.from_json_file(str(folder / ABOUT))
        shape = tuple(config.input_dim)
        model = getattr(pythae.models, name)(config)
        weights = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
        model.load_state_dict(weights["model_state_dict"])
    except (OSError, ValueError, LookupError, TypeError, RuntimeError) as error:
        raise _unreadable(folder, error) from error
    except UnpicklingError as error:
        raise _unreadable(folder / WEIGHTS, error) from error
    if shape != pictures.shape[1:]:
        raise DataError(
            f"pictures {shape}, as the model in {folder} takes them",
            f"pictures {pictures.shape[1:]}",
            f"prepare them so: python -m data prepare SOURCE --size {shape[-1]}, with or without "
            "--grey",
        )
    model.eval()

    def encode(given: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = model.encoder(given)
        logvar = found.get("log_covariance")
        return (found["embedding"],) if logvar is None else (found["embedding"], logvar)

    def decode(codes: torch.Tensor) -> torch.Tensor:
        return model.decoder(codes)["reconstruction"]

    return to_graphs(encode, decode, pictures, f"pythae's {name}")


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(
        f"a model of pythae in {path}", reason(error), "copy it again, or save it once more"
    )
