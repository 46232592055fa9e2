"""The map's routes: places, colours and filters as bytes that a browser fetches once each.

N faces, in the order of `Run.faces`; numbers are little-endian. KEY is `run_key` of the run, so
what an address gives never changes and may be kept for ever. The twin's map has a key of its own;
its places are laid onto those of the open run:

    GET /map/KEY/ids                 N lines of text, the picture ids
    GET /map/KEY/positions/LAYOUT    (N, 2) or (N, 3) float32
    GET /map/KEY/columns             JSON [{"name", "title", "group"}]: what there is to colour by
    GET /map/KEY/column/NAME         (N,) uint8; the header `Column` says in JSON what they mean
    GET /map/KEY/mask?filter=TEXT    ceil(N / 8) bytes: bit k of byte j is face 8 j + k
    GET /map/KEY/about/ID            JSON {"attributes": [names, the most telling first]}
    GET /map/KEY/picture/ID          the prepared picture of CelebA as PNG, where it is on disk

Titles, labels and names are texts: ?language=de gives them in one of the languages of
explorer/language, no language in English.

What is unknown is answered by 404 and a line of text that says what was expected and found.
"""

import contextlib
import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route

from explorer.faces import prepared_pictures
from explorer.faces.filters import Conditions, FilterError, passing
from explorer.language.text import speaking
from explorer.map import columns as map_columns
from explorer.map.beside import beside_key, layout_beside
from explorer.map.columns import Column, ColumnError, columns
from explorer.map.layouts import layout as find_layout
from explorer.recipe.attributes import attribute_name
from explorer.run.run import Run, run_key
from training.run.run_folder import RunError

PATH = "/map"
FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
ATTRIBUTES_TOLD = 4  # of a face, the most telling ones


class NotOnMap(LookupError):
    """What was asked for does not exist: says what was expected and what was found."""


def positions(run: Run, layout: str, like: Run | None = None) -> np.ndarray:
    """(N, 2) or (N, 3) float32, laid onto the map of another run if there is one to be `like`.

    Raises NotOnMap.
    """
    try:
        found = layout_beside(run, like, layout) if like else find_layout(run, layout)
        return found.positions
    except ValueError as error:  # LayoutError among them
        raise NotOnMap(str(error)) from None


def column(run: Run, name: str) -> Column:
    """A colour. Raises NotOnMap."""
    try:
        return map_columns.column(run, name)
    except ColumnError as error:
        raise NotOnMap(str(error)) from None


def mask(run: Run, text: str) -> np.ndarray:
    """(N,) bool: the faces that pass a filter, see explorer/faces/filters.py. Raises NotOnMap."""
    try:
        return passing(run.faces, Conditions.from_text(text))
    except FilterError as error:
        raise NotOnMap(str(error)) from None


def about(run: Run, picture_id: str) -> dict[str, Any]:
    """What the card says of one face: how its attributes are called. Raises NotOnMap."""
    return {"attributes": [attribute_name(name) for name in strongest(run, picture_id)]}


def strongest(run: Run, picture_id: str) -> list[str]:
    """The attributes of one face, the most telling first, as the map's lenses see them in its code.
    Raises NotOnMap.
    """
    row, names, lenses = _row(run, picture_id), run.faces.attributes, run.face_map.lenses
    margins = lenses.margins(run.faces.mean[row][None])[0].tolist()
    margin = dict(zip(lenses.attributes.tolist(), margins, strict=True))
    has = names[run.faces.labels[row].astype(bool)].tolist()
    return sorted(has, key=lambda name: -margin.get(name, -np.inf))[:ATTRIBUTES_TOLD]


def picture(run: Run, picture_id: str) -> np.ndarray:
    """(S, S, 3) uint8: the prepared picture that was encoded. Raises NotOnMap."""
    found = prepared_pictures.pictures_of(run.faces.take(np.array([_row(run, picture_id)])))
    if found is None:
        folder = prepared_pictures.PREPARED
        raise NotOnMap(f"expected the pictures of this run in {folder}; found none")
    return found[0]


def _row(run: Run, picture_id: str) -> int:
    found = np.flatnonzero(run.faces.ids == picture_id)
    if not len(found):
        raise NotOnMap(f"expected the id of a face of this map; found {picture_id!r}")
    return int(found[0])


class MapRoute:
    """The routes, answered from the run that is open and from its twin.

    current: gives the open run, twin: the one whose map lies beside it. Both raise RunError.
    """

    def __init__(self, current: Callable[[], Run], twin: Callable[[], Run] | None = None):
        self._current = current
        self._twin = twin

    @property
    def route(self) -> Mount:
        """To be given to the server."""
        known = {
            "/ids": self._ids,
            "/positions/{name:path}": self._positions,
            "/columns": self._columns,
            "/column/{name:path}": self._column,
            "/mask": self._mask,
            "/about/{name}": self._about,
            "/picture/{name}": self._picture,
        }
        routes = [Route("/{key}" + path, self._answering(made)) for path, made in known.items()]
        return Mount(PATH, routes=routes)

    def _answering(self, made: Callable[[Run, Request], Response]) -> Callable:
        # Not a coroutine, so that Starlette runs it in a thread: pages and faces go on meanwhile.
        def answer(request: Request) -> Response:
            try:
                with speaking(request.query_params.get("language")):
                    response = made(self._run(request.path_params["key"]), request)
            except (NotOnMap, RunError) as error:
                return PlainTextResponse(str(error), 404, {"Cache-Control": "no-store"})
            response.headers.update(FOREVER)
            return response

        return answer

    def _run(self, key: str) -> Run:
        run = self._current()
        if key == run_key(run):
            return run
        with contextlib.suppress(RunError):
            if self._twin is not None and key == beside_key(twin := self._twin(), run):
                return twin
        raise NotOnMap(f"expected the map {run_key(run)} of the open run; found {key!r}")

    @staticmethod
    def _ids(run: Run, _: Request) -> Response:
        return PlainTextResponse("\n".join(map(str, run.faces.ids)))

    def _positions(self, run: Run, request: Request) -> Response:
        like = self._current()
        name = request.path_params["name"]
        return _bytes(positions(run, name, None if like is run else like).astype("<f4"))

    @staticmethod
    def _columns(run: Run, _: Request) -> Response:
        return _json(columns(run))

    @staticmethod
    def _column(run: Run, request: Request) -> Response:
        values, meaning = column(run, request.path_params["name"])
        response = _bytes(values)
        response.headers["Column"] = json.dumps(meaning)
        return response

    @staticmethod
    def _mask(run: Run, request: Request) -> Response:
        keep = mask(run, request.query_params.get("filter", ""))
        return _bytes(np.packbits(keep, bitorder="little"))

    @staticmethod
    def _about(run: Run, request: Request) -> Response:
        return _json(about(run, request.path_params["name"]))

    @staticmethod
    def _picture(run: Run, request: Request) -> Response:
        file = io.BytesIO()
        Image.fromarray(picture(run, request.path_params["name"])).save(file, "PNG")
        return Response(file.getvalue(), media_type="image/png")


def _json(content: Any) -> Response:
    return Response(json.dumps(content), media_type="application/json")


def _bytes(array: np.ndarray) -> Response:
    return Response(np.ascontiguousarray(array).tobytes(), media_type="application/octet-stream")
