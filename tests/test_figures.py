"""Figures show the numbers they were given, and say in a title what they show."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures
from mbtutor.figures import chain_rule
from mbtutor.training import Update


def history_of(losses, batch_size=10, label="a run"):
    """A History with these training losses, validated at every second update."""
    history = mb.History(label=label)
    history.append(Update(0, 0, 0, 0.0, val_loss=2.0, val_accuracy=0.1))
    for number, loss in enumerate(losses, 1):
        validated = {"val_loss": loss + 0.1, "val_accuracy": 0.5} if number % 2 == 0 else {}
        history.append(Update(number, 1, number * batch_size, number * 0.5, loss, 0.25, **validated))
    return history


def line(figure, name):
    return next(line for axes in figure.axes for line in axes.lines if line.get_gid() == name)


@pytest.mark.parametrize(("clock", "unit"), [("examples", 10), ("updates", 1), ("seconds", 0.5)])
def test_curves_hold_the_numbers_of_the_history(clock, unit):
    losses = np.linspace(2, 1, 20)
    figure = figures.curves([history_of(losses)], clock)
    x, y = line(figure, "batch_loss").get_data()
    np.testing.assert_allclose(x, unit * np.arange(1, 21))
    np.testing.assert_allclose(y, losses)
    x, y = line(figure, "val_loss").get_data()
    np.testing.assert_allclose(x, unit * np.arange(0, 21, 2))
    np.testing.assert_allclose(y, [2.0, *(losses[1::2] + 0.1)])


def test_the_smoothed_line_is_the_mean_of_the_last_500_rows():
    losses = np.arange(120.0)
    figure = figures.curves([history_of(losses)])  # 10 rows an update: the mean of 50 updates
    y = line(figure, "loss").get_ydata()
    assert y[10] == pytest.approx(losses[:11].mean())
    assert y[-1] == pytest.approx(losses[-50:].mean())


def test_a_long_run_is_thinned_but_keeps_its_first_and_newest_point():
    points = figures.curve_points(history_of(np.ones(10_000)), "updates")
    for name, (x, _) in points.items():
        assert len(x) <= figures.POINTS + 1, name
    assert points["batch_loss"][0][0] == 1
    assert points["batch_loss"][0][-1] == 10_000


def test_earlier_runs_are_drawn_behind_with_their_own_dashes():
    runs = [history_of([1, 1, 1, 1], label=f"run {i}") for i in range(4)]
    loss = figures.curves(runs).axes[0]
    earlier = [line for line in loss.lines if line.get_gid() is None]
    assert [line.get_label() for line in earlier] == ["run 0", "run 1", "run 2"]
    assert len({(line.get_color(), line._unscaled_dash_pattern) for line in earlier}) == 3
    assert len({line._unscaled_dash_pattern for line in earlier}) == 3, "a colour alone does not tell two lines apart"


@pytest.mark.parametrize("name", ["batch size 3934", "batch size 3934, learning rate 0.0005"])
def test_the_legends_of_six_runs_stand_side_by_side_inside_the_picture(name):
    figure = figures.curves([history_of([1, 1, 1, 1], label=f"run {i}: {name}") for i in range(6)])
    figures.png(figure)
    left, right = (axes.get_legend().get_window_extent() for axes in figure.axes)
    assert left.x1 < right.x0 and right.x1 < figure.bbox.width
    assert min(left.y0, right.y0) > 0


def test_lines_of_one_panel_differ_by_more_than_colour():
    for panel in ("loss", "accuracy"):
        looks = [(width, dashes) for place, _, width, dashes, _ in figures.LINES.values() if place == panel]
        assert len(set(looks)) == len(looks)


def test_the_loss_axis_holds_a_run_that_explodes_without_hiding_the_others():
    history = history_of([1, 1, 1e9, 1e9])
    assert figures.loss_ceiling([history]) == pytest.approx(1.08 * 2 * 2.0)


def test_a_run_that_starts_far_above_another_does_not_hide_it():
    high = mb.History([Update(0, 0, 0, 0.0, val_loss=6000.0, val_accuracy=0.1)])
    assert figures.loss_ceiling([high]) == pytest.approx(1.08 * 6000)
    assert figures.loss_ceiling([high, history_of([1, 1])]) == pytest.approx(1.08 * 5 * 2.0)


def test_an_empty_history_can_be_drawn():
    figures.png(figures.curves([mb.History()]))


def test_every_panel_has_a_title_and_the_repr_says_them():
    figure = figures.curves([history_of([1, 2])])
    assert all(axes.get_title() and axes.get_xlabel() for axes in figure.axes)
    assert repr(figure).startswith("Picture: Loss: how wrong")


def test_png_is_the_same_every_time():
    first, second = (figures.png(figures.one_epoch()) for _ in range(2))
    assert first == second
    assert first.startswith(b"\x89PNG")


def test_images_undo_the_scaling(digits):
    raw = mb.datasets.load_digits()
    train = mb.split(raw)[0]
    sheet = figures.images(mb.standardize(train), [3, 4])
    np.testing.assert_allclose(sheet[1:9, 1:9], train.X[3].reshape(8, 8), atol=1e-9)
    np.testing.assert_allclose(sheet[1:9, 10:18], train.X[4].reshape(8, 8), atol=1e-9)


def test_gallery_shows_each_row_with_its_answer(digits):
    train = digits[0]
    figure = figures.gallery(train, range(20))
    assert [axes.get_title() for axes in figure.axes] == [str(label) for label in train.y[:20]]
    assert repr(figure) == "Picture: 20 rows of train, each with its answer"


@pytest.mark.parametrize(("rows", "size", "updates"), [(24, 24, 1), (24, 8, 3), (24, 1, 24), (10, 4, 3)])
def test_one_epoch_draws_an_arrow_an_update_and_a_tile_a_row(rows, size, updates):
    axes = figures.one_epoch(rows, (size,)).axes[0]
    arrows = [text for text in axes.texts if text.get_text() == ""]
    assert (len(arrows), len(axes.patches)) == (updates, rows)


def rows_drawn(axes):
    """The row numbers of the tiles in the order in which they are drawn."""
    return [int(text.get_text()) for text in axes.texts if text.get_ha() == "center" and text.get_weight() == "bold"]


def captions(axes):
    return [text.get_text() for text in axes.texts if text.get_ha() == "left"]


@pytest.mark.parametrize(
    ("drop_last", "title", "last"),
    [
        (False, "3 updates, the last batch is short (4 of 8 rows)", ("update 3: 4 rows", "-")),
        (True, "2 updates, 4 of 20 rows left out", ("left out", ":")),
    ],
)
def test_batches_of_draws_every_row_once_a_panel_in_the_order_of_minibatches(drop_last, title, last):
    data = mb.datasets.load_digits().subset(range(20))
    figure = figures.batches_of(mb.MiniBatches(data, 8, drop_last=drop_last, seed=1), first=1)
    stored, *epochs = figure.axes
    assert stored.get_title(loc="left") == "The 20 rows in their own order: row number, below it the class"
    assert rows_drawn(stored) == list(range(20))
    batches = mb.MiniBatches(data, 8, seed=1)
    for number, axes in enumerate(epochs, 1):
        assert axes.get_title(loc="left") == f"Epoch {number + 1}: {title}"
        assert rows_drawn(axes) == batches.order(number).tolist()
        assert captions(axes) == ["update 1: 8 rows", "update 2: 8 rows", last[0]]
        assert [patch.get_linestyle() for patch in axes.patches] == ["-", "--", last[1]]
        for picture, row in zip(axes.images, rows_drawn(axes), strict=True):
            np.testing.assert_array_equal(picture.get_array(), data.X[row].reshape(8, 8))


@pytest.mark.parametrize(("rows", "size"), [(60, 7), (60, 1), (60, 60), (1, 1), (30, 16)])
def test_the_tiles_of_batches_of_stand_inside_the_picture_and_apart(rows, size):
    figure = figures.batches_of(mb.MiniBatches(mb.datasets.load_digits().subset(range(rows)), size))
    for axes in figure.axes:
        low, high = sorted(axes.get_ylim())
        places = [picture.get_extent() for picture in axes.images]
        assert len({(left, top) for left, _, _, top in places}) == rows
        assert all(0 <= left < right <= 24 and low < bottom < top < high for left, right, bottom, top in places)
        assert all(low < patch.get_y() and patch.get_y() + patch.get_height() < high for patch in axes.patches)


def test_batches_of_rows_without_pictures_shortens_long_names():
    data = mb.Dataset(np.ones((4, 2)), np.array(["setosa", "versicolor", "iris", "setosa"]))
    axes = figures.batches_of(mb.MiniBatches(data, 2)).axes[0]
    assert [text.get_text() for text in axes.texts][2::2] == ["seto.", "vers.", "iris", "seto."]
    assert not axes.images


@pytest.mark.parametrize(
    ("y", "text"),
    [([3, 1], "3"), ([0.125, 0.5], "0.125"), (["yes", "no"], "yes"), ([[0.25, 1.0], [0.0, 1.0]], "0.25, 1")],
)
def test_an_answer_is_a_name_a_number_or_a_few(y, text):
    assert figures.answer(mb.Dataset(np.ones((2, 1)), np.array(y)), 0) == text


def test_a_clock_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="clock must be one of 'examples', 'updates', 'seconds'; got 'minutes'"):
        figures.curves([mb.History()], clock="minutes")


def labelled(axes, label):
    return next(line for line in axes.lines if line.get_label() == label)


def test_slope_draws_the_ball_its_way_and_a_line_as_steep_as_the_curve():
    axes = figures.slope(lambda w: w**2, [2.0, -1.0, 0.5], lr=0.1).axes[0]
    assert labelled(axes, "the ball").get_xydata().tolist() == [[0.5, 0.25]]
    assert labelled(axes, "its way so far").get_ydata() == pytest.approx([4, 1, 0.25])
    (left, low), (right, high) = labelled(axes, "slope here").get_xydata()
    assert (high - low) / (right - left) == pytest.approx(1.0)
    assert axes.texts[0].xy == pytest.approx((0.4, 0.25)), "the arrow ends where the next step does"
    assert axes.get_title() == "The loss of one weight: at w = 0.50 its slope is 1.00"


def test_slope_without_a_learning_rate_draws_no_step():
    axes = figures.slope(np.cos, [0.0]).axes[0]
    assert not axes.texts
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["loss", "slope here", "the ball"]
    assert "its slope is 0.00" in axes.get_title()


def test_slope_widens_the_axis_for_a_ball_outside_and_keeps_the_arrow_inside():
    axes = figures.slope(lambda w: w**2, [2.0, 12.0], lr=2, span=(-3, 3)).axes[0]
    left, right = axes.get_xlim()
    assert left < -3 and right > 12
    assert axes.texts[0].xy[0] == pytest.approx(left)
    assert figures.slope(lambda w: w**2, [2.0], span=(-3, 3)).axes[0].get_xlim() == (-3, 3)


def test_slope_at_is_exact_on_a_parabola():
    assert figures.slope_at(lambda w: w**2, 3.0) == pytest.approx(6.0, abs=1e-8)


def test_thinning_hides_no_jump_of_the_batch_loss():
    losses = np.ones(10_000)
    losses[[1234, 7777]] = 9.0, 0.1
    x, y = figures.curve_points(history_of(losses), "updates")["batch_loss"]
    assert (y.max(), y.min()) == (9.0, 0.1)
    assert np.all(np.diff(x) > 0) and len(x) <= figures.POINTS + 1


def texts(figure):
    return {text.get_text() for axes in figure.axes for text in axes.texts}


@pytest.mark.parametrize("weights", [(1.5, 2.0), (-0.5, 2.0), (0.4, -1.5), (0.0, 0.0)])
def test_the_backward_pass_shows_the_slopes_that_a_nudge_finds(weights):
    def loss(w1, w2):
        return (max(2.0 * w1, 0) * w2 - 5.0) ** 2

    (w1, w2), h = weights, 1e-6
    _, _, slopes = chain_rule.passes(2.0, w1, w2, 5.0)
    if w1:  # at 0 ReLU has a kink
        assert slopes["w1"] == pytest.approx((loss(w1 + h, w2) - loss(w1 - h, w2)) / (2 * h), abs=1e-5)
    assert slopes["w2"] == pytest.approx((loss(w1, w2 + h) - loss(w1, w2 - h)) / (2 * h), abs=1e-5)
    shown = texts(figures.backward_pass(2.0, w1, w2, 5.0))
    assert {chain_rule.text(slope) for slope in slopes.values()} | {"for w₁", "for w₂", "loss"} <= shown


def test_the_backward_pass_says_in_its_title_what_it_shows():
    assert figures.backward_pass().axes[0].get_title() == chain_rule.TITLE
    assert figures.backward_pass(w1=0, w2=0, title="no slope").axes[0].get_title() == "no slope"


def test_the_backward_pass_refuses_what_is_no_number():
    with pytest.raises(ValueError, match="w1"):
        figures.backward_pass(w1=float("nan"))


# Columns and classes ----------------------------------------------------------------------------------------------


def test_histograms_show_the_share_of_the_rows_and_the_mean_of_train(digits):
    raw = mb.split(mb.datasets.load_digits())
    figure = figures.histograms(raw[:2], digits[:2], [20, 35], "scaled by min-max")
    before, after = figure.axes
    assert before.get_title() == "Before: 2 of the columns as they are"
    assert after.get_title() == "After: the same columns, scaled by min-max"
    assert [label.get_text() for label in before.get_yticklabels()] == ["pixel 2,4", "pixel 4,3"]
    shares, edges, _ = before.patches[0].get_data()
    counts = np.bincount(raw[0].X[:, 20].astype(int), minlength=17)
    np.testing.assert_allclose(shares / shares.min(), counts / counts.max())
    np.testing.assert_allclose(edges[[0, -1]], [0, 16])
    np.testing.assert_allclose(before.lines[0].get_xdata(), raw[0].X[:, [20, 35]].mean(axis=0))
    np.testing.assert_allclose(after.lines[0].get_xdata(), digits[0].X[:, [20, 35]].mean(axis=0))


def test_a_column_that_never_varies_and_a_stray_number_can_be_drawn():
    X = np.column_stack([np.zeros(1000), np.arange(1000.0)])
    X[-1, 1] = 1e9
    parts = mb.Dataset(X, np.arange(1000) % 2), mb.Dataset(X[:10], np.arange(10) % 2)
    axes = figures.histograms(parts, parts, [0, 1]).axes[0]
    assert max(patch.get_data().edges[-1] for patch in axes.patches) < 1000
    assert [label.get_text() for label in axes.get_yticklabels()] == ["column 0", "column 1"]


def test_class_shares_counts_the_rows_of_each_class():
    parts = mb.split(mb.datasets.load_digits())
    figure = figures.class_shares(*parts)
    assert [axes.get_title() for axes in figure.axes] == [f"{p.name}: {len(p):,} rows, by class" for p in parts]
    for axes, part in zip(figure.axes, parts):
        assert [bar.get_height() for bar in axes.patches] == np.bincount(part.y).tolist()
        assert axes.get_ylim() == figure.axes[0].get_ylim()  # bars of two panels can be compared
    named = figures.class_shares(*parts[:2], names=("first 85%", "last 15%"))
    assert named.axes[1].get_title() == "last 15%: 843 rows, by class"


@pytest.mark.parametrize("sizes", [[64, 10], [64, 32, 10], [4, 3, 2, 1], [64, 256, 256, 256, 10]])
def test_architecture_counts_the_weights_that_a_network_has(sizes):
    layers = [mb.Dense(inputs, outputs) for inputs, outputs in zip(sizes, sizes[1:])]
    weights = mb.Network(layers).weights.size
    axes = figures.architecture(sizes, "Tanh").axes[0]
    assert axes.get_title() == f"The network and its {weights:,} weights"
    texts = [text.get_text() for text in axes.texts]
    assert sum(int(text.split("= ")[1].replace(",", "")) for text in texts if "=" in text) == weights
    assert f"{sizes[0]}\ninputs" in texts and f"{sizes[-1]}\noutputs" in texts
    assert texts.count(f"{sizes[1]}\nTanh") == (sizes.count(sizes[1]) if len(sizes) > 2 else 0)


def test_architecture_draws_a_line_for_each_pair_of_units_and_dots_zero_weights():
    axes = figures.architecture([3, 2, 4]).axes[0]
    assert [len(bundle.get_segments()) for bundle in axes.collections[:2]] == [6, 8]
    styles = [figures.architecture([3, 2], zero=zero).axes[0].collections[0].get_linestyle() for zero in (False, True)]
    assert styles[0] != styles[1]


def test_architecture_fits_its_picture():
    figure = figures.architecture([64, 256, 256, 256, 10], "Sigmoid")
    axes = figure.axes[0]
    for text in [axes.title, *axes.texts]:
        box = text.get_window_extent()
        assert min(box.x0, box.y0) >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height


def test_architecture_refuses_a_layer_without_units():
    with pytest.raises(ValueError, match=r"sizes\[1\] must be a whole number of at least 1; got 0"):
        figures.architecture([64, 0, 10])


def test_an_earlier_run_of_another_loss_is_drawn_on_the_accuracy_panel_alone():
    other, same, current = (history_of([1, 1, 1, 1], label=f"run {i}") for i in range(3))
    other.loss, same.loss, current.loss = "a", "b", "b"
    loss, accuracy = figures.curves([other, same, current]).axes
    assert [line.get_label() for line in loss.lines if line.get_gid() is None] == ["run 1"]
    assert [line.get_label() for line in accuracy.lines if line.get_gid() is None] == ["run 0", "run 1"]
    assert [text.get_text() for text in accuracy.get_legend().get_texts()] == ["run 0", "run 1"]


def test_the_loss_axis_fits_the_losses_of_the_last_kind():
    large, small = history_of([2, 2]), history_of([0.1, 0.1])
    large.loss = "another"
    assert figures.loss_ceiling([large, small]) == figures.loss_ceiling([small])


def test_long_names_of_runs_fit_below_the_panels():
    label = "run 12: " + "Nesterov momentum, mean squared error, Sigm ..."[-44:]
    figure = figures.curves([history_of([1, 1], label=label) for _ in range(6)])
    figures.png(figure)
    left, right = (axes.get_legend().get_window_extent() for axes in figure.axes)
    assert left.x0 >= 0 and left.x1 < right.x0 and right.x1 < figure.bbox.width
    assert min(left.y0, right.y0) > 0
