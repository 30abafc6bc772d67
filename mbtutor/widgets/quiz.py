"""A few questions at the end of a lesson: every wrong choice is met with the reason why it is wrong."""

import ipywidgets

from ..exercises import lessons, record
from ..exercises.result import marked_up
from .questions import Asking, boxed, button, choices, listed, paragraph


class Quiz(Asking):
    """Questions one below the other, each answered by itself and as often as the learner likes.

    number: the lesson's, such as "02". questions: {name: Question}; the answers are kept under these names.
    """

    def __init__(self, number, questions, title):
        super().__init__()
        self.number, self.questions, self.title = number, questions, title
        kept = record.load()["quiz"].get(number, {})
        self.asked = {name: _Asked(question, self._answered, name) for name, question in questions.items()}
        for name, asked in self.asked.items():
            asked.put_back(kept.get(name))
        self.view.children = [*(asked.widget for asked in self.asked.values()), self.status]
        self._count()

    def _answered(self, name, choice):
        try:
            record.mark("quiz", self.number, **{name: choice})
        except OSError:
            return self._count(" (Your answers could not be kept.)")
        return self._count()

    def _count(self, more=""):
        right = [asked.right for asked in self.asked.values()]  # None: not answered yet
        answered = right.count(None) < len(right)
        self.say(f"{right.count(True)} of {len(right)} right.{more}" if answered else "")

    def __repr__(self):
        texts = [
            listed(f"{i}. {question.text}", [text for text, _ in question.options])
            for i, question in enumerate(self.questions.values(), 1)
        ]
        return "\n".join([f"{self.title} (run this cell to answer)", *texts])


def quiz(number):
    """Return the quiz of that lesson, such as "02"; KeyError for a lesson without one."""
    questions = lessons.lesson(number).QUIZ
    return Quiz(number, {str(i): question for i, question in enumerate(questions)}, "Quiz")


def recall(number):
    """Return the one question of that lesson about an earlier one; KeyError for an unknown lesson."""
    return Quiz(number, {"recall": lessons.lesson(number).RECALL}, "Do you remember?")


class _Asked:
    """One question with its radio buttons, its Answer button and the reply."""

    def __init__(self, question, answered, name):
        self.question, self._tell, self._name, self.right = question, answered, name, None
        self.buttons = choices(text for text, _ in question.options)
        self.reply = ipywidgets.HTML()
        self.answer = button("Answer", self._answer, "primary", "Check the chosen answer")
        text = ipywidgets.HTML(paragraph(f"<b>{marked_up(question.text)}</b>"))
        self.widget = boxed([text, self.buttons, self.answer, self.reply])
        self.widget.add_class("mbtutor-question")

    def put_back(self, choice):
        """Show an answer that was given before."""
        if isinstance(choice, int) and 0 <= choice < len(self.question.options):
            self.buttons.index = choice
            self._show(choice)

    def _answer(self):
        choice = self.buttons.index
        if choice is None:
            self.reply.value = paragraph("Choose one of the answers first.", "status")
            return
        self._show(choice)
        self._tell(self._name, choice)

    def _show(self, choice):
        self.right = choice == self.question.right
        sign, colour = ("✓", "#009E73") if self.right else ("✗", "#D55E00")
        reply = marked_up(self.question.options[choice][1])
        self.reply.value = paragraph(f'<b style="color:{colour}">{sign}</b> {reply}', "status")
