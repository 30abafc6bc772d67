"""Finds exercises, quiz and prediction of a lesson by its number."""

import functools
import importlib
import pkgutil

PREFIX = "lesson_"


@functools.cache
def numbers():
    """The numbers of the lessons that have exercises, in order: ["00", "01", ...]."""
    package = importlib.import_module(__package__)
    names = [module.name for module in pkgutil.iter_modules(package.__path__)]
    return sorted(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX))


def lesson(number):
    """The module of that lesson, with its TITLE, EXERCISES, QUIZ and PREDICTION; KeyError lists the known ones."""
    if number not in numbers():
        raise KeyError(f"There is no lesson {number!r}. The lessons with exercises are {', '.join(numbers())}.")
    return importlib.import_module(f"{__package__}.{PREFIX}{number}")


def find(exercise_id):
    """The exercise of that id; KeyError lists the known ones of its lesson."""
    wanted = str(exercise_id)
    found = {exercise.id: exercise for exercise in lesson(wanted.partition(".")[0]).EXERCISES}
    if wanted not in found:
        raise KeyError(f"There is no exercise {wanted!r}. This lesson has {', '.join(found)}.")
    return found[wanted]
