"""Tells on the terminal what runs, how far it is, and how long it will take."""

import sys
import time


class Progress:
    """Of a list of steps with guessed seconds; the guess is corrected by what the steps really took."""

    def __init__(self, seconds_of_steps):
        self.guessed = list(seconds_of_steps)
        self.started = time.monotonic()
        self.at = 0

    def gone(self):
        return time.monotonic() - self.started

    def begin(self, what):
        gone = self.gone()
        done = sum(self.guessed[:self.at])
        left = sum(self.guessed[self.at:])
        if done > 5:
            left *= gone / done
        print(f"[{self.at + 1:3}/{len(self.guessed)}] {clock(gone)} gone, about {clock(left)} left  {what:<52}",
              end=" ", flush=True)

    def end(self, result):
        print(result, flush=True)
        self.at += 1


def clock(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def say(text):
    print(text, flush=True)


def complain(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)
