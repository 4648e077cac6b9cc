# SPDX-License-Identifier: BSD-3-Clause
"""Clients of the echo service that know what must come back."""

import hashlib
import random
import selectors
import socket
import time

from sandbox import ECHO, FAMILIES, GATEWAY

CHUNK = 65536


class Client:
    """One connection that sends `size` octets of its own, half-closes, and must read just these back, then the end."""

    def __init__(self, family, size, seed):
        self.random = random.Random(seed)
        self.left = size
        self.sent, self.got = hashlib.sha256(), hashlib.sha256()
        self.received = 0
        self.size = size
        self.pending = memoryview(b'')
        self.done = False
        self.socket = socket.socket(family)
        self.socket.setblocking(False)
        self.socket.connect_ex((GATEWAY[family], ECHO))

    def interest(self):
        reads = selectors.EVENT_READ
        return reads | selectors.EVENT_WRITE if self.pending or self.left >= 0 else reads

    def write(self):
        if not self.pending and self.left > 0:
            block = self.random.randbytes(min(CHUNK, self.left))
            self.sent.update(block)
            self.pending = memoryview(block)
            self.left -= len(block)
        if self.pending:
            self.pending = self.pending[self.socket.send(self.pending):]
        elif self.left == 0:
            self.socket.shutdown(socket.SHUT_WR)
            self.left = -1

    def read(self):
        block = self.socket.recv(CHUNK)
        self.got.update(block)
        self.received += len(block)
        self.done = not block

    def check(self):
        assert self.received == self.size, f'{self.received} of {self.size} octets came back'
        assert self.sent.digest() == self.got.digest(), 'other octets came back'


def echo_at_once(count, size, seconds, families=FAMILIES):
    """Opens `count` connections at once, and asserts that each echoes `size` octets in time."""
    clients = [Client(families[i % len(families)], size, i) for i in range(count)]
    with selectors.DefaultSelector() as selector:
        for client in clients:
            selector.register(client.socket, client.interest(), client)
        end = time.monotonic() + seconds
        open_count = count
        while open_count:
            assert time.monotonic() < end, f'{open_count} of {count} connections not done after {seconds} s: ' + \
                str([client.received for client in clients if not client.done][:20])
            for key, events in selector.select(1):
                client = key.data
                if events & selectors.EVENT_WRITE:
                    client.write()
                if events & selectors.EVENT_READ:
                    client.read()
                if client.done:
                    selector.unregister(client.socket)
                    client.socket.close()
                    client.check()
                    open_count -= 1
                else:
                    selector.modify(client.socket, client.interest(), client)
