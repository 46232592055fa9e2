"""Connections of the server do not wait for acknowledgements, whoever made its socket."""

import asyncio
import socket

import streamlit_app
from explorer.server.nodelay import send_at_once


def waits(accepted: socket.socket) -> bool:
    return not accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def accepted_by(listener: socket.socket) -> socket.socket:
    """The server's end of a new connection; the browser's end is closed."""
    with socket.create_connection(listener.getsockname()):
        return listener.accept()[0]


def test_new_connections_of_a_listening_socket_send_at_once():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with accepted_by(listener) as before:
            assert waits(before)
        send_at_once()
        with accepted_by(listener) as after:
            assert not waits(after)


def test_other_sockets_are_left_as_they_are():
    closed = socket.socket()
    closed.close()
    with socket.socket() as idle, socket.socket(type=socket.SOCK_DGRAM):
        send_at_once()
        assert waits(idle)


def test_the_app_does_so_before_its_first_connection():
    async def start() -> None:
        async with streamlit_app._load_early(streamlit_app.app):
            with accepted_by(listener) as accepted:
                assert not waits(accepted)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        asyncio.run(start())
