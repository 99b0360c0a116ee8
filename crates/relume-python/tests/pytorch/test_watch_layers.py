"""Recurrent layers and transformers, which PyTorch computes in pieces of its own."""

import pytest
import torch
from torch import nn

from pytorch.nets import train
from relume.torch import watch


def seen(doctor):
    record = doctor.to_dict()["record"]
    pairs = zip(record["layers"], record["snapshots"][-1]["layers"], strict=True)
    return {info["name"]: (info, layer) for info, layer in pairs}, record["snapshots"][-1]["steps"]


class Recurrent(nn.Module):
    def __init__(self, kind, packed=False, **options):
        super().__init__()
        self.layer = kind(5, 6, **options)
        self.batch_first = self.layer.batch_first
        self.out = nn.Linear(6 * (2 if self.layer.bidirectional else 1), 3)
        self.packed = packed
        self.outputs, self.gradients = [], []

    def forward(self, x):
        if not self.batch_first:
            x = x.transpose(0, 1)
        if self.packed:
            lengths = torch.tensor([4] * 32 + [2] * 32)
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=self.batch_first)
        y = self.layer(x)[0]
        y = y.data if self.packed else y
        self.outputs.append(y.detach().flatten(0, -2).double())
        y.register_hook(lambda g: self.gradients.append(g.flatten(0, -2).double()))
        y = y[:64] if self.packed else y.mean(1 if self.batch_first else 0)
        return self.out(y)


def sequences():
    x = torch.randn(64, 4, 5, generator=torch.Generator().manual_seed(0))
    return x, (x.sum((1, 2)) > 0).long()


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize(
    "options", [{}, {"batch_first": True}, {"num_layers": 2, "bidirectional": True}, {"packed": True}], ids=str
)
def test_outputs_of_recurrent_layers(kind, options):
    torch.manual_seed(0)
    model = Recurrent(kind, **options)
    with watch(model, every=1) as doctor:
        train(model, steps=3, data=sequences())
    layers, (first, last) = seen(doctor)
    info, layer = layers["layer"]
    assert info["units"] == model.outputs[0].shape[1]
    outputs = torch.cat(model.outputs[first : last + 1])
    gradients = torch.cat(model.gradients[first : last + 1])
    assert layer["output_rms"] == pytest.approx(outputs.square().mean().sqrt().item(), rel=1e-4)
    assert layer["gradient_rms"] == pytest.approx(gradients.square().mean().sqrt().item(), rel=1e-4)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_gates_of_recurrent_layers(kind, batch_first):
    """Against the cell, step by step."""
    torch.manual_seed(0)
    model = Recurrent(kind, batch_first=batch_first)
    names = ["input_gate", "forget_gate", "cell", "output_gate"] if kind is nn.LSTM else ["reset_gate", "update_gate"]
    with torch.no_grad():
        model.layer.bias_ih_l0[:6] = 50.0
    weights = [
        getattr(model.layer, f"{name}_l0").detach().clone() for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    with watch(model, every=1) as doctor:
        train(model, steps=1, data=sequences())
    w, u, b, c = weights
    cell = nn.LSTMCell(5, 6) if kind is nn.LSTM else nn.GRUCell(5, 6)
    cell.load_state_dict({"weight_ih": w, "weight_hh": u, "bias_ih": b, "bias_hh": c})
    state, gates = None, []
    for x in sequences()[0].unbind(1):
        h = torch.zeros(64, 6) if state is None else state[0] if kind is nn.LSTM else state
        gates.append(x @ w.T + b + h @ u.T + c)
        state = cell(x, state)
    layers, _ = seen(doctor)
    for name, gate in zip(names, torch.stack(gates).split(6, -1), strict=False):
        info, layer = layers[f"layer.{name}"]
        assert info["activation"] == ("tanh" if name == "cell" else "sigmoid")
        assert layer["input_mean"] == pytest.approx(gate.mean().item(), rel=1e-3, abs=1e-5)
    assert layers[f"layer.{names[0]}"][1]["saturated"] == 6
    assert layers[f"layer.{names[1]}"][1]["saturated"] == 0


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer_layers(activation):
    torch.manual_seed(0)

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            layer = nn.TransformerEncoderLayer(5, 1, 8, batch_first=True, activation=activation, dropout=0.0)
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.out = nn.Linear(5, 2)

        def forward(self, x):
            return self.out(self.encoder(x).mean(1))

    model = Net()
    with watch(model, every=1) as doctor:
        train(model, steps=3, data=sequences())
    layers, _ = seen(doctor)
    assert list(layers) == [f"encoder.layers.0.{activation}#1", f"encoder.layers.1.{activation}#1"]
    for info, layer in layers.values():
        assert (info["activation"], info["units"], info["fan_in"]) == (activation, 8, 5)
        assert layer["gradient_rms"] > 0
    weights = doctor.to_dict()["record"]["weights"]
    assert weights[f"encoder.layers.1.{activation}#1"] == "encoder.layers.1.linear1.weight"
