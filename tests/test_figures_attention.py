"""The attention figure and the maps it shows."""

import numpy as np
import pytest

import mbtutor as mb
from mbtutor import figures


def maps(heads=2, longest=3, seed=0):
    weights = np.random.default_rng(seed).random((heads, longest, longest))
    return weights / weights.sum(axis=2, keepdims=True)


def test_each_head_has_a_panel_as_dark_as_its_weights_with_a_dot_on_the_largest():
    weights = maps()
    figure = figures.attention(weights, [" a", "b "], "Two heads")
    assert repr(figure) == "Picture: Two heads"
    for head, axes in enumerate(figure.axes):
        assert axes.get_title(loc="left") == f"head {head + 1}"
        np.testing.assert_allclose(axes.images[0].get_array()[..., 3], np.sqrt(weights[head]))
        np.testing.assert_array_equal(axes.lines[0].get_xdata(), weights[head].argmax(axis=1))
        for labels in (axes.get_xticklabels(), axes.get_yticklabels()):
            assert [label.get_text() for label in labels] == ["_a", "b_", "·"], "the last position is padding"
    figures.png(figure)


@pytest.mark.parametrize(("longest", "columns"), [(14, 4), (15, 2)])
def test_long_names_have_two_panels_in_a_row(longest, columns):
    figure = figures.attention(maps(4, longest), ["ab"] * longest)
    tops = [axes.get_subplotspec().rowspan.start for axes in figure.axes]
    assert tops.count(0) == columns


def test_attention_maps_are_those_of_the_layers_on_their_way():
    layers = [mb.Embedding(5, 4), mb.Residual([mb.LayerNorm(4), mb.SelfAttention(4, 2)]), mb.SelfAttention(4, 1)]
    net = mb.Network([*layers, mb.MeanOverTime(), mb.Dense(4, 2)], seed=0)
    names = mb.Sequences([np.array([1, 2, 3]), np.array([4, 0])])
    first, second = mb.experiments.attention_maps(net, names)
    X, mask = net.layers[0].W[names[:].values], names[:].mask
    inner = net.layers[1].layers
    np.testing.assert_allclose(first, inner[1].weights(inner[0].forward(X, mask=mask)[0], mask))
    np.testing.assert_allclose(second, net.layers[2].weights(net.layers[1].forward(X, mask=mask)[0], mask))
    assert first.shape == (2, 2, 3, 3) and np.all(first[1, :, :, 2] == 0)


def test_attention_maps_need_an_attention_and_rows_that_fit():
    with pytest.raises(ValueError, match="net has no SelfAttention"):
        mb.experiments.attention_maps(mb.Network([mb.Dense(2, 2)]), np.ones((1, 2)))
    net = mb.Network([mb.Embedding(5, 4), mb.SelfAttention(4, 1), mb.MeanOverTime()])
    with pytest.raises(ValueError, match="X must hold whole numbers from 0 to 4"):
        mb.experiments.attention_maps(net, mb.Sequences([np.array([7])]))
