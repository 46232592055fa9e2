"""Bring the figures and pictures of the texts up to date with the model that ships.

    python docs/figures.py

rewrites what stands between `<!-- figures:NAME -->` and `<!-- /figures:NAME -->` in README.md,
docs/model_card.md and docs/edits.md from what ships in data/pretrained/, and decodes
docs/reconstructions.png, docs/samples.png and docs/edits.png.
No picture of CelebA is needed or shown. The screenshot docs/explorer.png is taken by hand.
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # a script sees its own folder only

from benchmarks.edits import quick  # noqa: E402
from data.shipped import SHIPPED  # noqa: E402
from explorer.derived.lenses import LENSES  # noqa: E402
from explorer.judge.edit_figures import (  # noqa: E402
    EditFigures,
    Figures,
    Leaf,
    at_place,
    elected,
    election,
    load_edit_figures,
    mean_figures,
    mean_leaf,
)
from explorer.recipe.attributes import attribute_name  # noqa: E402
from explorer.recipe.compose import compose  # noqa: E402
from explorer.recipe.recipe import Source  # noqa: E402
from explorer.recipe.renderers import MEAN_RENDERER  # noqa: E402
from explorer.recipe.sample import USUAL  # noqa: E402
from explorer.run.loaded import open_run  # noqa: E402
from explorer.run.run import Run, load_run  # noqa: E402
from training.codes.samplers import draw  # noqa: E402
from training.judge.attribute_network import CLASSIFIER  # noqa: E402
from training.judge.frechet import second_network  # noqa: E402
from training.run.run_folder import METRICS, load_model, weights_key  # noqa: E402

TEXTS = tuple(ROOT / name for name in ("README.md", "docs/model_card.md", "docs/edits.md"))
COLUMNS = 12  # faces in a row of a picture
GAP = 2  # white pixels between faces
SEED = 0  # of the samples from the prior
EDITED = 8  # faces on the sheet of edits
EDIT_HEAD = (  # of tables of edits at strength 1
    "success",
    "by the first judge",
    "sex flips",
    "by both judges",
    "change of the others",
    "others that flip",
    "correlation difference",
    "identity",
    "typical",
    "far out",
)


def main() -> None:
    """Rewrite the blocks of TEXTS and both pictures."""
    run = load_run(SHIPPED)
    made = blocks(run)
    for path in TEXTS:
        path.write_text(filled(path.read_text(encoding="utf-8"), made), encoding="utf-8")
        print(f"figures of {SHIPPED.relative_to(ROOT)} in {path.relative_to(ROOT)}")
    loaded, key = open_run(SHIPPED), weights_key(SHIPPED)
    for name, rows in (drawn_rows(run) | {"edits": edited_rows(run)}).items():
        path = ROOT / "docs" / f"{name}.png"
        save_rows(path, [loaded.named(renderer).decode(codes) for renderer, codes in rows], key)
        print(f"decoded {path.relative_to(ROOT)}")


def blocks(run: Run) -> dict[str, str]:
    """Name -> Markdown of every block that the texts may hold."""
    judge = json.loads(CLASSIFIER.with_suffix(".json").read_text(encoding="utf-8"))
    return {
        "summary": _table(("model that ships", ""), _summary(run)),
        "training": _table(("option", "value"), _training(run)),
        "measures": _table(("measure", "value", "what it says"), _measures(run)),
        "probes": _table(
            ("attribute", "training faces with it", "probe AUC", "vector AUC"), _probes(run)
        ),
        "classifier": _table(("measure", "pictures", "reconstructions"), _classifier(judge)),
        "scores": _table(
            ("attribute", "AUC, pictures", "AUC, reconstructions", "recall", "specificity"),
            _scores(judge),
        ),
    } | _edit_blocks(run)


def _edit_blocks(run: Run) -> dict[str, str]:
    """The tables of docs/edits.md; a line that says what makes them while there are no figures."""
    found = load_edit_figures(SHIPPED, run.vectors)
    if found is None:
        missing = (
            "Not kept yet: `python -m benchmarks edits --write`, then `python docs/figures.py`."
        )
        return dict.fromkeys(
            ("election", "means", "confirmed", "edits", "hidden", "judges", "sheet"), missing
        )
    return {
        "election": _table(
            ("method", "leakage at equal success, mean difference = 1"), _election(found.figures)
        ),
        "means": _table(("renderer", "method", *EDIT_HEAD), _means(found)),
        "confirmed": _table(("method", *EDIT_HEAD), _confirmed(found)),
        "edits": _table(
            ("attribute", "way", "place", "faces", *EDIT_HEAD, "changes most"),
            _edits(found),
        ),
        "sheet": ", ".join(attribute_name(name) for name in sheet_attributes(run)) + ".",
        "hidden": ", ".join(f"`{name}`" for name in found.hidden) or "none",
        "judges": f"Success is what {found.second} says; strengths were fitted by {found.first}.",
    }


def filled(text: str, made: dict[str, str]) -> str:
    """The text with each of its blocks replaced. Raises KeyError for a block of unknown name."""
    return re.sub(
        r"(<!-- figures:(\w+) -->\n).*?(<!-- /figures:\2 -->)",
        lambda block: f"{block[1]}{made[block[2]]}\n{block[3]}",
        text,
        flags=re.DOTALL,
    )


def drawn_rows(run: Run) -> dict[str, list[tuple[str, np.ndarray]]]:
    """File name -> rows, each a renderer's name and codes (COLUMNS, D) float32.

    reconstructions: of validation faces at equal distances, each row drawn as the mean and below as
    the run's last renderer draws it. samples: by that one, seeds from 0 up, of the prior N(0, I),
    the mixture and the flow, the last at the temperature of the page; none of them was chosen.
    """
    spaced = np.linspace(0, len(run.faces) - 1, 2 * COLUMNS).round().astype(int)
    best, seeds = run.renderers[-1], range(COLUMNS)
    prior = np.random.default_rng(SEED).standard_normal((COLUMNS, run.space.latent), np.float32)
    rows = [prior, draw(run.space.mixture, seeds)]
    if run.space.flow is not None:
        rows += np.split(run.space.flow.draw(range(3 * COLUMNS), USUAL), 3)
    return {
        "reconstructions": [
            (renderer, codes)
            for codes in np.split(run.faces.mean[spaced], 2)
            for renderer in dict.fromkeys((MEAN_RENDERER, best))
        ],
        "samples": [(best, codes) for codes in rows],
    }


def sheet_attributes(run: Run) -> list[str]:
    """Those on the sheet of edits: what `python -m benchmarks edits --quick` looks at."""
    return list(quick(run).attributes or [])


def edited_rows(run: Run) -> list[tuple[str, np.ndarray]]:
    """The sheet of edits: faces at equal distances as they are, then each of `sheet_attributes`
    added at strength 1 by the run's default method, or removed from those that have it.
    """
    spaced = np.linspace(0, len(run.faces) - 1, EDITED + 2)[1:-1].round().astype(int)
    plain = [run.first_recipe.with_source(Source("picture", str(i))) for i in run.faces.ids[spaced]]
    rows = [plain]
    for name in sheet_attributes(run):
        ways = np.where(run.faces.label(name)[spaced], -1.0, 1.0)
        rows.append(
            [r.with_amount("attributes", name, float(w)) for r, w in zip(plain, ways, strict=True)]
        )
    return [
        (run.renderers[-1], np.stack([compose(recipe, run.space) for recipe in row]))
        for row in rows
    ]


def save_rows(path: Path, rows: list[np.ndarray], weights: str) -> None:
    """Rows of faces, each (n, S, S, 3) uint8, as one PNG that names the weights it is made with."""
    padded = [np.pad(r, ((0, 0), (0, GAP), (0, GAP), (0, 0)), constant_values=255) for r in rows]
    sheet = np.concatenate([np.concatenate(list(row), axis=1) for row in padded])
    text = PngInfo()
    text.add_text("weights", weights)
    Image.fromarray(sheet[:-GAP, :-GAP]).save(path, optimize=True, pnginfo=text)


def _summary(run: Run) -> list[tuple[str, ...]]:
    report, model = run.report, run.config.model
    auc = _aucs(run)
    return [
        (
            "network",
            f"VAE, {model.size}x{model.size} pixels, {model.latent} latent dimensions, "
            f"{_parameters() / 1e6:.2f} million parameters",
        ),
        (
            "trained on",
            f"{run.config.data['train_pictures']:,} pictures of CelebA",
        ),
        ("measured on", f"{report['pictures']:,} validation pictures of other people"),
        ("PSNR of reconstructions", f"{report['psnr_mean_db']:.2f} dB"),
        ("rate", f"{report['rate_nats']:.1f} nats"),
        ("ELBO", f"{report['bits_per_dim']:.3f} bits per dimension"),
        ("active units", f"{report['active_units']} of {model.latent}"),
        (
            "attributes read off the codes",
            f"mean AUC {report['probes']['mean_auc']:.3f}, from {auc[0][0]} ({auc[0][1]:.3f}) "
            f"to {auc[-1][0]} ({auc[-1][1]:.3f})",
        ),
    ]


def _training(run: Run) -> list[tuple[str, ...]]:
    model, training, data = run.config.model, run.config.training, run.config.data
    speed = np.median([line["pictures_per_s"] for line in _metrics()])
    rows = {
        "model": f"{model.kind}, likelihood {model.likelihood}",
        "latent dimensions": f"{model.latent}",
        "widths, finest level first": ", ".join(f"{width}" for width in model.widths),
        "residual blocks per level": f"{model.blocks}",
        "parameters": f"{_parameters():,}",
        "epochs": _epochs(run),
        "first weights": f"those of `{training.start}`" if training.start else "fresh",
        "batch": f"{training.batch} pictures",
        "peak learning rate": f"{training.learning_rate:g}",
        "weight decay": f"{training.weight_decay:g}",
        "beta": f"{training.beta:g}",
        "EMA decay per step": f"{training.ema:g}",
        "largest gradient norm": f"{training.clip:g}",
        "seed": f"{training.seed}",
        "pictures per second, median": f"{speed:.0f}",
        "versions": ", ".join(f"{name} {version}" for name, version in run.config.versions.items()),
        "fingerprint of the pictures": f"`{data['fingerprint']}`",
        "key of the weights": f"`{run.report['weights']}`",
    }
    return list(rows.items())


def _measures(run: Run) -> list[tuple[str, ...]]:
    report = run.report
    kl = report["kl_per_dimension"]
    rows: list[tuple[str, ...]] = [
        ("validation pictures", f"{report['pictures']:,}", "of people not trained on"),
        (
            "PSNR, z = posterior mean",
            f"{report['psnr_mean_db']:.2f} dB",
            "reconstruction at its best",
        ),
        ("PSNR, z sampled", f"{report['psnr_sample_db']:.2f} dB", "reconstruction as trained"),
        ("sigma of p(x\\|z)", f"{report['sigma']:.4f}", "in the [0, 1] pixel range"),
        ("distortion", f"{report['distortion_nats']:,.1f} nats", "below 0: p(x\\|z) is a density"),
        ("rate", f"{report['rate_nats']:.1f} nats", "KL from q(z\\|x) to N(0, I)"),
        ("ELBO", f"{report['elbo_nats']:,.1f} nats", "-(distortion + rate)"),
        (
            "ELBO",
            f"{report['bits_per_dim']:.3f} bits per dimension",
            "per value of the 8-bit picture, lower is better",
        ),
        (
            "active units",
            f"{report['active_units']} of {len(kl)}",
            "variance of the posterior mean above 0.01",
        ),
        ("KL of one dimension", f"{min(kl):.2f} to {max(kl):.2f} nats", "least and most used"),
        (
            "mean probe AUC",
            f"{report['probes']['mean_auc']:.3f}",
            f"logistic regressions fitted on {report['probes']['fitted_on']:,} training codes",
        ),
    ]
    if "ssim_mean" in report:  # reports made before it was measured have none
        similarity = f"{report['ssim_mean']:.3f}"
        rows.append(("SSIM, z = posterior mean", similarity, "1 where pictures are equal"))
    if "sharpness_mean" in report:
        kept = f"{report['sharpness_mean']:.2f}"
        rows.append(("sharpness, z = posterior mean", kept, "beside the pictures, which have 1"))
    if guess := report.get("encoder"):
        told = f"{guess['psnr_mean_db']:.2f} dB, {guess['rate_nats']:.1f} nats"
        rows.append(
            (
                "PSNR and rate of the encoder's guess",
                told,
                f"before {report['refine_steps']} steps of refinement",
            )
        )
    if sharp := report.get("sharp"):
        rows += [
            ("sharp renderer: PSNR", f"{sharp['psnr_db']:.2f} dB", "of the same codes"),
            ("sharp renderer: SSIM", f"{sharp['ssim']:.3f}", "likewise"),
            ("sharp renderer: sharpness", f"{sharp['sharpness']:.2f}", "likewise"),
            (
                "sharp renderer: Fréchet distance of reconstructions",
                f"{sharp['frechet_reconstructions']:.2f}",
                "in features that it was trained with",
            ),
        ]
    if bound := report.get("importance_weighted"):
        rows.append(
            (
                f"importance-weighted bound, {bound['samples']} samples",
                f"{bound['bits_per_dim']:.3f} bits per dimension",
                f"on {bound['pictures']} pictures, whose ELBO is {bound['elbo_bits_per_dim']:.3f}",
            )
        )
    if quality := report.get("frechet"):
        rows += _quality(quality, (report.get("sharp") or {}).get("frechet_samples") or {})
    trust = dict(zip(run.face_map.layouts, run.face_map.trustworthiness, strict=True))
    legible = dict(zip(run.face_map.layouts, run.face_map.legibility, strict=True))
    for lens in LENSES:
        told = f"{trust[f'{lens}/umap2']:.3f}, {np.nanmean(legible[f'{lens}/umap2']):.3f}"
        says = "how far neighbours are kept; AUC of telling attributes from places on the map"
        rows.append((f"trustworthiness and legibility of the map, lens {lens}", told, says))
    return rows


def _quality(quality: dict, sharp: dict[str, float]) -> list[tuple[str, ...]]:
    """Fréchet distances of real pictures, reconstructions and every sampler.

    sharp: those of the samplers as the sharp renderer draws them.
    """
    protocol = quality["protocol"]
    seen = f"of {protocol['samples']:,} to {protocol['reference_pictures']:,} validation pictures"
    return [
        ("Fréchet distance of training pictures", f"{quality['training_pictures']:.2f}", seen),
        (
            "Fréchet distance of reconstructions",
            f"{quality['reconstructions']:.2f}",
            "of the validation pictures themselves",
        ),
        *(
            (f"Fréchet distance of samples, {name}", f"{value:.2f}", "likewise, temperature 1")
            for name, value in quality["samples"].items()
        ),
        *(
            (f"the same drawn sharp, {name}", f"{value:.2f}", "likewise")
            for name, value in sharp.items()
        ),
        *(_of_flow(flow) if (flow := quality.get("flow")) else ()),
        *(
            (f"by the second network: {name}", f"{value:.2f}", "which nothing was trained with")
            for name, value in second_network(quality.get("second")).items()
        ),
    ]


def _of_flow(flow: dict) -> list[tuple[str, ...]]:
    """What the flow exceeds the best possible by, and whether it repeats what it was shown."""
    shares = [f"{v:.2f} ({k})" for k, v in flow["excess_of_mixture"].items() if v is not None]
    nearest = [f"{value:.1f} ({name})" for name, value in flow["nearest_training_code"].items()]
    return [
        (
            "excess of the flow over training codes",
            ", ".join(shares) or "none to compare with",
            "as a share of the mixture's excess, by renderer",
        ),
        ("distance to the nearest training code", ", ".join(nearest), "median, in z"),
    ]


def _probes(run: Run) -> list[tuple[str, ...]]:
    vectors = run.vectors
    faces = run.config.data["train_pictures"]
    share = {str(a): n / faces for a, n in zip(vectors.attributes, vectors.positives, strict=True)}
    along = {str(a): v for a, v in zip(vectors.attributes, vectors.auc[0], strict=True)}
    return [
        (f"`{name}`", f"{share[name]:.1%}", f"{auc:.3f}", f"{along[name]:.3f}")
        for name, auc in _aucs(run)
    ]


def _aucs(run: Run) -> list[tuple[str, float]]:
    """(attribute, probe AUC), best first."""
    return sorted(run.report["probes"]["auc"].items(), key=lambda item: -item[1])


def _classifier(judge: dict) -> list[tuple[str, ...]]:
    """Rows of what the classifier of attributes reaches."""
    pictures, soft = judge["pictures"], judge["reconstructions"]

    def row(name: str, key: str) -> tuple[str, ...]:
        return (name, f"{pictures[key]:.3f}", f"{soft[key]:.3f}")

    before = judge["mean_auc_before_balancing"]
    return [
        row("mean AUC", "mean_auc"),
        row("mean AUC among men and among women", "mean_auc_among_men_and_among_women"),
        (
            "mean AUC before the last layer was balanced",
            f"{before['pictures']:.3f}",
            f"{before['reconstructions']:.3f}",
        ),
        row("mean calibration error", "mean_calibration_error"),
    ]


def _scores(judge: dict) -> list[tuple[str, ...]]:
    """A row for each attribute, best told first; recall and specificity on reconstructions."""
    pictures, soft = judge["pictures"], judge["reconstructions"]
    return [
        (
            f"`{name}`",
            f"{pictures['auc'][name]:.3f}",
            f"{auc:.3f}",
            f"{soft['recall'][name]:.0%}",
            f"{soft['specificity'][name]:.0%}",
        )
        for name, auc in sorted(soft["auc"].items(), key=lambda item: -item[1])
    ]


def _election(figures: Figures) -> list[tuple[str, ...]]:
    return [
        (method.replace("_", " "), f"{ratio:.2f}") for method, ratio in election(figures).items()
    ]


def _means(found: EditFigures) -> list[tuple[str, ...]]:
    """The mean of all attributes and both ways, every method as every renderer draws it."""
    return [
        (renderer, method.replace("_", " "), *_edit(leaf))
        for renderer, figures in found.by_renderer.items()
        for method, leaf in mean_figures(figures).items()
    ]


def _confirmed(found: EditFigures) -> list[tuple[str, ...]]:
    """The mean difference and what was elected, each over all attributes and both ways."""
    plain, chosen = at_place(0), "elected"
    leaves: dict[str, list[Leaf]] = {plain: [], chosen: []}
    for name, ways in found.confirmed.items():
        if name in found.hidden:
            continue
        for way, method in elected(found.figures[name]).items():
            for told, by in ((plain, plain), (chosen, method)):
                leaves[told].append(ways[way][by]["1"])
    return [(told, *_edit(mean_leaf(of))) for told, of in leaves.items() if of]


def _edits(found: EditFigures) -> list[tuple[str, ...]]:
    """What the elected edit does, attribute by attribute, those that can do most first."""
    rows = []
    for name, ways in found.figures.items():
        chosen = elected(ways)
        for way, methods in ways.items():
            if not chosen or name in found.hidden:
                continue
            told = found.confirmed.get(name, ways).get(way, methods)
            leaf = told[chosen[way]]["1"]
            worst = ", ".join(f"`{other}` {change:.2f}" for other, change in leaf["worst"].items())
            rows.append(
                (
                    leaf["success"],
                    (
                        *(f"`{name}`", way, chosen[way].removeprefix("place ")),
                        *(str(leaf["faces"]), *_edit(leaf), worst),
                    ),
                )
            )
    return [row for _, row in sorted(rows, key=lambda item: -item[0])]


def _edit(leaf: Leaf) -> tuple[str, ...]:
    """The cells of EDIT_HEAD."""
    first, sex, both, identity = (
        leaf.get(key) for key in ("success_first", "sex_flips", "sex_flips_both", "identity")
    )
    return (
        f"{leaf['success']:.0%}",
        "" if first is None else f"{first:.0%}",
        "" if sex is None else f"{sex:.0%}",
        "" if both is None else f"{both:.0%}",
        f"{leaf['leakage']:.3f}",
        f"{leaf['flips']:.1f}",
        f"{leaf['correlation_difference']:.2f}",
        "" if identity is None else f"{identity:.2f}",
        f"{leaf['typical']:.0%}",
        f"{leaf['far_out']:.0%}",
    )


def _epochs(run: Run) -> str:
    """Epochs done, and planned where these are more."""
    done, planned = _metrics()[-1]["epoch"], run.config.training.epochs
    return f"{planned}" if done == planned else f"{done:.1f} of {planned}"


def _metrics() -> list[dict[str, float]]:
    return [json.loads(line) for line in (SHIPPED / METRICS).read_text().splitlines()]


def _parameters() -> int:
    return sum(p.numel() for p in load_model(SHIPPED).parameters())


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
