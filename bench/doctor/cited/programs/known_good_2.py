"""Tutorials on sequences, graphs and sets."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, waves, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial


class TemporalBlock(nn.Module):
    """Two causal, dilated convolutions with weight normalisation, and a shortcut."""

    def __init__(self, inputs: int, outputs: int, kernel: int, dilation: int) -> None:
        super().__init__()
        self.padding = (kernel - 1) * dilation
        norm = nn.utils.parametrizations.weight_norm
        self.conv1 = norm(nn.Conv1d(inputs, outputs, kernel, padding=self.padding, dilation=dilation))
        self.conv2 = norm(nn.Conv1d(outputs, outputs, kernel, padding=self.padding, dilation=dilation))
        self.downsample = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        out = F.relu(self.conv1(x)[..., : -self.padding])
        out = F.relu(self.conv2(out)[..., : -self.padding])
        return F.relu(out + (x if self.downsample is None else self.downsample(x)))


class Tcn(nn.Module):
    def __init__(self, channels: list[int], kernel: int) -> None:
        super().__init__()
        sizes = zip([2, *channels], channels, strict=False)
        self.blocks = nn.Sequential(*(TemporalBlock(i, o, kernel, 2**k) for k, (i, o) in enumerate(sizes)))
        self.linear = nn.Linear(channels[-1], 1)
        nn.init.normal_(self.linear.weight, 0, 0.01)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(self.blocks(x)[:, :, -1])


@tutorial("https://github.com/locuslab/TCN/blob/master/TCN/adding_problem/add_test.py")
def adding_by_convolutions() -> Program:
    """The adding problem by a temporal convolutional net: 30 channels, kernels of 7 (5 here), eight levels and
    sequences of 400 (three and 40 here), mean squared error, Adam at 0.004, batches of 32 in the order of the data."""
    n, length = 1600, 40
    x = torch.stack([torch.rand(n, length), torch.zeros(n, length)], 1)
    for i in range(n):
        x[i, 1, torch.randperm(length)[:2]] = 1
    y = (x[:, 0] * x[:, 1]).sum(1, keepdim=True)
    model = Tcn([24] * 3, 5)
    optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
    step = plain(model, optimizer, F.mse_loss, x, y, 32, shuffle=False)
    return Program(model, optimizer, step, 600, lambda: predicts(model, x, y))


class Rnn(nn.Module):
    """A recurrent net whose state goes on from window to window."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.RNN(1, 32, batch_first=True), nn.Linear(32, 1)

    def forward(self, x: Tensor, state: Tensor | None) -> tuple[Tensor, Tensor]:
        r_out, state = self.rnn(x, state)
        return torch.stack([self.out(r_out[:, i]) for i in range(r_out.shape[1])], 1), state


@tutorial("https://github.com/MorvanZhou/PyTorch-Tutorial/blob/master/tutorial-contents/403_RNN_regressor.py")
def cosine_from_sine() -> Program:
    """The cosine of windows of ten times from the sine, a recurrent net of 32 units, mean squared error, Adam at 0.02;
    the hidden state is handed on without its history."""
    model = Rnn()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    state, k = None, 0

    def window(k: int, points: int = 10) -> tuple[Tensor, Tensor]:
        times = torch.linspace(k * torch.pi, (k + 1) * torch.pi, points + 1)[:-1]
        return times.sin()[None, :, None], times.cos()[None, :, None]

    def step() -> Tensor:
        nonlocal state, k
        x, y = window(k)
        k += 1
        prediction, state = model(x, state)
        state = state.data
        loss = F.mse_loss(prediction, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            carried, ys, ts = state, [], []
            for i in range(k, k + 10):
                x, y = window(i)
                guess, carried = model(x, carried)
                ys.append(guess)
                ts.append(y)
            return explained(torch.cat(ys).flatten(), torch.cat(ts).flatten())

    return Program(model, optimizer, step, 300, quality)


class Seq2Seq(nn.Module):
    def __init__(self, letters: int, hidden: int) -> None:
        super().__init__()
        self.enc_cell, self.dec_cell = nn.RNN(letters, hidden), nn.RNN(letters, hidden)
        self.fc = nn.Linear(hidden, letters)

    def forward(self, enc_input: Tensor, dec_input: Tensor) -> Tensor:
        _, states = self.enc_cell(enc_input.transpose(0, 1))
        outputs, _ = self.dec_cell(dec_input.transpose(0, 1), states)
        return self.fc(outputs).transpose(0, 1)


@tutorial("https://github.com/graykode/nlp-tutorial/blob/master/4-1.Seq2Seq/Seq2Seq.py")
def opposites() -> Program:
    """Words of five letters to other words, one-hot letters, recurrent nets of 128 units for encoder and decoder, six
    pairs as one batch, the cross-entropies of the words added, Adam at 0.001, 5000 steps (400 here)."""
    source, words_ = torch.randint(3, 29, (6, 5)), torch.randint(3, 29, (6, 5))
    output_batch = torch.cat([torch.zeros(6, 1, dtype=torch.long), words_], 1)
    target = torch.cat([words_, torch.ones(6, 1, dtype=torch.long)], 1)
    enc, dec = F.one_hot(source, 29).float(), F.one_hot(output_batch, 29).float()
    model = Seq2Seq(29, 128)
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

    def step() -> Tensor:
        optimizer.zero_grad()
        output = model(enc, dec)
        loss = torch.zeros(())
        for i in range(len(target)):
            loss += criterion(output[i], target[i])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(enc, dec).argmax(2), target)

    return Program(model, optimizer, step, 400, quality)


@tutorial("https://keras.io/examples/nlp/bidirectional_lstm_imdb/")
def reviews() -> Program:
    """Texts to positive or negative: embeddings of 128, two bidirectional LSTMs of 64 units (24 and 16 here), a
    sigmoid, binary cross-entropy, Adam, batches of 32."""
    x, t = words(480, length=20, vocabulary=80)

    class Reviews(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(80, 24)
            self.lstm1 = nn.LSTM(24, 16, batch_first=True, bidirectional=True)
            self.lstm2 = nn.LSTM(32, 16, batch_first=True, bidirectional=True)
            self.dense = nn.Linear(32, 1)

        def forward(self, x: Tensor) -> Tensor:
            x, _ = self.lstm1(self.embedding(x))
            _, (h, _) = self.lstm2(x)
            return torch.sigmoid(self.dense(torch.cat([h[0], h[1]], 1)))

    model = Reviews()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(480, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(x[batch]), t[batch, None].float())
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > 0.5).long(), t)

    return Program(model, optimizer, step, 350, quality)


class SeriesTransformer(nn.Module):
    """Blocks of attention and pointwise convolutions on a series, a mean, a dense layer."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.attention = nn.ModuleList(
            [
                nn.MultiheadAttention(16, 4, dropout=0.1, kdim=channels, vdim=channels, batch_first=True)
                for _ in range(2)
            ]
        )
        self.query = nn.ModuleList([nn.Linear(channels, 16) for _ in range(2)])
        self.back = nn.ModuleList([nn.Linear(16, channels) for _ in range(2)])
        self.norms = nn.ModuleList([nn.LayerNorm(channels) for _ in range(4)])
        self.parts = nn.ModuleList(
            [
                nn.Sequential(nn.Linear(channels, 8), nn.ReLU(), nn.Dropout(0.1), nn.Linear(8, channels))
                for _ in range(2)
            ]
        )
        self.mlp = nn.Sequential(nn.Linear(24, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, classes))

    def forward(self, x: Tensor) -> Tensor:
        for i in range(2):
            attended, _ = self.attention[i](self.query[i](x), x, x, need_weights=False)
            x = self.norms[2 * i](x + self.back[i](attended))
            x = self.norms[2 * i + 1](x + self.parts[i](x))
        return self.mlp(x.mean(2))


@tutorial("https://keras.io/examples/timeseries/timeseries_classification_transformer/")
def series_by_attention() -> Program:
    """Series to classes by blocks of four heads, pointwise layers, layer normalisation and dropout, the mean over
    channels, a dense layer of 128 units (64 here), Adam at 1e-4 (2e-3 here), batches of 64. Waves with a fixed phase
    per class."""
    x, t = waves(480, length=24, channels=4, classes=4)
    x = x + torch.linspace(-1, 1, 24)[None, :, None] * (t[:, None, None] - 1.5)
    model = SeriesTransformer(4, 4)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, F.cross_entropy, x, t, 64)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


class Gin(nn.Module):
    """Sums over neighbours go through a net of two layers, five times; the sum over the nodes is classified."""

    def __init__(self, features: int, dim: int = 24) -> None:
        super().__init__()
        self.nets = nn.ModuleList(
            [
                nn.Sequential(nn.Linear(features if i == 0 else dim, dim), nn.ReLU(), nn.Linear(dim, dim))
                for i in range(5)
            ]
        )
        self.norms = nn.ModuleList([nn.BatchNorm1d(dim) for _ in range(5)])
        self.fc1, self.fc2 = nn.Linear(dim, dim), nn.Linear(dim, 2)

    def forward(self, x: Tensor, adjacency: Tensor) -> Tensor:
        for net, norm in zip(self.nets, self.norms, strict=True):
            x = F.relu(net(x + adjacency @ x))
            x = norm(x.flatten(0, 1)).view_as(x)
        x = F.dropout(F.relu(self.fc1(x.sum(1))), p=0.5, training=self.training)
        return F.log_softmax(self.fc2(x), dim=-1)


@tutorial("https://github.com/pyg-team/pytorch_geometric/blob/master/examples/mutag_gin.py")
def graph_isomorphism() -> Program:
    """Graphs of 12 nodes to two classes (many or few links of a kind of node): five GIN layers of 32 units (24 here)
    with batch normalisation, the sum over nodes, dropout 0.5, nll_loss, Adam at 0.01, halved after half of the
    epochs."""
    n = 240
    kind = torch.randint(3, (n, 12))
    linked = torch.triu(torch.rand(n, 12, 12) < 0.1 + 0.3 * torch.rand(n, 1, 1), 1)
    adjacency = (linked | linked.transpose(1, 2)).float()
    x = F.one_hot(kind, 3).float()
    count = (adjacency.sum(2) * x[:, :, 0]).sum(1)
    t = (count > count.median()).long()
    model = Gin(3)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    rows, count_ = batches(n, 80), 0

    def step() -> Tensor:
        nonlocal count_
        model.train()
        if count_ == 150:
            for param_group in optimizer.param_groups:
                param_group["lr"] = 0.5 * param_group["lr"]
        count_ += 1
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.nll_loss(model(x[batch], adjacency[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x, adjacency).argmax(1), t)

    return Program(model, optimizer, step, 300, quality)
