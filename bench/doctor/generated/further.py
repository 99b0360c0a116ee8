"""Further recipes: other tasks, sizes, functions, optimisers and severities.

They were written when the first checks were done, and showed what those missed. As the checks were mended by them,
they say no longer how far verdicts hold beyond what was looked at.
"""

from dataclasses import replace
from typing import Any

from doctor.generated.recipe import Recipe

DENSE = Recipe(depth=4, width=80, rate=1e-3, optimizer="adamw", batch=32)
TABLE = replace(DENSE, task="absolute", depth=2, width=64, rate=3e-3)
RINGS = replace(DENSE, task="rings", depth=3, width=24, rate=3e-3, batch=128, steps=200)
PICTURES = replace(DENSE, task="pictures", family="cnn", depth=4, width=12, rate=0.02, optimizer="momentum", steps=200)
LSTM = replace(DENSE, task="sequences", family="lstm", depth=1, width=24, rate=5e-3, optimizer="rmsprop", batch=64)
RNN = replace(LSTM, family="rnn", activation="tanh", width=40, rate=1e-3)
TRANSFORMER = replace(LSTM, family="transformer", activation="silu", depth=3, width=16, rate=2e-3, steps=120)

SOUND = {
    "new-mlp-relu": DENSE,
    "new-mlp-silu": replace(DENSE, activation="silu"),
    "new-mlp-gelu-deep": replace(DENSE, activation="gelu", depth=8, width=40),
    "new-mlp-leaky-deep": replace(DENSE, activation="leaky_relu", depth=8, width=40),
    "new-mlp-sigmoid": replace(DENSE, activation="sigmoid", depth=2, rate=5e-3),
    "new-mlp-relu-sgd": replace(DENSE, optimizer="sgd", rate=0.1),
    "new-mlp-gelu-sgd": replace(DENSE, activation="gelu", optimizer="sgd", rate=0.1),
    "new-table-relu": TABLE,
    "new-table-tanh": replace(TABLE, activation="tanh", optimizer="rmsprop", rate=1e-3),
    "new-table-sigmoid": replace(TABLE, activation="sigmoid", rate=1e-2),
    "new-rings-tanh": replace(RINGS, activation="tanh"),
    "new-rings-relu": RINGS,
    "new-cnn-relu": PICTURES,
    "new-cnn-silu-norm": replace(PICTURES, activation="silu", norm=True),
    "new-lstm": LSTM,
    "new-gru": replace(LSTM, family="gru"),
    "new-rnn-tanh": RNN,
    "new-transformer-silu": TRANSFORMER,
    # A last activation that fits.
    "new-chances-sigmoid": replace(DENSE, task="chances", depth=2, last="sigmoid", rate=3e-3),
    # Stopped early; a third of the labels wrong; raw inputs that normalisation makes up for; little regularised noise.
    "new-early": replace(DENSE, steps=40, rate=3e-3),
    "new-mislabelled": replace(DENSE, task="mislabelled"),
    "new-raw-norm": replace(DENSE, scale=60.0, shift=100.0, norm=True, rate=3e-3),
    "new-sparse": replace(DENSE, depth=2, width=300, bias=-1.0, optimizer="sgd", rate=0.1),
    "new-half-norm-dropout": replace(DENSE, norm=True, dropout=0.5, rate=3e-3),
    "new-noise-leaky": replace(DENSE, task="noise", activation="leaky_relu", rate=5e-4),
    "new-noise-cnn": replace(PICTURES, task="shuffled", rate=5e-3),
    "new-few-dead": replace(DENSE, dead=0.4),
}

SICK: list[tuple[str, str, list[Any]]] = [
    ("new-rings-relu", "born_dead", [(2, 8), (4, 30)]),
    ("new-mlp-relu", "born_dead", [(3, 15)]),
    ("new-mlp-relu", "negative_bias", [4.0]),
    ("new-table-relu", "negative_bias", [8.0]),
    ("new-cnn-relu", "negative_bias", [6.0]),
    ("new-mlp-silu", "high_rate", [300.0]),
    ("new-cnn-relu", "high_rate", [30.0]),
    ("new-table-tanh", "high_rate", [1000.0]),
    ("new-mlp-relu-sgd", "high_rate", [10.0, 100.0]),
    ("new-lstm", "high_rate", [100.0]),
    ("new-table-sigmoid", "deep_saturating", [6, 10]),
    ("new-rings-tanh", "deep_saturating", [40]),
    ("new-mlp-gelu-deep", "small_weights", [6.0]),
    ("new-mlp-leaky-deep", "small_weights", [10.0]),
    ("new-mlp-leaky-deep", "unscaled_weights", [4.0, 12.0]),
    ("new-mlp-gelu-sgd", "unscaled_weights", [9.0]),
    ("new-rings-tanh", "saturated", [40.0]),
    ("new-rnn-tanh", "saturated", [30.0]),
    ("new-lstm", "closed_gates", [8.0, 20.0]),
    ("new-gru", "closed_gates", [20.0]),
    ("new-mlp-relu", "low_rate", [1e3, 1e4]),
    ("new-table-relu", "low_rate", [1e5]),
    ("new-mlp-gelu-sgd", "low_rate", [1e3, 1e5]),
    ("new-gru", "low_rate", [1e4]),
    ("new-mlp-gelu-sgd", "unscaled_inputs", [(100.0, 0.0), (1e-3, 0.0)]),
    ("new-mlp-relu-sgd", "unscaled_inputs", [(1.0, 60.0)]),
    ("new-cnn-relu", "unscaled_inputs", [(255.0, 0.0)]),
    ("new-rings-tanh", "unscaled_inputs", [(1.0, 300.0)]),
    ("new-cnn-silu-norm", "wrong_last", [("softmax", 1.0)]),
    ("new-lstm", "wrong_last", [("softmax", 1.0)]),
    ("new-table-relu", "wrong_last", [("tanh", 5.0), ("sigmoid", 1.0)]),
    ("new-rings-tanh", "wrong_last", [("sigmoid", 1.0)]),
]
