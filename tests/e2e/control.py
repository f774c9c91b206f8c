"""The control socket without a program for each question: what is measured is the daemon."""
import json
import socket
import threading
import time


def ask(path, question):
    """How long it took, in seconds, and the answer."""
    begun = time.monotonic()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(30)
        client.connect(str(path))
        client.sendall(json.dumps(question).encode() + b"\n")
        parts = []
        while part := client.recv(1 << 20):
            parts.append(part)
    took = time.monotonic() - begun
    return took, json.loads(b"".join(parts))


class Asker:
    """A context manager: one question, again and again, in a thread of its own."""

    def __init__(self, path, question):
        self.answered, self.slowest = 0, 0.0
        self._path, self._question = path, question
        self._over, self._failed = threading.Event(), None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def _run(self):
        try:
            while not self._over.is_set():
                took, answer = ask(self._path, self._question)
                if not answer["ok"]:
                    raise AssertionError(answer)
                self.slowest = max(self.slowest, took)
                self.answered += 1
        except (OSError, ValueError, AssertionError) as why:
            self._failed = why

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        if self._failed:
            raise self._failed
