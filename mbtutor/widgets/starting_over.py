"""Start an exercise again: the text of its cell as the learner found it comes back in a new cell."""

from IPython import get_ipython

from ..exercises import checking
from ..exercises.result import Result


def reset(exercise_id):
    """Forget what was done in that exercise and put its starter into a new cell below; nothing is overwritten."""
    try:
        text = checking.starter(exercise_id)
        checking.forget(exercise_id)
    except KeyError as error:
        return Result("", "No such exercise", [error.args[0]])
    except OSError as error:
        return Result("not yet", f"{exercise_id} could not be forgotten", [f"The progress file: {error}."])
    shell = get_ipython()
    if shell is None:
        return Result("", f"{exercise_id} as you found it", [], text)
    shell.set_next_input(text)
    return Result("", f"{exercise_id} starts again", ["The new cell below is as you found it; yours is still above."])
