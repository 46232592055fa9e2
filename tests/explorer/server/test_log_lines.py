"""Lines that clients can cause are few."""

import logging

from explorer.server.log_lines import EVERY, LOGGERS, MOST_LINES, FewAlike, limit_log_lines


def lines(clock: list[float], limit: FewAlike, message: str, times: int) -> list[str]:
    """What is written of a message that is logged so often."""
    made = [
        logging.LogRecord("server", logging.ERROR, "x.py", 1, message, (k,), None)
        for k in range(times)
    ]
    return [record.getMessage() for record in made if limit.filter(record)]


def test_ten_alike_are_written_and_the_others_counted():
    clock = [0.0]
    limit = FewAlike(lambda: clock[0])
    assert len(lines(clock, limit, "no file for connection %d", 100_000)) == MOST_LINES
    assert len(lines(clock, limit, "another thing %d", 3)) == 3
    clock[0] = EVERY
    again = lines(clock, limit, "no file for connection %d", 2)
    left_out = 100_000 - MOST_LINES
    assert again == [
        f"no file for connection 0 ({left_out} more like this before)",
        "no file for connection 1",
    ]


def test_made_up_kinds_take_no_memory():
    limit = FewAlike()
    for k in range(10_000):
        lines([], limit, f"kind {k} %d", 1)
    assert len(limit._seen) < 1000


def test_the_loggers_of_servers_are_limited_once():
    for _ in range(2):
        limit_log_lines()
    for name in LOGGERS:
        limits = [k for k in logging.getLogger(name).filters if isinstance(k, FewAlike)]
        assert len(limits) == 1
