"""Answers leave at once, not when the browser has acknowledged what came before them.

Of an answer the headers are sent first and the body after them. A small body then waits for the
browser to acknowledge the headers (Nagle's algorithm), and a browser that expects more puts that
off for 40 ms (delayed acknowledgement, RFC 1122): so much for each script, each column of the map,
and each message of several. asyncio turns this off for sockets that name TCP as their protocol;
Streamlit's names none.
"""

import gc
import socket


def send_at_once() -> None:
    """Turn the waiting off for all connections to come of the sockets on which this process
    listens: they take it over from these.
    """
    for sock in gc.get_objects():
        # Not isinstance, for which some objects of torch warn that they are deprecated.
        if issubclass(type(sock), socket.socket) and _listens(sock):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _listens(sock: socket.socket) -> bool:
    tcp = sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM
    is_open = sock.fileno() >= 0
    return tcp and is_open and bool(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
