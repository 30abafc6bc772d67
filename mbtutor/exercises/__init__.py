"""Exercises that tell the learner whether they are right, and why not; one file a lesson."""

from .certificate import certificate
from .checking import check, hint, solution
from .page import progress

__all__ = ["certificate", "check", "hint", "progress", "solution"]
