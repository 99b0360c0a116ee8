"""Examples on texts and series, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, text, words
from doctor.harness.loops import plain
from doctor.harness.quality import evaluating, predicts, right
from doctor.harness.recipe import Program, tutorial

KERAS = "https://github.com/keras-team/keras-io/blob/master/examples"


class Adder(nn.Module):
    """An encoder whose last state is repeated for a decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder, self.decoder = nn.LSTM(12, 96, batch_first=True), nn.LSTM(96, 96, batch_first=True)
        self.dense = nn.Linear(96, 12)

    def forward(self, x: Tensor) -> Tensor:
        _, (h, _) = self.encoder(x)
        return self.dense(self.decoder(h[-1][:, None].expand(-1, 2, -1))[0])


@tutorial(f"{KERAS}/nlp/addition_rnn.py")
def addition() -> Program:
    """Sums as texts, "5+3" to "8 ", reversed: an LSTM of 128 (96 here), its state repeated for another one, a dense
    layer, cross-entropy, Adam, batches of 32. Numbers of one digit here."""
    a, b = torch.cartesian_prod(torch.arange(10), torch.arange(10)).T
    x = F.one_hot(torch.stack([b, torch.full_like(a, 10), a], 1), 12).float()
    total = a + b
    y = torch.stack([torch.where(total > 9, 1, total), torch.where(total > 9, total - 10, 11)], 1)
    model = Adder()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(100, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]).transpose(1, 2), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x).argmax(-1).flatten(), y.flatten())

    return Program(model, optimizer, step, 600, quality)


class Characters(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.dense = nn.LSTM(20, 64, batch_first=True), nn.Linear(64, 20)

    def forward(self, window: Tensor) -> Tensor:
        return self.dense(self.lstm(F.one_hot(window, 20).float())[0][:, -1])


@tutorial(f"{KERAS}/generative/lstm_character_level_text_generation.py")
def next_character() -> Program:
    """The next character by the last 40 (8 here), one-hot, an LSTM of 128 (64 here), RMSprop at 0.01 (0.005 here),
    batches of 128."""
    windows = text(400, length=12).unfold(1, 9, 1).flatten(0, 1)
    x, t = windows[:, :8], windows[:, 8]
    model = Characters()
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.005)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 128)

    def quality() -> float:
        # Each has two likely successors.
        with evaluating(model):
            hit = (model(x).topk(2).indices == t[:, None]).any(1).double().mean().item()
            return (hit - 0.1) / 0.9

    return Program(model, optimizer, step, 250, quality)


class Weather(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lstm, self.dense = nn.LSTM(4, 32, batch_first=True), nn.Linear(32, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.lstm(x)[0][:, -1])


@tutorial(f"{KERAS}/timeseries/timeseries_weather_forecasting.py")
def weather() -> Program:
    """The temperature some hours later by standardised measurements (of 24 hours here), an LSTM of 32, mean squared
    error, Adam at 0.001 (0.003 here), batches of 256 (64 here)."""
    hours = torch.arange(1200.0)
    day, front = (2 * math.pi * hours / 24).sin(), torch.zeros(1200)
    for i in range(1, 1200):
        front[i] = 0.97 * front[i - 1] + 0.25 * torch.randn(())
    temperature = day + front
    raw = torch.stack([temperature, 0.5 * day + 0.1 * torch.randn(1200), front.roll(3), torch.randn(1200)], 1)
    raw = (raw - raw.mean(0)) / raw.std(0)
    x, y = raw.unfold(0, 24, 1).transpose(1, 2)[:-4], raw[27:, :1]
    model = Weather()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 64)
    return Program(model, optimizer, step, 250, lambda: predicts(model, x, y))


class Opinions(nn.Module):
    """Two convolutions over the words, their maximum, dense layers."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(60, 24)
        self.conv1, self.conv2 = nn.Conv1d(24, 32, 5, 2), nn.Conv1d(32, 32, 5, 2)
        self.dense, self.predictions = nn.Linear(32, 32), nn.Linear(32, 1)

    def forward(self, tokens: Tensor) -> Tensor:
        x = F.dropout(self.embedding(tokens), 0.5, self.training).transpose(1, 2)
        x = F.relu(self.conv2(F.relu(self.conv1(x)))).amax(2)
        x = F.dropout(F.relu(self.dense(x)), 0.5, self.training)
        return torch.sigmoid(self.predictions(x))


@tutorial(f"{KERAS}/nlp/text_classification_from_scratch.py")
def opinions_from_scratch() -> Program:
    """Opinions in texts by embeddings, dropout of 0.5, two convolutions with strides, their maximum, a dense layer, a
    sigmoid, binary cross-entropy, Adam, batches of 32."""
    tokens, t = words(800, length=24)
    y = t[:, None].float()
    model = Opinions()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    step = plain(model, optimizer, nn.BCELoss(), tokens, y, 32)

    def quality() -> float:
        with evaluating(model):
            return right((model(tokens) > 0.5).long()[:, 0], t)

    return Program(model, optimizer, step, 400, quality)


class CopyTask(nn.Module):
    """An encoder and a decoder with attention, layer normalisation first."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.position = nn.Embedding(11, 32), nn.Parameter(0.1 * torch.randn(10, 32))
        self.transformer = nn.Transformer(32, 4, 1, 1, 64, dropout=0.1, batch_first=True, norm_first=True)
        self.generator = nn.Linear(32, 11)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        n = target.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(n)
        a = math.sqrt(32) * self.embedding(source) + self.position[: source.shape[1]]
        b = math.sqrt(32) * self.embedding(target) + self.position[:n]
        return self.generator(self.transformer(a, b, tgt_mask=mask)).log_softmax(-1)


@tutorial("https://github.com/harvardnlp/annotated-transformer")
def copies() -> Program:
    """Ten numbers to be copied by a transformer: the divergence from softened labels, divided by the number of tokens,
    Adam with betas 0.9 and 0.98 and eps 1e-9, the rate with warm-up and then the inverse root of the step."""
    data = torch.randint(1, 11, (400, 10))
    data[:, 0] = 1
    model = CopyTask()
    optimizer = torch.optim.Adam(model.parameters(), lr=1.0, betas=(0.9, 0.98), eps=1e-9)

    def rate(i: int) -> float:
        return 0.5 * 32**-0.5 * min(max(i, 1) ** -0.5, max(i, 1) * 100**-1.5)

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    criterion, rows = nn.KLDivLoss(reduction="sum"), batches(400, 40)

    def step() -> Tensor:
        batch = data[next(rows)]
        out = model(batch, batch[:, :-1])
        soft = 0.9 * F.one_hot(batch[:, 1:], 11) + 0.1 / 11
        loss = criterion(out.flatten(0, 1), soft.flatten(0, 1)) / batch[:, 1:].numel()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(data, data[:, :-1]).argmax(-1).flatten(), data[:, 1:].flatten())

    return Program(model, optimizer, step, 400, quality)
