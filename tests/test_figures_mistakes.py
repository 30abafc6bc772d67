"""The confusion matrix and the rows read wrong show the counts they were given."""

import numpy as np

from mbtutor import figures


def test_the_confusion_matrix_writes_its_counts_in_their_places():
    matrix = np.array([[5, 0, 1], [2, 6, 0], [0, 0, 0]])
    figure = figures.confusion(matrix, ("a", "b", "c"), "nine rows")
    (axes,) = figure.axes
    assert axes.get_title() == "Confusion matrix of nine rows:\n11 right (framed), 3 wrong"
    written = {text.get_position(): int(text.get_text()) for text in axes.texts}
    assert written == {(0, 0): 5, (2, 0): 1, (0, 1): 2, (1, 1): 6, (2, 2): 0}, "x is what was said, y is the truth"
    assert [label.get_text() for label in axes.get_yticklabels()] == ["a", "b", "c"]
    figures.png(figure)


def test_a_cell_is_as_dark_as_its_share_of_the_true_class():
    shades = figures.shades([[3, 1], [0, 0]])
    np.testing.assert_allclose(shades, [[np.sqrt(0.75), 0.5], [0, 0]])


def test_misread_shows_the_rows_that_are_wrong_and_what_they_were_read_as(digits):
    val = digits[1].subset(np.arange(50))
    predicted = val.y.copy()
    predicted[[4, 7]] = (val.y[[4, 7]] + 1) % 10
    figure = figures.misread(val, predicted)
    named = [axes.get_title() for axes in figure.axes if axes.get_title()]
    assert named == [f"{val.y[row]} read as {predicted[row]}" for row in (4, 7)]
    assert repr(figure) == "Picture: 2 of the 2 rows of val that were read wrong"
    chosen = figures.misread(val, predicted, rows=[7], columns=1, title="The one row")
    assert repr(chosen) == "Picture: The one row"
    assert [axes.get_title() for axes in chosen.axes] == [named[1]]


def test_misread_without_a_mistake_says_so(digits):
    figure = figures.misread(digits[1], digits[1].y)
    assert figure.get_suptitle() == "0 of the 0 rows of val that were read wrong"
    figures.png(figure)
