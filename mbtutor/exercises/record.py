"""What the learner has done, in one JSON file on their own machine; nothing is sent anywhere."""

import datetime
import json
import os
from pathlib import Path

import platformdirs

from ..files import replacing

KINDS = ("exercises", "quiz", "predictions")


def path():
    """Where the file is: MBTUTOR_PROGRESS if that is set, else the place that this system keeps for such data."""
    chosen = os.environ.get("MBTUTOR_PROGRESS")
    return Path(chosen) if chosen else platformdirs.user_data_path("mbtutor") / "progress.json"


def load():
    """{"exercises": {"02.1": {...}}, "quiz": {...}, "predictions": {...}}; empty where there is no readable file."""
    try:
        kept = json.loads(path().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        kept = {}
    kept = kept if isinstance(kept, dict) else {}
    return {kind: kept[kind] if isinstance(kept.get(kind), dict) else {} for kind in KINDS}


def mark(kind, name, **facts):
    """Add facts to what is known of one exercise, quiz question or prediction. Raises OSError if it can't be written.

    The file is read anew and replaced as a whole, so that a crash leaves the old one. An unreadable one is kept aside.
    """
    _set_unreadable_aside()
    kept = load()
    kept[kind][name] = {**kept[kind].get(name, {}), **facts}
    _write(kept)


def forget(kind, name):
    """Take out what is known of it. Raises OSError if the file can't be written."""
    kept = load()
    if kept[kind].pop(name, None) is not None:
        _write(kept)


def today():
    """The date here, as 2026-11-23."""
    return datetime.date.today().isoformat()


def _write(kept):
    path().parent.mkdir(parents=True, exist_ok=True)
    with replacing(path(), "w", encoding="utf-8") as file:
        json.dump(kept, file, indent=1, sort_keys=True)


def _set_unreadable_aside():
    try:
        json.loads(path().read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        os.replace(path(), path().with_suffix(".unreadable.json"))
