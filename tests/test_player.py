"""The player asks, in a running event loop, and lets go when told to."""

import asyncio
import gc
import itertools
import math
import time

import pytest

from mbtutor.player import SLICE, Player


class Watcher:
    """What a lab would see: the items shown, and how it ended."""

    def __init__(self, pace=math.inf):
        self.items, self.slices, self.endings = [], [], []
        self.player = Player(self.show, self.endings.append, pace)

    def show(self, items):
        self.items += items
        self.slices.append(len(items))


def busy(seconds):
    """An endless iterator whose items take that long each."""
    for number in itertools.count():
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            pass
        yield number


async def until(condition, seconds=5):
    limit = time.perf_counter() + seconds
    while not condition():
        assert time.perf_counter() < limit, "it did not happen"
        await asyncio.sleep(0.001)


def test_plays_to_the_end_in_order():
    async def scenario():
        watcher = Watcher()
        watcher.player.load(range(1000))
        watcher.player.play()
        await until(lambda: watcher.endings)
        return watcher

    watcher = asyncio.run(scenario())
    assert watcher.items == list(range(1000))
    assert watcher.endings == [None]
    assert not watcher.player.playing and not watcher.player.loaded


@pytest.mark.parametrize("ended_by", ["its end", "stop"])
def test_no_full_garbage_collection_holds_it_up_while_it_plays(ended_by):
    """It would go through everything that was there before; what was left out is given back at the end."""

    async def scenario():
        frozen = []
        player = Player(lambda items: frozen.append(gc.get_freeze_count()), lambda error: None)
        player.load(range(3) if ended_by == "its end" else itertools.count())
        player.play()
        await until(lambda: frozen)
        player.stop()
        await until(lambda: gc.get_freeze_count() == before)
        return frozen

    before = gc.get_freeze_count()
    assert min(asyncio.run(scenario())) > before + 1000


def test_other_tasks_are_heard_between_slices():
    async def scenario():
        watcher, waits = Watcher(), []
        watcher.player.load(busy(0.001))
        watcher.player.play()
        for _ in range(20):
            asked = time.perf_counter()
            await asyncio.sleep(0)
            waits.append(time.perf_counter() - asked)
        watcher.player.stop()
        return waits

    assert sorted(asyncio.run(scenario()))[10] < 3 * SLICE


def test_pause_holds_and_play_goes_on_where_it_was():
    async def scenario():
        watcher = Watcher(pace=2000)
        watcher.player.load(range(300))
        watcher.player.play()
        await until(lambda: len(watcher.items) > 10)
        watcher.player.pause()
        held = len(watcher.items)
        await asyncio.sleep(0.05)
        assert len(watcher.items) == held
        watcher.player.play()
        await until(lambda: watcher.endings)
        return watcher

    assert asyncio.run(scenario()).items == list(range(300))


def test_step_pulls_exactly_one():
    watcher = Watcher()
    watcher.player.load("abc")
    watcher.player.step()
    assert watcher.items == ["a"]
    watcher.player.step()
    watcher.player.step()
    assert (watcher.items, watcher.endings) == (["a", "b", "c"], [])
    watcher.player.step()  # asks once more and learns that it is over
    assert watcher.endings == [None]


def test_stop_lets_go_at_once():
    async def scenario():
        watcher = Watcher()
        watcher.player.load(itertools.count())
        watcher.player.play()
        await until(lambda: watcher.items)
        watcher.player.stop()
        seen = len(watcher.items)
        await asyncio.sleep(0.1)
        return watcher, seen

    watcher, seen = asyncio.run(scenario())
    assert len(watcher.items) == seen
    assert watcher.endings == []


def test_a_second_play_starts_no_second_task():
    async def scenario():
        watcher = Watcher()
        watcher.player.load(range(5000))
        watcher.player.play()
        watcher.player.play()
        await until(lambda: watcher.endings)
        await asyncio.sleep(0.05)
        return watcher

    watcher = asyncio.run(scenario())
    assert watcher.items == list(range(5000))
    assert watcher.endings == [None]


def test_a_new_iterator_replaces_the_one_that_plays():
    async def scenario():
        watcher = Watcher()
        watcher.player.load(itertools.repeat("old"))
        watcher.player.play()
        await until(lambda: watcher.items)
        watcher.player.load(["new"] * 3)
        watcher.player.play()
        await until(lambda: watcher.endings)
        await asyncio.sleep(0.05)
        return watcher

    watcher = asyncio.run(scenario())
    assert watcher.items[-3:] == ["new"] * 3
    assert watcher.items.count("new") == 3
    assert watcher.endings == [None]


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt()])
def test_an_error_ends_the_playing_and_is_handed_on(error):
    def items():
        yield 1
        raise error

    async def scenario():
        watcher = Watcher()
        watcher.player.load(items())
        watcher.player.play()
        await until(lambda: watcher.endings)
        return watcher

    watcher = asyncio.run(scenario())
    assert watcher.endings == [error]
    assert watcher.items == [1]
    assert not watcher.player.loaded


def test_the_pace_is_kept_and_can_be_changed():
    async def scenario():
        watcher = Watcher(pace=100)
        watcher.player.load(itertools.count())
        watcher.player.play()
        await asyncio.sleep(0.5)
        slow = len(watcher.items)
        watcher.player.pace = math.inf
        await asyncio.sleep(0.2)
        watcher.player.stop()
        return slow, len(watcher.items)

    slow, fast = asyncio.run(scenario())
    assert 30 <= slow <= 56  # 100 a second for half a second, on a machine that may be busy
    assert fast > 10 * slow


def test_a_slow_stretch_is_not_made_up_for_by_a_burst():
    def items():
        yield from itertools.islice(busy(0.02), 20)  # 50 a second, where 200 were asked for
        yield from itertools.count()

    async def scenario():
        watcher = Watcher(pace=200)
        watcher.player.load(items())
        watcher.player.play()
        await until(lambda: len(watcher.items) > 40)
        watcher.player.stop()
        return watcher.slices

    assert max(asyncio.run(scenario())) <= 20


def test_run_needs_no_event_loop_and_raises():
    watcher = Watcher()
    watcher.player.load(range(5))
    watcher.player.run()
    assert (watcher.items, watcher.endings) == ([0, 1, 2, 3, 4], [None])

    def broken():
        raise ValueError("broken")
        yield

    watcher.player.load(broken())
    with pytest.raises(ValueError, match="broken"):
        watcher.player.run()
