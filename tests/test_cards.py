"""A model card says what was measured, leaves open what its author must write, and lets no text in as code."""

import numpy as np
import pytest

import mbtutor as mb


@pytest.fixture(scope="module")
def trained(digits):
    train, val, test = digits
    batches = mb.MiniBatches(train, 32)
    net = mb.Network([mb.Dense(64, 10)])
    net.compile("cross_entropy", mb.SGD(lr=0.1))
    mb.fit(net, batches, epochs=2)
    return net, batches, val, test


def rows_of(text, heading):
    """The table under a heading, as lists of cells."""
    lines = text.split(f"## {heading}\n")[1].split("\n## ")[0].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def test_the_results_are_those_of_the_network(trained):
    net, batches, val, test = trained
    text = mb.model_card(net, batches, val, test, title="Read digits").text
    found = {row[0]: row[1:] for row in rows_of(text, "Results")[2:]}
    assert list(found) == ["train", "validation", "test"]
    for name, data in {"train": batches.data, "validation": val, "test": test}.items():
        measured = mb.evaluate(net, data)
        assert found[name][:2] == [f"{measured['loss']:.3f}", f"{measured['accuracy']:.1%}"]
    recall = mb.precision_recall_f1(test.y, net.predict(test.X))["recall"]
    classes = rows_of(text, "Results on the test rows, class by class")[2:]
    assert [row[2] for row in classes] == [f"{share:.0%}" for share in recall]
    assert sum(int(row[1]) for row in classes) == len(test)


def test_it_says_where_data_and_weights_come_from(trained):
    net, batches, val, test = trained
    text = mb.model_card(net, batches, val, test, title="Read digits").text
    assert batches.data.source in text and batches.data.licence in text
    assert all(f"    {line}" in text for line in batches.data.recipe)
    assert "- 650 weights" in text and "    Dense(64, 10)" in text
    assert "Loss: cross entropy. Optimizer: SGD(lr=0.1)." in text
    assert f"{net.updates} updates with batches of 32 rows: 2.0 epochs" in text


def test_what_only_the_author_knows_is_asked_for(trained):
    net, batches, val, test = trained
    assert mb.model_card(net, batches, val, test, title="Read digits").text.count("**Not written yet.**") == 2
    written = mb.model_card(net, batches, val, test, title="Read digits", use="To learn.", limits="Not for cheques.")
    assert "**Not written yet.**" not in written.text
    assert "To learn." in written.text and "Not for cheques." in written.text


def test_a_sealed_test_set_is_not_in_it(trained):
    net, batches, val, _ = trained
    text = mb.model_card(net, batches, val, None, title="Read digits").text
    assert "test" not in text.split("## Results")[1]


def test_numbers_are_measured_in_their_own_unit():
    data = mb.Dataset(np.arange(8.0)[:, None], np.arange(8.0) * 2)
    net = mb.Network([mb.Dense(1, 1)])
    net.compile("mean_squared_error", mb.SGD(lr=0.01))
    net.weights = [2.0, 0.5]
    (train, val), *_ = [
        rows_of(mb.model_card(net, mb.MiniBatches(data, 4), data, None, title="Double").text, "Results")[2:]
    ]
    assert train[1:] == val[1:] == ["0.5", f"{(data.y - 7).std():.4g}"]


def test_text_of_a_file_is_text():
    names = ("<script>x</script>", "a|b")
    data = mb.Dataset(np.eye(2), np.array([0, 1]), class_names=names, source="`<b>` here")
    net = mb.Network([mb.Dense(2, 2)])
    net.compile("cross_entropy", mb.SGD(lr=0.1))
    text = mb.model_card(net, mb.MiniBatches(data, 2), data, data, title="# <i>x</i>\n# y").text
    assert "<script>" not in text and "<b>" not in text and "<i>" not in text
    assert "a\\|b" in text and text.splitlines()[0] == "# Model card: # &lt;i&gt;x&lt;/i&gt; # y"


def test_a_class_without_a_test_row_is_said(trained):
    net, batches, val, test = trained
    text = mb.model_card(net, batches, val, test.subset(np.flatnonzero(test.y != 3)), title="Read digits").text
    assert rows_of(text, "Results on the test rows, class by class")[2 + 3] == ["3", "0", "no row to tell"]


def test_it_is_saved_whole_or_not_at_all(trained, tmp_path):
    net, batches, val, test = trained
    card = mb.model_card(net, batches, val, test, title="Read digits")
    card.save(tmp_path / "card.md")
    assert (tmp_path / "card.md").read_text(encoding="utf-8") == str(card) == card._repr_markdown_()
    with pytest.raises(FileNotFoundError, match="Make the folder first"):
        card.save(tmp_path / "nowhere" / "card.md")


@pytest.mark.parametrize("wrong", [{"title": " "}, {"title": 3}, {"title": "x", "use": None}])
def test_what_is_no_text_is_refused(trained, wrong):
    net, batches, val, test = trained
    with pytest.raises((TypeError, ValueError), match="must"):
        mb.model_card(net, batches, val, test, **wrong)


@pytest.mark.parametrize("right, rows", [(0, 5), (5, 5), (1, 1), (81, 263), (950, 1000)])
def test_the_interval_of_a_share_is_wilsons(right, rows):
    """Its ends p are where |share - p| is 1.96 standard errors sqrt(p (1 - p) / n), or at 0 or 1."""
    low, high = mb.share_interval(right, rows)
    assert 0 <= low <= right / rows <= high <= 1
    for end in (low, high):
        error = 1.959964 * np.sqrt(end * (1 - end) / rows)
        assert end in (0, 1) or abs(right / rows - end) == pytest.approx(error, abs=1e-9)


@pytest.mark.parametrize("right, rows", [(-1, 5), (6, 5), (0, 0), (0.5, 5)])
def test_a_share_needs_counts(right, rows):
    with pytest.raises(ValueError, match="must be a whole number"):
        mb.share_interval(right, rows)
