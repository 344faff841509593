"""The web server's processes: who of them answers next, and when they end. Read by gunicorn as its configuration."""

from __future__ import annotations

import os
import select
import socket

from gunicorn.workers.sync import SyncWorker

from review.adapters.parentage import die_with_parent


class WarmFirstWorker(SyncWorker):
    """Answers one request at a time; the first of those that wait gets it, so that one stays warm while few ask.

    gunicorn's own wait wakes all processes for each request and whoever comes first answers: most often one whose part
    of the processor's cache holds another's data by now. Here the kernel wakes one, and the same as long as it is free
    (EPOLLEXCLUSIVE, epoll_ctl(2)); the next is woken while it works.
    """

    def run(self) -> None:
        """Answer until told to end."""
        with select.epoll() as self.waiting:
            self.waiting.register(self.PIPE[0], select.EPOLLIN)
            for listener in self.sockets:
                self.waiting.register(listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)
            super().run()  # type: ignore[no-untyped-call]

    def wait(self, timeout: float) -> list[socket.socket]:
        """Wait up to so many seconds; return the listeners that somebody has knocked at."""
        self.notify()  # type: ignore[no-untyped-call]
        ready = {number for number, _ in self.waiting.poll(timeout)}
        if self.PIPE[0] in ready:
            os.read(self.PIPE[0], 1)
        return [listener for listener in self.sockets if listener.fileno() in ready]


worker_class = WarmFirstWorker if hasattr(select, "EPOLLEXCLUSIVE") else SyncWorker


def post_fork(_server: object, _worker: object) -> None:
    """Let a web process end when the web server's first process was killed.

    It looks for that itself only while nobody asks anything: under load it would answer on for ever, at the address
    that the server started anew needs.
    """
    die_with_parent()
