"""Exercises that tell the learner whether they are right, and why not; one file a lesson."""

from .checking import check, hint, solution
from .page import progress

__all__ = ["check", "hint", "progress", "solution"]
