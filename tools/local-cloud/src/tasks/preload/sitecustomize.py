# Loaded into Python programs of tasks: a server that would listen on all addresses of this machine listens on loopback.
import socket

_bind = socket.socket.bind


def _bind_on_loopback(self, address):
    if self.family == socket.AF_INET and address[0] in ("", "0.0.0.0"):
        address = ("127.0.0.1", *address[1:])
    if self.family == socket.AF_INET6 and address[0] in ("", "::"):
        address = ("::1", *address[1:])
    return _bind(self, address)


socket.socket.bind = _bind_on_loopback
