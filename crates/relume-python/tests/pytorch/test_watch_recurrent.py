"""Recurrent networks, made of PyTorch's layers, of its cells, and by hand: the sick are found, the healthy are not."""

import math

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from relume.torch import watch


class Unrolled(nn.Module):
    """A cell that is called step by step."""

    def __init__(self, cell):
        super().__init__()
        self.cell = cell

    def forward(self, x):
        state, outputs = None, []
        for step in range(x.shape[1]):
            state = self.cell(x[:, step], state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        return torch.stack(outputs, 1)


class ByHand(nn.Module):
    """h = f(Wx + Uh + b), as people write it."""

    def __init__(self, inputs, hidden, act):
        super().__init__()
        self.of_input, self.of_state, self.act = nn.Linear(inputs, hidden), nn.Linear(hidden, hidden), act

    def forward(self, x):
        state, outputs = x.new_zeros(len(x), self.of_state.in_features), []
        for step in range(x.shape[1]):
            state = self.act(self.of_input(x[:, step]) + self.of_state(state))
            outputs.append(state)
        return torch.stack(outputs, 1)


class LstmByHand(nn.Module):
    def __init__(self, inputs, hidden):
        super().__init__()
        self.gates, self.hidden = nn.Linear(inputs + hidden, 4 * hidden), hidden

    def forward(self, x):
        state = cell = x.new_zeros(len(x), self.hidden)
        outputs = []
        for step in range(x.shape[1]):
            i, f, g, o = self.gates(torch.cat([x[:, step], state], 1)).chunk(4, 1)
            cell = f.sigmoid() * cell + i.sigmoid() * g.tanh()
            state = o.sigmoid() * cell.tanh()
            outputs.append(state)
        return torch.stack(outputs, 1)


class Net(nn.Module):
    """A recurrent layer and a linear one on its last output, on the mean of all, or on the last states it returns."""

    def __init__(self, layer, hidden, outputs, read="last"):
        super().__init__()
        self.layer, self.out, self.read = layer, nn.Linear(hidden, outputs), read

    def forward(self, x):
        if self.read == "packed":
            lengths = torch.full((len(x),), x.shape[1])
            lengths[::3] -= 1
            x = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        is_turned = isinstance(self.layer, nn.RNNBase) and not self.layer.batch_first and self.read != "packed"
        y = self.layer(x.transpose(0, 1) if is_turned else x)
        if self.read in ("packed", "states"):
            last = y[1][0] if isinstance(self.layer, nn.LSTM) else y[1]
            return self.out(torch.cat(list(last[-2 if self.layer.bidirectional else -1 :]), 1))
        y = y[0] if isinstance(y, tuple) else y
        y = y.transpose(0, 1) if is_turned else y
        return self.out(y.mean(1) if self.read == "mean" else y[:, -1])


def means(steps):
    """What the mean of a column is."""

    def batch():
        x = torch.randn(32, steps, 4)
        return x, 2 * x[:, :, :1].mean(1)

    return batch, F.mse_loss


def beginnings(steps):
    """Which sign the first value of a sequence has."""

    def batch():
        x = torch.randn(32, steps, 4)
        return x, (x[:, 0, 0] > 0).long()

    return batch, F.cross_entropy


def waves():
    """Which of four frequencies a noisy wave has, as in recordings."""

    def batch():
        t = torch.randint(0, 4, (32,))
        angle = 2 * math.pi * (t[:, None] + 1) * torch.arange(20) / 20 + torch.rand(32, 1)
        x = angle.sin() + 0.1 * torch.randn(32, 20)
        return torch.stack([x, x.roll(1, 1), 0.1 * torch.randn(32, 20), 0.1 * torch.randn(32, 20)], 2), t

    return batch, F.cross_entropy


def words():
    """Which of two words stands somewhere in a sentence."""
    vectors = torch.randn(30, 4)

    def batch():
        t = torch.randint(0, 2, (32,))
        x = torch.randint(2, 30, (32, 20))
        x[torch.arange(32), torch.randint(0, 20, (32,))] = t
        return vectors[x], t

    return batch, F.cross_entropy


def sums(steps):
    """Hochreiter and Schmidhuber's: the sum of the two values that are marked."""

    def batch():
        x = torch.rand(32, steps, 4)
        x[:, :, 1:] = 0
        every = torch.arange(32)
        for low, high in ((0, steps // 2), (steps // 2, steps)):
            x[every, torch.randint(low, high, (32,)), 1] = 1
        return x, (x[:, :, :1] * x[:, :, 1:2]).sum(1)

    return batch, F.mse_loss


def doctor_of(net, task, steps=200, rate=3e-3, clip=None, every=None):
    batch, loss = task
    optimizer = torch.optim.Adam(net.parameters(), rate)
    with watch(net, every=every) as doctor:
        for _ in range(steps):
            x, t = batch()
            optimizer.zero_grad()
            loss(net(x), t).backward()
            if clip is not None:
                nn.utils.clip_grad_norm_(net.parameters(), clip)
            optimizer.step()
    return doctor


def biased(net, value, gate=0, of=1):
    """The same with the biases of one of so many gates at a value."""
    for name, parameter in net.layer.named_parameters():
        if "bias_ih" in name or name in ("of_input.bias", "gates.bias"):
            nn.init.constant_(parameter.data.chunk(of)[gate], value)
    return net


def identity(net, factor):
    """The same with multiples of the identity from state to state, and no biases."""
    for name, parameter in net.layer.named_parameters():
        if "weight_hh" in name or name == "of_state.weight":
            parameter.data = factor * torch.eye(len(parameter))
        elif "bias" in name:
            nn.init.zeros_(parameter)
    return net


def rnn(**options):
    return nn.RNN(4, 32, nonlinearity="relu", **options)


FIRST = {"batch_first": True}
BOTH = {"batch_first": True, "bidirectional": True}
DEEP = {"batch_first": True, "num_layers": 2}
DEAD = {"born_dead"}
SHUT = {"shut_gates"}
LOST = {"vanishing_gradient"}
GROWN = {"exploding_gradient"}

SICK = {
    "dead, RNN": (lambda: biased(Net(rnn(**FIRST), 32, 1), -50.0), means(10), DEAD),
    "dead, time first": (lambda: biased(Net(rnn(), 32, 1), -50.0), means(10), DEAD),
    "dead, last states": (lambda: biased(Net(rnn(**FIRST), 32, 1, "states"), -50.0), means(10), DEAD),
    "dead, packed": (lambda: biased(Net(rnn(**FIRST), 32, 1, "packed"), -50.0), means(10), DEAD),
    "dead, 2 layers": (lambda: biased(Net(rnn(**DEEP), 32, 1), -50.0), means(10), DEAD),
    "dead, both ways": (lambda: biased(Net(rnn(**BOTH), 64, 1, "mean"), -50.0), means(10), DEAD),
    "dead, cell": (
        lambda: biased(Net(Unrolled(nn.RNNCell(4, 32, nonlinearity="relu")), 32, 1), -50.0),
        means(10),
        DEAD,
    ),
    "dead, by hand": (lambda: biased(Net(ByHand(4, 32, torch.relu), 32, 1), -50.0), means(10), DEAD),
    "dead, module by hand": (lambda: biased(Net(ByHand(4, 32, nn.ReLU()), 32, 1), -50.0), means(10), DEAD),
    "growing, RNN": (lambda: identity(Net(rnn(**FIRST), 32, 1), 1.5), means(50), GROWN),
    "growing, packed": (lambda: identity(Net(rnn(**FIRST), 32, 1, "packed"), 1.5), means(50), GROWN),
    "growing, by hand": (lambda: identity(Net(ByHand(4, 32, torch.relu), 32, 1), 1.5), means(50), GROWN),
    "too long, last states": (lambda: Net(nn.RNN(4, 32, **FIRST), 32, 2, "states"), beginnings(100), LOST),
    "too long, packed": (lambda: Net(nn.RNN(4, 32, **FIRST), 32, 2, "packed"), beginnings(100), LOST),
    "too long, 2 layers": (lambda: Net(nn.RNN(4, 32, **DEEP), 32, 2), beginnings(100), LOST),
    "too long, both ways": (lambda: Net(nn.RNN(4, 32, **BOTH), 64, 2), beginnings(100), LOST),
    "too long, cell": (lambda: Net(Unrolled(nn.RNNCell(4, 32)), 32, 2), beginnings(100), LOST),
    "too long, by hand": (lambda: Net(ByHand(4, 32, torch.tanh), 32, 2), beginnings(100), LOST),
    "forgetting, LSTM": (lambda: biased(Net(nn.LSTM(4, 32), 32, 2), -10.0, 1, 4), beginnings(30), SHUT),
    "forgetting, packed": (
        lambda: biased(Net(nn.LSTM(4, 32, **FIRST), 32, 2, "packed"), -10.0, 1, 4),
        beginnings(30),
        SHUT,
    ),
    "forgetting, 2 layers": (lambda: biased(Net(nn.LSTM(4, 32, **DEEP), 32, 2), -10.0, 1, 4), beginnings(30), SHUT),
    "forgetting, cell": (lambda: biased(Net(Unrolled(nn.LSTMCell(4, 32)), 32, 2), -10.0, 1, 4), beginnings(30), SHUT),
    "nothing enters, both ways": (lambda: biased(Net(nn.LSTM(4, 32, **BOTH), 64, 1), -30.0, 0, 4), means(10), SHUT),
    "nothing leaves": (lambda: biased(Net(nn.LSTM(4, 32, **FIRST), 32, 1), -30.0, 3, 4), means(10), SHUT),
    "nothing changes, GRU": (lambda: biased(Net(nn.GRU(4, 32, **FIRST), 32, 1), 30.0, 1, 3), means(10), SHUT),
    "nothing changes, cell": (lambda: biased(Net(Unrolled(nn.GRUCell(4, 32)), 32, 1), 30.0, 1, 3), means(10), SHUT),
    "nothing enters, by hand": (
        lambda: biased(Net(LstmByHand(4, 32), 32, 1), -30.0, 0, 4),
        means(10),
        {"saturated_units"},
    ),
}

HEALTHY = {
    "tanh": (lambda: Net(nn.RNN(4, 32, **FIRST), 32, 1), means(10), {}),
    "tanh, waves": (lambda: Net(nn.RNN(4, 32, **FIRST), 32, 4), waves(), {}),
    "tanh, cell": (lambda: Net(Unrolled(nn.RNNCell(4, 32)), 32, 1), means(10), {}),
    "tanh by hand, waves": (lambda: Net(ByHand(4, 32, torch.tanh), 32, 4), waves(), {}),
    "relu by hand": (lambda: Net(ByHand(4, 32, torch.relu), 32, 1), means(10), {}),
    "IRNN, waves": (lambda: identity(Net(rnn(**FIRST), 32, 4), 1.0), waves(), {"clip": 1.0}),
    "IRNN, sums": (lambda: identity(Net(rnn(**FIRST), 32, 1), 1.0), sums(30), {"clip": 1.0, "steps": 400}),
    "LSTM, waves": (lambda: Net(nn.LSTM(4, 32, **FIRST), 32, 4), waves(), {}),
    "LSTM, words": (lambda: Net(nn.LSTM(4, 32, **BOTH), 64, 2, "mean"), words(), {"rate": 1e-2, "steps": 300}),
    "LSTM, packed": (lambda: Net(nn.LSTM(4, 32, **FIRST), 32, 4, "packed"), waves(), {}),
    "LSTM, long memory": (lambda: biased(Net(nn.LSTM(4, 32, **FIRST), 32, 4), 7.0, 1, 4), waves(), {}),
    "LSTM by hand": (lambda: Net(LstmByHand(4, 32), 32, 1), means(10), {}),
    "GRU, waves": (lambda: Net(nn.GRU(4, 32, **DEEP), 32, 4), waves(), {}),
    "GRU, words": (lambda: Net(nn.GRU(4, 32, **BOTH), 64, 2, "packed"), words(), {"rate": 1e-2, "steps": 300}),
    "GRU, cell": (lambda: Net(Unrolled(nn.GRUCell(4, 32)), 32, 4), waves(), {}),
}


@pytest.mark.parametrize("name", list(SICK))
def test_the_sick_are_found_each_for_its_cause(name):
    torch.manual_seed(0)
    make, task, expected = SICK[name]
    # So many that it is certain that nothing is learnt.
    doctor = doctor_of(make(), task, steps=300)
    first = doctor.findings[0]
    assert first.check in expected and first.severity == "fault", doctor.report(120)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", list(HEALTHY))
def test_the_healthy_are_left_alone(name, seed):
    torch.manual_seed(seed)
    make, task, options = HEALTHY[name]
    doctor = doctor_of(make(), task, **options)
    assert doctor.findings == [], doctor.report(120)


def test_what_is_too_long_for_a_memory_is_told_to_have_gates():
    torch.manual_seed(0)
    doctor = doctor_of(Net(nn.RNN(4, 32, **FIRST), 32, 2), beginnings(100))
    assert [p.kind for p in doctor.prescribe()][:1] == ["gated_layers"]


def test_gates_that_are_opened_as_is_prescribed_let_the_network_learn():
    torch.manual_seed(0)
    model = biased(Net(nn.LSTM(4, 32, **FIRST), 32, 1), -30.0, 0, 4)
    doctor = doctor_of(model, means(10))
    first = doctor.prescribe()[0]
    assert first.kind == "open_gates"
    exec(first.code, {"model": model, "nn": nn, "torch": torch})
    biases = [model.layer.bias_ih_l0.chunk(4), model.layer.bias_hh_l0.chunk(4)]
    assert [[bias.unique().tolist() for bias in both] for both in biases] == [
        [[0.0], [1.0], [0.0], [0.0]],
        [[0.0], [0.0], [0.0], [0.0]],
    ]
    assert doctor_of(model, means(10)).findings == []


def watched_once(model, x):
    """A step of training, and what is recorded of it."""
    with watch(model, every=1) as doctor:
        model(x).square().sum().backward()
        torch.optim.SGD(model.parameters(), 0.0).step()
    return doctor.to_dict()["record"]


def naive_gates(layer, x, lengths):
    """Pre-activations of all gates, sample by sample, step by step, by PyTorch's cells; by layer and direction."""
    kind = nn.LSTMCell if isinstance(layer, nn.LSTM) else nn.GRUCell
    inputs = [sample[:length] for sample, length in zip(x, lengths, strict=True)]
    found = {}
    for number in range(layer.num_layers):
        outputs = []
        for suffix in ("", "_reverse")[: 2 if layer.bidirectional else 1]:
            names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
            w, u, b, c = (getattr(layer, f"{name}_l{number}{suffix}").detach() for name in names)
            cell = kind(w.shape[1], u.shape[1])
            cell.load_state_dict({"weight_ih": w, "weight_hh": u, "bias_ih": b, "bias_hh": c})
            gates, made = [], []
            for sample in inputs:
                state, hidden, steps = None, torch.zeros(u.shape[1]), []
                for step in sample.flip(0) if suffix else sample:
                    gates.append(w @ step + b + u @ hidden + c)
                    state = cell(step[None], state)
                    hidden = (state[0] if kind is nn.LSTMCell else state)[0].detach()
                    state = tuple(part.detach() for part in state) if kind is nn.LSTMCell else state.detach()
                    steps.append(hidden)
                made.append(torch.stack(steps[::-1] if suffix else steps))
            found[f"l{number}{suffix}"] = torch.stack(gates)
            outputs.append(made)
        inputs = [torch.cat(parts, 1) for parts in zip(*outputs, strict=True)]
    return found


@pytest.mark.parametrize("read", ["last", "packed"])
@pytest.mark.parametrize("options", [{}, FIRST, BOTH, DEEP, BOTH | DEEP], ids=str)
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_gates_are_those_of_cells_step_by_step(kind, options, read):
    torch.manual_seed(0)
    layer = kind(4, 6, **options)
    x = torch.randn(8, 7, 4)
    model = Net(layer, 12 if layer.bidirectional else 6, 2, read)
    record = watched_once(model, x)
    seen = {info["name"]: layer for info, layer in zip(record["layers"], record["snapshots"][0]["layers"], strict=True)}
    lengths = [7 - (i % 3 == 0) if read == "packed" else 7 for i in range(8)]
    names = ["input_gate", "forget_gate", "cell", "output_gate"] if kind is nn.LSTM else ["reset_gate", "update_gate"]
    for part, gates in naive_gates(layer, x, lengths).items():
        place = f"layer.{part}" if layer.num_layers > 1 or layer.bidirectional else "layer"
        for name, gate in zip(names, gates.split(6, 1), strict=False):
            found = seen.pop(f"{place}.{name}")
            assert found["input_mean"] == pytest.approx(gate.mean().item(), rel=1e-3, abs=1e-5)
            assert found["input_std"] == pytest.approx(gate.std(correction=0).item(), rel=1e-3)
            assert record["inner"][f"{place}.{name}"]["of"] == "layer"
    assert list(seen) == ["layer"]


@pytest.mark.parametrize("read", ["last", "mean", "states", "packed"])
@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
def test_the_gradient_by_step_is_that_of_a_loop(kind, read):
    torch.manual_seed(0)
    model = Net(kind(4, 6, batch_first=True), 6, 2, read)
    x = torch.randn(4, 9, 4)
    (time,) = watched_once(model, x)["setup"]["recurrent"]
    lengths = torch.tensor([9 - (i % 3 == 0) if read == "packed" else 9 for i in range(4)])

    cell = {nn.LSTM: nn.LSTMCell, nn.GRU: nn.GRUCell, nn.RNN: nn.RNNCell}[kind](4, 6)
    cell.load_state_dict({name.removesuffix("_l0"): p for name, p in model.layer.state_dict().items()})
    state, states, outputs = None, [], []
    for step in range(9):
        made = cell(x[:, step], state)
        # The cell of an LSTM as what is handed on, beside the state that has been made of it.
        parts = tuple(part + 0 for part in (made if isinstance(made, tuple) else (made,)))
        state = parts if isinstance(made, tuple) else parts[0]
        for part in parts:
            part.retain_grad()
        states.append(parts)
        outputs.append(parts[0])
    y = torch.stack(outputs, 1)
    model.out(y.mean(1) if read == "mean" else y[torch.arange(4), lengths - 1]).square().sum().backward()
    expected = [
        sum(part.grad.square().sum().item() for part in parts if part.grad is not None) ** 0.5 for parts in states
    ]
    assert time["passes"][0]["norms"] == pytest.approx(expected, rel=1e-4)
    assert time["first_over_largest"] == pytest.approx(expected[0] / max(expected), rel=1e-4)
    assert time["largest_over_last"] == pytest.approx(max(expected) / expected[-1], rel=1e-4)


@pytest.mark.parametrize("read", ["last", "states"])
def test_the_gradient_that_comes_to_the_last_states_is_one_to_the_outputs(read):
    torch.manual_seed(0)
    model = Net(nn.GRU(4, 6, batch_first=True, bidirectional=True), 12, 2, read)
    x = torch.randn(8, 5, 4)
    seen = watched_once(model, x)["snapshots"][0]["layers"][0]["gradient_rms"]
    y = model.layer(x)[0].detach().requires_grad_()
    last = y[:, -1] if read == "last" else torch.cat([y[:, -1, :6], y[:, 0, 6:]], 1)
    model.out(last).square().sum().backward()
    assert seen == pytest.approx(y.grad.square().mean().sqrt().item(), rel=1e-4)


def test_the_steps_of_a_loop_are_steps_of_one_layer():
    torch.manual_seed(0)
    record = watched_once(Net(ByHand(4, 6, torch.tanh), 6, 2), torch.randn(8, 5, 4))
    assert record["inner"] == {f"layer.tanh#{i}": {"of": "layer.tanh#5", "kind": "step"} for i in range(1, 5)}
    record = watched_once(Net(LstmByHand(4, 6), 6, 2), torch.randn(8, 3, 4))
    kinds = [record["inner"].get(layer["name"], {}).get("kind") for layer in record["layers"]]
    assert kinds == ["step"] * 10 + ["sibling"] * 4 + [None]


def test_layers_with_weights_of_their_own_are_no_steps():
    torch.manual_seed(0)
    act = nn.Tanh()
    model = nn.Sequential(nn.Linear(4, 6), act, nn.Linear(6, 6), act, nn.Linear(6, 6), act, nn.Linear(6, 2))
    assert "inner" not in watched_once(model, torch.randn(8, 4))


def test_long_sequences_and_long_runs_are_kept_in_few_numbers():
    torch.manual_seed(0)
    model = Net(nn.RNN(4, 6, batch_first=True), 6, 1)
    doctor = doctor_of(model, means(130), steps=1200, every=1)
    (time,) = doctor.to_dict()["record"]["setup"]["recurrent"]
    assert time["steps"] == 130
    assert {len(each["norms"]) for each in time["passes"]} == {44}
    at = [each["at"] for each in time["passes"]]
    assert at == sorted(set(at)) and at[0] == 0 and at[-1] > 1100 and 30 < len(at) <= 64
