"""A terminal with a program in it, as a person would see it: rows of text, and keys to press."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

# What xterm's description makes ncurses send: text, controls, and sequences that end in a letter.
UNFINISHED = re.compile(r"\x1b(\[[?0-9;]*|[()])?\Z")
TOKEN = re.compile(r"\x1b\[([?0-9;]*)([@A-Za-z])|\x1b[()][A-Z0-9]|\x1b[=>78M]|[\s\S]")


class Terminal:
    """Runs words with this many rows and columns. TERM is xterm."""

    def __init__(self, words, rows=24, columns=80, **environment):
        self.master, slave = pty.openpty()
        self._clear(rows, columns)
        self._tell_size(slave)
        self.child = subprocess.Popen(
            [str(word) for word in words], stdin=slave, stdout=slave, stderr=slave,
            start_new_session=True,
            env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **environment})
        os.close(slave)
        self.sent = self.rest = ""

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        os.close(self.master)

    def press(self, keys):
        os.write(self.master, keys.encode())

    def resize(self, rows, columns):
        self._clear(rows, columns)
        self._tell_size(self.master)
        os.kill(self.child.pid, signal.SIGWINCH)

    def wait_for(self, text, seconds=15):
        """The screen once it shows the text (a regular expression); None: it did not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._read(0.1)
            if re.search(text, self.screen()):
                return self.screen()
        return None

    def screen(self):
        return "\n".join("".join(row).rstrip() for row in self.cells)

    def _clear(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.top, self.bottom = 0, rows  # what scrolls: from this row to before that one

    def _tell_size(self, fd):
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def _read(self, seconds):
        while select.select([self.master], [], [], seconds)[0]:
            try:
                data = os.read(self.master, 65536).decode("utf-8", "replace")
            except OSError:
                return  # it has ended
            self.sent += data
            data = self.rest + data
            end = UNFINISHED.search(data)
            data, self.rest = (data[:end.start()], end.group(0)) if end else (data, "")
            for token in TOKEN.finditer(data):
                self._take(token)
            seconds = 0

    def _take(self, token):
        text = token.group(0)
        if token.group(2):
            self._obey(token.group(2), token.group(1))
        elif text == "\r":
            self.column = 0
        elif text == "\n" and self.row == self.bottom - 1:
            self._scroll(self.top, 1)
        elif text == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif text == "\x1bM" and self.row == self.top:
            self._scroll(self.top, -1)
        elif text == "\x1bM":
            self.row = max(self.row - 1, 0)
        elif text == "\b":
            self.column = max(self.column - 1, 0)
        elif len(text) == 1 and text >= " ":
            self._put(text)

    def _put(self, text):
        for character in text:
            if self.column >= self.columns:
                self.row, self.column = min(self.row + 1, self.rows - 1), 0
            self.cells[self.row][self.column] = character
            self.column += 1

    def _obey(self, letter, given):
        numbers = [int(n) for n in given.strip("?").split(";") if n]
        first = numbers[0] if numbers else 1
        row = self.cells[self.row]
        if letter in "Hd":
            self.row = min(first, self.rows) - 1
        if letter == "H":
            self.column = min(numbers[1] if len(numbers) > 1 else 1, self.columns) - 1
        elif letter == "G":
            self.column = min(first, self.columns) - 1
        elif letter in "AB":
            self.row = max(0, min(self.rows - 1, self.row + (first if letter == "B" else -first)))
        elif letter in "CD":
            self.column = max(0, self.column + (first if letter == "C" else -first))
        elif letter == "X":
            self._blank(self.column, self.column + first)
        elif letter in "KJ":
            mode = numbers[0] if numbers else 0
            self._blank(0 if mode else self.column, self.column + 1 if mode == 1 else self.columns)
            for below in range(self.row + 1, self.rows) if letter == "J" and mode == 0 else ():
                self.cells[below] = [" "] * self.columns
            if letter == "J" and mode == 2:
                self.cells = [[" "] * self.columns for _ in range(self.rows)]
        elif letter == "P":
            row[self.column:] = (row[self.column + first:] + [" "] * first)[-len(row) + self.column:]
        elif letter == "@":
            row[self.column:] = ([" "] * first + row[self.column:])[:len(row) - self.column]
        elif letter == "b":
            self._put(row[self.column - 1] * first)
        elif letter in "SM":
            self._scroll(self.top if letter == "S" else self.row, first)
        elif letter in "TL":
            self._scroll(self.top if letter == "T" else self.row, -first)
        elif letter == "r":
            self.top, self.bottom = (numbers[0] - 1, numbers[1]) if numbers else (0, self.rows)
            self.row = self.column = 0

    def _scroll(self, first, count):
        """Rows from `first` to the end of what scrolls go up, or down."""
        rows = self.cells[first:self.bottom]
        blank = [[" "] * self.columns for _ in range(min(abs(count), len(rows)))]
        self.cells[first:self.bottom] = rows[count:] + blank if count > 0 else blank + rows[:count]

    def _blank(self, first, last):
        for column in range(first, min(last, self.columns)):
            self.cells[self.row][column] = " "
