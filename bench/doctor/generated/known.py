"""The recipes that the checks were made with in view: sound ones, and what is done to some of them."""

from dataclasses import replace
from typing import Any

from doctor.generated.recipe import Recipe

DENSE = Recipe()
DEEP = replace(DENSE, depth=6, optimizer="momentum", rate=0.01)
TABLE = replace(DENSE, task="table", depth=3, width=48, rate=3e-3)
RINGS = replace(DENSE, task="rings", depth=2, width=32, rate=3e-3)
PICTURES = replace(DENSE, task="pictures", family="cnn", depth=3, width=16, rate=3e-3, steps=160)
RNN = replace(DENSE, task="sequences", family="rnn", activation="tanh", depth=1, width=32, rate=3e-3)
LSTM = replace(RNN, family="lstm", rate=1e-2)
TRANSFORMER = replace(RNN, family="transformer", activation="gelu", depth=2, width=24, rate=3e-3, steps=160)

SOUND = {
    "mlp-relu": DENSE,
    "mlp-leaky": replace(DENSE, activation="leaky_relu"),
    "mlp-elu": replace(DENSE, activation="elu"),
    "mlp-gelu": replace(DENSE, activation="gelu"),
    "mlp-tanh": replace(DENSE, activation="tanh"),
    "mlp-sigmoid": replace(DENSE, activation="sigmoid", depth=2, rate=1e-2),
    "mlp-relu-norm": replace(DENSE, norm=True),
    "mlp-sigmoid-norm": replace(DENSE, activation="sigmoid", depth=5, norm=True, rate=1e-2),
    "mlp-tanh-norm-dropout": replace(DENSE, activation="tanh", norm=True, dropout=0.2),
    "mlp-relu-dropout": replace(DENSE, dropout=0.3, rate=3e-3),
    "deep-relu": DEEP,
    "deep-gelu": replace(DEEP, activation="gelu", depth=5, rate=0.02),
    "deep-elu": replace(DEEP, activation="elu"),
    "deep-tanh": replace(DEEP, activation="tanh", depth=10),
    "deep-leaky-norm": replace(DEEP, activation="leaky_relu", depth=10, norm=True),
    "sgd-relu": replace(DENSE, optimizer="sgd", rate=0.1),
    "table-relu": TABLE,
    "table-tanh": replace(TABLE, activation="tanh"),
    "table-elu-sgd": replace(TABLE, activation="elu", optimizer="sgd", rate=0.05),
    "table-gelu-dropout": replace(TABLE, activation="gelu", dropout=0.1),
    "rings-relu": RINGS,
    "rings-leaky-norm": replace(RINGS, activation="leaky_relu", norm=True),
    "cnn-relu": PICTURES,
    "cnn-relu-norm": replace(PICTURES, norm=True),
    "cnn-gelu": replace(PICTURES, activation="gelu"),
    "cnn-elu-dropout": replace(PICTURES, activation="elu", dropout=0.2),
    "cnn-sigmoid-norm": replace(PICTURES, activation="sigmoid", norm=True, rate=1e-2),
    "rnn-tanh": RNN,
    "rnn-relu": replace(RNN, activation="relu"),
    "lstm": LSTM,
    "lstm-dropout": replace(LSTM, dropout=0.3),
    "gru": replace(LSTM, family="gru"),
    "transformer-gelu": TRANSFORMER,
    "transformer-relu-dropout": replace(TRANSFORMER, activation="relu", dropout=0.1),
    # More than nine of ten outputs are zero.
    "sparse-relu": replace(DENSE, depth=1, width=400, bias=-2.0, optimizer="momentum", rate=0.01),
    "sparse-table": replace(TABLE, depth=1, width=400, bias=-2.0, optimizer="momentum", rate=0.003),
    "sparse-cnn": replace(PICTURES, depth=2, width=24, bias=-1.5),
    # So long on so few samples that no gradient is left.
    "converged-relu": replace(DENSE, samples=128, steps=600, rate=5e-3),
    "converged-tanh": replace(DENSE, activation="tanh", samples=128, steps=600, rate=5e-3),
    "converged-cnn": replace(PICTURES, samples=128, steps=300),
    # Some units never fire.
    "few-dead-relu": replace(DENSE, dead=0.2),
    "few-dead-table": replace(TABLE, dead=0.35),
    "few-dead-cnn": replace(PICTURES, dead=0.25),
    # Nothing can be learnt, and the network is not to blame.
    "noise-relu": replace(DENSE, task="noise", rate=1e-3),
    "noise-tanh": replace(DENSE, task="noise", activation="tanh", rate=1e-3),
    "noise-gelu": replace(DENSE, task="noise", activation="gelu", optimizer="sgd", rate=0.05),
}

SICK: list[tuple[str, str, list[Any]]] = [
    ("mlp-relu", "born_dead", [(2, 10), (3, 20)]),
    ("table-relu", "born_dead", [(2, 14)]),
    ("mlp-relu", "negative_bias", [6.0, 30.0]),
    ("deep-relu", "negative_bias", [10.0]),
    ("table-relu", "negative_bias", [20.0]),
    ("cnn-relu", "negative_bias", [15.0]),
    ("mlp-relu", "high_rate", [100.0, 1000.0]),
    ("sgd-relu", "high_rate", [30.0]),
    ("cnn-relu", "high_rate", [100.0]),
    ("table-elu-sgd", "high_rate", [100.0]),
    ("mlp-sigmoid", "deep_saturating", [8, 14]),
    ("deep-tanh", "small_weights", [4.0, 10.0]),
    ("deep-relu", "small_weights", [8.0]),
    ("deep-relu", "unscaled_weights", [6.0]),
    ("deep-elu", "unscaled_weights", [10.0]),
    ("deep-gelu", "unscaled_weights", [8.0]),
    ("deep-tanh", "saturated", [30.0, 100.0]),
    ("table-tanh", "saturated", [100.0]),
    ("lstm", "closed_gates", [15.0]),
    ("gru", "closed_gates", [15.0]),
    ("mlp-relu", "low_rate", [1e5]),
    ("sgd-relu", "low_rate", [1e4, 1e7]),
    ("cnn-gelu", "low_rate", [1e5]),
    ("lstm", "low_rate", [1e6]),
    ("transformer-gelu", "low_rate", [1e5]),
    ("table-tanh", "unscaled_inputs", [(300.0, 3000.0)]),
    ("sgd-relu", "unscaled_inputs", [(1000.0, 0.0), (50.0, 500.0)]),
    ("table-elu-sgd", "unscaled_inputs", [(300.0, 1000.0)]),
    ("lstm", "unscaled_inputs", [(1000.0, 0.0)]),
    ("mlp-relu", "wrong_last", [("softmax", 1.0), ("tanh", 1.0)]),
    ("cnn-relu", "wrong_last", [("sigmoid", 1.0)]),
    ("table-relu", "wrong_last", [("sigmoid", 1.0), ("tanh", 10.0), ("relu", 1.0)]),
    ("rings-relu", "wrong_last", [("relu", 1.0)]),
]
