"""supervisor_transport.py - XML-RPC over a Unix socket, which is how supervisord takes orders."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from pathlib import Path

TIMEOUT_S = 60


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        """Remember the socket; the host name is never looked up."""
        super().__init__("localhost", timeout=TIMEOUT_S)
        self.path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_S)
        self.sock.connect(str(self.path))


class SocketTransport(xmlrpc.client.Transport):
    """The transport that xmlrpc takes for one socket."""

    def __init__(self, path: Path) -> None:
        """Remember the socket."""
        super().__init__()
        self.path = path

    def make_connection(self, host: str) -> SocketConnection:
        """A connection a question, since supervisord closes them anyway; the proxy's end closes ours."""
        self._connection = host, SocketConnection(self.path)
        return self._connection[1]


def make_proxy(path: Path) -> xmlrpc.client.ServerProxy:
    """The methods of the supervisord behind the socket."""
    return xmlrpc.client.ServerProxy("http://localhost/RPC2", SocketTransport(path))
