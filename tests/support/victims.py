"""Processes that are killed: a copy of this one does something and dies at a chosen instruction, or at any."""

import os
import signal
import threading
import warnings
from collections.abc import Callable


def die() -> None:
    """End this very process as the kernel would when memory runs out."""
    os.kill(os.getpid(), signal.SIGKILL)


def in_victim(work: Callable[[], None], *, after: float | None = None) -> bool:
    """Do ``work`` in a copy of this process, killed from outside ``after`` so many seconds; whether it was killed.

    ``work`` must open its own connections: those of the parent are not its to use.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of forks beside threads
        pid = os.fork()
    if pid == 0:
        try:
            work()
        except BaseException:  # a victim reports nothing; what it left behind is looked at
            os._exit(1)
        os._exit(0)
    timer = threading.Timer(after, os.kill, (pid, signal.SIGKILL)) if after is not None else None
    if timer:
        timer.start()
    _pid, status = os.waitpid(pid, 0)
    if timer:
        timer.cancel()
    return os.WIFSIGNALED(status)
