"""The settings of the loss lab as programs: a score that walks downhill by two losses, or a fit by three."""

from .text import keras_imports, real

STEPS = 10  # as many as one of the lab's buttons makes
FITTING, FIRST_RATE = 400, 0.5  # steps of a fit; its rate falls from the first one to 0, so that it comes to rest


def score_programs(score, answer, lr):
    """{framework: text}: each prints score, loss and slope by each loss after ten steps. answer: 1 yes, 0 no."""
    makers = {"mbtutor": _score_mbtutor, "PyTorch": _score_pytorch, "Keras": _score_keras}
    makers["TensorFlow"] = _score_tensorflow
    return {name: maker(real(score), real(float(answer)), real(lr)) for name, maker in makers.items()}


def _score_mbtutor(score, answer, lr):
    return f"""import numpy as np

import mbtutor as mb

answer = np.array([[{answer}]])  # the right one: 1 for yes, 0 for no
# Squared error is that of the probability: a Sigmoid makes it of the score.
kinds = {{"squared error": ([mb.Sigmoid()], "mean_squared_error"), "cross-entropy": ([], "binary_cross_entropy")}}
reached = {{}}
for name, (last, loss) in kinds.items():
    net = mb.Network([mb.Dense(1, 1), *last])  # its bias is the score: the row is 0
    net.weights = [0, {score}]
    net.compile(loss, mb.SGD(lr={lr}))
    row = np.zeros((1, 1))
    for step in range({STEPS}):
        net.update(row, answer)
    loss, gradient = net.loss_and_gradient(row, answer)
    reached[name] = {{"score": float(net.weights[1]), "loss": float(loss), "slope": float(gradient[1])}}
print(reached)
"""


def _score_pytorch(score, answer, lr):
    return f"""import torch
from torch import nn

answer = torch.tensor({answer}, dtype=torch.float64)  # the right one: 1 for yes, 0 for no
losses = {{
    "squared error": lambda score: nn.functional.mse_loss(torch.sigmoid(score), answer),
    "cross-entropy": lambda score: nn.functional.binary_cross_entropy_with_logits(score, answer),
}}
reached = {{}}
for name, loss_of in losses.items():
    score = torch.tensor({score}, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([score], lr={lr})
    for step in range({STEPS} + 1):
        optimizer.zero_grad()
        loss = loss_of(score)
        loss.backward()  # the slope is in score.grad now
        if step < {STEPS}:
            optimizer.step()
    reached[name] = {{"score": score.item(), "loss": loss.item(), "slope": score.grad.item()}}
print(reached)
"""


def _score_keras(score, answer, lr):
    return f"""{keras_imports()}import numpy as np

answer = np.array([[{answer}]])  # the right one: 1 for yes, 0 for no
# Squared error is that of the probability: a sigmoid makes it of the score.
kinds = {{
    "squared error": ("sigmoid", keras.losses.MeanSquaredError()),
    "cross-entropy": ("linear", keras.losses.BinaryCrossentropy(from_logits=True)),
}}
reached, one = {{}}, np.ones((1, 1))
for name, (activation, loss_of) in kinds.items():
    # One weight that is multiplied by 1: it is the score.
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation=activation, use_bias=False)])
    model.set_weights([np.array([[{score}]])])
    model.compile(loss=loss_of, optimizer=keras.optimizers.SGD(learning_rate={lr}))
    for step in range({STEPS}):
        model.train_on_batch(one, answer)
    score = model.get_weights()[0].item()
    # Keras itself hands out no slope: an update with learning rate 1 moves the weight by minus the slope.
    model.optimizer.learning_rate = 1.0
    loss = float(model.train_on_batch(one, answer))
    reached[name] = {{"score": score, "loss": loss, "slope": score - model.get_weights()[0].item()}}
print(reached)
"""


def _score_tensorflow(score, answer, lr):
    return f"""import tensorflow as tf

answer = tf.constant({answer}, tf.float64)  # the right one: 1 for yes, 0 for no
losses = {{
    "squared error": lambda score: (tf.sigmoid(score) - answer) ** 2,
    "cross-entropy": lambda score: tf.nn.sigmoid_cross_entropy_with_logits(labels=answer, logits=score),
}}
reached = {{}}
for name, loss_of in losses.items():
    score = tf.Variable({score}, dtype=tf.float64)
    for step in range({STEPS} + 1):
        with tf.GradientTape() as tape:
            loss = loss_of(score)
        slope = tape.gradient(loss, score)
        if step < {STEPS}:
            score.assign_sub({lr} * slope)
    reached[name] = {{"score": float(score), "loss": float(loss), "slope": float(slope)}}
print(reached)
"""


def fit_programs(x, y, delta, line):
    """{framework: text}: each fits a line (or a constant) by three losses; prints its heights at both ends of x."""
    makers = {"mbtutor": _fit_mbtutor, "PyTorch": _fit_pytorch, "Keras": _fit_keras, "TensorFlow": _fit_tensorflow}
    column = "(x - x.mean()) / x.std()" if line else "np.zeros(len(x))"
    remark = "at mean 0 and deviation 1 the descent is quickest" if line else "a constant has no use for x"
    points = f"""x = np.arange({float(len(x))})
y = np.array({y.tolist()})
X = ({column})[:, None]  # {remark}
"""
    return {name: maker(points, real(delta)) for name, maker in makers.items()}


# What every program says at its end: heights are those of the fit at each x.
HEIGHTS = """    reached[name] = {"at the first x": float(heights[0]), "at the last x": float(heights[-1])}
print(reached)
"""


def _fit_mbtutor(points, delta):
    return f"""import numpy as np

import mbtutor as mb

{points}rows = mb.Dataset(X, y)
losses = {{
    "squared error": "mean_squared_error",
    "absolute error": "mean_absolute_error",
    "Huber's loss": mb.losses.Huber(delta={delta}),
}}
reached = {{}}
for name, loss in losses.items():
    net = mb.Network([mb.Dense(1, 1)])
    net.weights = [0, 0]
    net.compile(loss, mb.SGD(lr={FIRST_RATE}))
    falling = lambda number: {FIRST_RATE} * (1 - (number - 1) / {FITTING})  # to 0, so that it comes to rest
    list(mb.train(net, mb.MiniBatches(rows, len(y)), updates={FITTING}, schedule=falling))
    heights = net.forward(X)[0][:, 0]
{HEIGHTS}"""


def _fit_pytorch(points, delta):
    return f"""import numpy as np
import torch
from torch import nn

{points}X, y = torch.tensor(X), torch.tensor(y)
losses = {{
    "squared error": nn.MSELoss(),
    "absolute error": nn.L1Loss(),
    "Huber's loss": nn.HuberLoss(delta={delta}),
}}
reached = {{}}
for name, loss_of in losses.items():
    weights = torch.zeros(2, dtype=X.dtype, requires_grad=True)
    optimizer = torch.optim.SGD([weights], lr={FIRST_RATE})
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, total_iters={FITTING})  # so that it comes to rest
    for step in range({FITTING}):
        optimizer.zero_grad()
        loss_of(weights[0] * X[:, 0] + weights[1], y).backward()
        optimizer.step()
        falling.step()
    heights = weights[0] * X[:, 0] + weights[1]
{HEIGHTS}"""


def _fit_keras(points, delta):
    return f"""{keras_imports()}import numpy as np

{points}losses = {{
    "squared error": keras.losses.MeanSquaredError(),
    "absolute error": keras.losses.MeanAbsoluteError(),
    "Huber's loss": keras.losses.Huber(delta={delta}),
}}
reached = {{}}
for name, loss_of in losses.items():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
    falling = keras.optimizers.schedules.PolynomialDecay({FIRST_RATE}, {FITTING}, 0.0)  # so that it comes to rest
    model.compile(loss=loss_of, optimizer=keras.optimizers.SGD(falling))
    for step in range({FITTING}):
        model.train_on_batch(X, y[:, None])
    heights = model.predict(X, verbose=0)[:, 0]
{HEIGHTS}"""


def _fit_tensorflow(points, delta):
    return f"""import numpy as np
import tensorflow as tf

{points}X, y = tf.constant(X[:, 0]), tf.constant(y)
losses = {{
    "squared error": tf.keras.losses.MeanSquaredError(dtype="float64"),
    "absolute error": tf.keras.losses.MeanAbsoluteError(dtype="float64"),
    "Huber's loss": tf.keras.losses.Huber(delta={delta}, dtype="float64"),
}}
reached = {{}}
for name, loss_of in losses.items():
    weights = tf.Variable([0.0, 0.0], dtype=tf.float64)
    for step in range({FITTING}):
        with tf.GradientTape() as tape:
            loss = loss_of(y, weights[0] * X + weights[1])
        rate = {FIRST_RATE} * (1 - step / {FITTING})  # falls to 0, so that it comes to rest
        weights.assign_sub(rate * tape.gradient(loss, weights))
    heights = weights[0] * X + weights[1]
{HEIGHTS}"""
