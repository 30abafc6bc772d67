"""The page of what is done: exercises passed, questions answered, predictions made, lesson by lesson."""

import html

from . import lessons, record


class Progress:
    """A table of the lessons and what the learner has done in each. `done` and `total` count the exercises."""

    def __init__(self):
        kept = record.load()
        self.rows = [_row(number, kept) for number in lessons.numbers()]
        self.done = sum(len(row["passed"]) for row in self.rows)
        self.total = sum(len(row["exercises"]) for row in self.rows)
        self.path = record.path()

    def __repr__(self):
        head = f"{self.done} of {self.total} exercises passed"
        return "\n".join([head, *(f"{row['number']} {row['title']}: {_summary(row)}" for row in self.rows)])

    def _repr_html_(self):
        rows = "".join(_table_row(row) for row in self.rows)
        names = ("lesson", "exercises", "quiz", "prediction")
        head = "".join(f'<th scope="col" style="text-align:left;padding:2px 14px 2px 0">{name}</th>' for name in names)
        kept = "<small>Kept in a file on this machine alone; <code>mb.progress().path</code> says where.</small>"
        title = f"<b>{self.done} of {self.total} exercises passed</b>"
        return f'<div class="mbtutor-progress-page">{title}<table><tr>{head}</tr>{rows}</table>{kept}</div>'


def progress():
    """Return the page of what is done."""
    return Progress()


def _row(number, kept):
    module = lessons.lesson(number)
    answers = kept["quiz"].get(number, {})
    exercises = [exercise.id for exercise in module.EXERCISES]
    return {
        "number": number,
        "title": module.TITLE,
        "exercises": exercises,
        "passed": [name for name in exercises if "passed" in kept["exercises"].get(name, {})],
        "tried": [name for name in exercises if name in kept["exercises"]],
        "questions": len(module.QUIZ),
        "right": sum(answers.get(str(i)) == question.right for i, question in enumerate(module.QUIZ)),
        "predicted": number in kept["predictions"],
    }


def _summary(row):
    predicted = "made" if row["predicted"] else "not made"
    return (
        f"exercises {len(row['passed'])} of {len(row['exercises'])}, quiz {row['right']} of {row['questions']}, "
        f"prediction {predicted}"
    )


def _table_row(row):
    cells = [
        f"<b>{row['number']}</b> {html.escape(row['title'])}",
        " ".join(_exercise(name, row) for name in row["exercises"]),
        f"{row['right']} of {row['questions']}",
        "✓ made" if row["predicted"] else "○",
    ]
    style = 'style="text-align:left;padding:2px 14px 2px 0"'
    return f"<tr>{''.join(f'<td {style}>{cell}</td>' for cell in cells)}</tr>"


def _exercise(name, row):
    sign, word = ("✓", "passed") if name in row["passed"] else ("✗", "tried") if name in row["tried"] else ("○", "open")
    return f'<span title="{name}: {word}" style="white-space:nowrap">{sign} {name}</span>'
