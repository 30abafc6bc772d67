"""The settings of the slope lab as programs: one weight that walks downhill, each slope found by the framework."""

from .text import keras_imports, real

STEPS = 10  # as many as one of the lab's buttons makes
# How a program writes each curve, and its slope where it has to be told.
CURVES = {
    "parabola": ("w**2", "2 * w"),
    "two valleys": ("(w**2 - 2) ** 2 / 4 + 0.3 * w + 1", "w * (w**2 - 2) + 0.3"),
}


def slope_programs(curve, w, lr, limit):
    """{framework: text}: each prints the places of the walk. limit: a step beyond that weight is not made."""
    makers = {"mbtutor": _mbtutor, "PyTorch": _pytorch, "Keras": _keras, "TensorFlow": _tensorflow}
    walk = f"""places = [{real(w)}]
for step in range({STEPS}):
"""
    last = f"""    if abs(target) > {limit}:  # thrown out of the picture
        break
    places.append(target)
print(places)
"""
    return {name: maker(*CURVES[curve], real(w), real(lr), walk, last) for name, maker in makers.items()}


def _mbtutor(loss, slope, w, lr, walk, last):
    return f"""# The package finds the slopes of layers and losses, not those of any formula: here it is told.
def loss(w):
    return {loss}


def slope(w):
    return {slope}


{walk}    w = places[-1]
    print(f"step {{step}}: w = {{w:.4f}}, loss {{loss(w):.4f}}, slope {{slope(w):.4f}}")
    target = w - {lr} * slope(w)
{last}"""


def _pytorch(loss, slope, w, lr, walk, last):
    return f"""import torch


def loss_at(w):
    return {loss}


w = torch.tensor({w}, dtype=torch.float64, requires_grad=True)
optimizer = torch.optim.SGD([w], lr={lr})
{walk}    optimizer.zero_grad()
    loss = loss_at(w)
    loss.backward()  # the slope is in w.grad now
    print(f"step {{step}}: w = {{w:.4f}}, loss {{loss:.4f}}, slope {{w.grad:.4f}}")
    optimizer.step()
    target = w.item()
{last}"""


def _keras(loss, slope, w, lr, walk, last):
    return f"""{keras_imports()}import numpy as np

# One weight w that is multiplied by 1: what comes out is w itself, and the loss is a function of it.
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
model.compile(loss=lambda y, w: {loss}, optimizer=keras.optimizers.SGD(learning_rate={lr}))
model.set_weights([np.array([[{w}]])])
one = np.ones((1, 1))
{walk}    loss = float(model.train_on_batch(one, one))  # of the weight before its update
    target = float(model.get_weights()[0].item())
    slope = (places[-1] - target) / {lr}  # Keras itself hands out no slope; the step tells it
    print(f"step {{step}}: w = {{places[-1]:.4f}}, loss {{loss:.4f}}, slope {{slope:.4f}}")
{last}"""


def _tensorflow(loss, slope, w, lr, walk, last):
    return f"""import tensorflow as tf


def loss_at(w):
    return {loss}


w = tf.Variable({w}, dtype=tf.float64)
{walk}    with tf.GradientTape() as tape:
        loss = loss_at(w)
    slope = tape.gradient(loss, w)
    print(f"step {{step}}: w = {{w.numpy():.4f}}, loss {{loss:.4f}}, slope {{slope:.4f}}")
    w.assign_sub({lr} * slope)
    target = float(w)
{last}"""
