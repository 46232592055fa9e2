"""Cards of models that are handed on: README.md, whose head model hubs read."""

from pathlib import Path

from training.model.networks import VAE, Autoencoder
from training.run.run_folder import own_report

CARD = "README.md"
LIBRARY = "latent-space-explorer"  # what a hub's folder is opened with


def kind_of(model: Autoencoder) -> str:
    """ "variational autoencoder" or "autoencoder"."""
    return "variational autoencoder" if isinstance(model, VAE) else "autoencoder"


def figures_table(run: Path, model: Autoencoder) -> str:
    """What the network is and what report.json says of it, as rows of a Markdown table."""
    config = model.config
    rows = [("pixels", f"{config.size}x{config.size}"), ("latent dimensions", f"{config.latent}")]
    rows += [("likelihood", config.likelihood)]
    if report := own_report(run):
        figures = (
            ("PSNR of reconstructions, dB", "psnr_mean_db"),
            ("rate, nats", "rate_nats"),
            ("bits per dimension", "bits_per_dim"),
            ("active units", "active_units"),
        )
        rows += [(t, f"{report[k]:.4g}") for t, k in figures if report.get(k) is not None]
        if quality := report.get("frechet"):
            rows += [(f"Fréchet distance, {k}", f"{v:.3g}") for k, v in quality["samples"].items()]
    return "\n".join(f"| {name} | {value} |" for name, value in rows)


def run_card(run: Path, model: Autoencoder, faces: int) -> str:
    """The card of a run folder that is published, with the codes of so many faces."""
    return RUN_TEXT.format(
        kind=kind_of(model), library=LIBRARY, table=figures_table(run, model), faces=faces
    )


RUN_TEXT = """---
license: other
license_name: celeba-non-commercial-research
library_name: {library}
tags:
- {kind}
- celeba
- latent-space
pipeline_tag: unconditional-image-generation
---

# A {kind} of faces, to be explored

Trained on CelebA, for non-commercial research and teaching only, in line with CelebA's agreement.
Not for identifying people, for decisions about them, or for pictures that pass for photographs.

| | |
| --- | --- |
{table}

## Use

This folder is a run of the latent-space explorer. In a notebook, in the folder of the explorer:

```python
from explorer import load, show

model = load("FOLDER")  # where this folder lies
show(model.decode(model.random(range(6))))
```

On a page: `EXPLORER_RUN=FOLDER streamlit run streamlit_app.py`. Without a server:
`python -m explorer site FOLDER --out DIR`.

It holds the codes of {faces:,} validation faces with labels that linear probes predict from them;
neither a picture nor an annotation of CelebA is in it.
"""
