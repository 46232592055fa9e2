"""Log lines that any client can cause are counted, not written over and over: disks are finite."""

import logging
import time
from collections.abc import Callable

# Of the loops and servers below us, and of our own routes.
LOGGERS = (
    "asyncio",
    "uvicorn.error",
    "streamlit.web.server.starlette.starlette_websocket",
    "streamlit.web.server.starlette.starlette_routes",
    "explorer.live.route",
    "explorer.decoding.decode_queue",
)
MOST_LINES = 10  # alike, in EVERY seconds
EVERY = 60.0
KINDS = 256  # of lines that are told apart


class FewAlike(logging.Filter):
    """Passes MOST_LINES alike in EVERY seconds; the next of them says how many were left out.

    Lines are alike when their text before arguments are put in is. clock: seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        super().__init__()
        self._clock = clock
        self._seen: dict[tuple[str, str], list[float]] = {}  # kind -> since when, how many

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        # What asyncio says of an error names the error after the first line.
        kind = (record.name, str(record.msg).partition("\n")[0][:200])
        if len(self._seen) > KINDS and kind not in self._seen:
            self._seen.clear()
        since, count = self._seen.get(kind, [now, 0])
        if now - since >= EVERY:
            if (left_out := int(count) - MOST_LINES) > 0:
                record.msg = f"{record.msg} ({left_out} more like this before)"
            since, count = now, 0
        self._seen[kind] = [since, count + 1]
        return count < MOST_LINES


def limit_log_lines() -> None:
    """For the loggers of this process from now on; once is enough."""
    for name in LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(known, FewAlike) for known in logger.filters):
            logger.addFilter(FewAlike())
