"""Play, pause, step or stop anything that can be iterated. It knows no training: it only asks for the next item.

Asking happens in an asyncio task, in slices of about 30 ms; between two slices the kernel hears sliders and buttons.
"""

import asyncio
import gc
import math
import time

SLICE = 0.03  # seconds of asking at a stretch


class Player:
    """Pulls items from an iterator at a pace and hands them on.

    show(items): called after every slice with the list of items it pulled.
    ended(error): called once when the items run out (None) or when pulling or showing them fails (the exception).
    pace: items a second; math.inf: as fast as they come. One iterator at a time.
    """

    def __init__(self, show, ended, pace=math.inf):
        self.pace = pace
        self._show, self._ended = show, ended
        self._items = self._task = None
        self.playing = False

    @property
    def loaded(self):
        """True while there is an iterator that has neither run out nor been stopped."""
        return self._items is not None

    def load(self, items):
        """Take a new iterator in place of the old one; nothing is pulled yet."""
        self.stop()
        self._items = iter(items)

    def play(self):
        """Go on pulling, in the event loop that is running now. A second call while playing changes nothing."""
        if self.playing or not self.loaded:
            return
        self.playing = True
        # asyncio itself keeps only a weak reference to a task, so we hold one.
        self._task = asyncio.get_running_loop().create_task(self._play(self._items))

    def pause(self):
        """Ask for no more until play() or step()."""
        self.playing = False

    def step(self):
        """Pull exactly one item, then pause."""
        self.pause()
        if self.loaded:
            self._guarded(self._items, limit=1)

    def stop(self):
        """Let go of the iterator. What it has done stays done."""
        self.playing, self._items = False, None

    def run(self):
        """Pull everything at once, without an event loop; an error is raised, not handed to `ended`."""
        items, self._items = self._items, None
        for item in items:
            self._show([item])
        self._ended(None)

    async def _play(self, items):
        gc.freeze()  # a full collection would go through all that is there, and nobody be heard for 0.2 s
        try:
            await self._slices(items)
        finally:
            gc.unfreeze()

    async def _slices(self, items):
        started, pulled, pace = time.perf_counter(), 0, self.pace
        while self.playing and self._items is items:
            if pace != self.pace:
                started, pulled, pace = time.perf_counter(), 0, self.pace
            due = None if pace == math.inf else int((time.perf_counter() - started) * pace) + 1 - pulled
            count = self._guarded(items, due)
            pulled += count
            if due is not None and count < due:  # too slow for this pace: owe nothing, or a later burst would follow
                started, pulled = time.perf_counter(), 1
            await asyncio.sleep(min(1 / pace, SLICE))

    def _guarded(self, items, limit=None):
        """Pull a slice and show it; return how many items it had. An error ends the playing and is handed on."""
        pulled, error, more = [], None, True
        try:
            try:
                more = self._slice(items, limit, pulled)
            finally:
                self._show(pulled)  # also what came before an error: those items were made
        except (Exception, KeyboardInterrupt) as problem:
            error = problem
        if self._items is items and (error or not more):
            self.stop()
            self._ended(error)
        return len(pulled)

    def _slice(self, items, limit, pulled):
        """Append items to `pulled` for the time of a slice; return whether there may be more."""
        until = time.perf_counter() + SLICE
        while limit is None or len(pulled) < limit:
            try:
                pulled.append(next(items))
            except StopIteration:
                return False
            if time.perf_counter() >= until:
                break
        return True
