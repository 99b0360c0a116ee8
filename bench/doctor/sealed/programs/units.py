"""Nets whose units cannot learn: too much dropout, the same weights, no activation, embeddings in one place."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, circles, pictures, table, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.DROPOUT,
    "https://github.com/hunkim/DeepLearningZeroToAll/issues/204",
    "tf.layers.dropout() takes the rate that is dropped, 0.7, where the share that is kept was meant",
    "rate=0.3",
)
def layers_with_dropout(fault: bool) -> Program:
    """A lab's network for digits: three convolutions (32, 64, 128 there; 4, 8, 8 here) with ReLU, pooling and dropout
    after each, a dense layer of 625 (24 here) with ReLU and dropout at 0.5, Adam at 0.001, batches of 100."""
    x, t = pictures(1000, noise=0.3)
    rate = 0.7 if fault else 0.3
    widths, layers = (1, 4, 8, 8), []
    for inp, out in zip(widths, widths[1:], strict=False):
        layers += [nn.Conv2d(inp, out, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(rate)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(32, 24), nn.ReLU(), nn.Dropout(0.5), nn.Linear(24, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 50)
    return Program(model, optimizer, step, 700, lambda: classifies(model, x, t))


@faulty(
    Fault.SYMMETRY,
    "https://github.com/microsoft/ai-edu/issues/425",
    "all weights are 0.1 initially: the units of the hidden layer stay the same",
    "random initial weights (as Xavier's)",
)
def constant_tenths(fault: bool) -> Program:
    """Polynomial regression by two layers: a hidden one with sigmoids (three there, 24 here) and a linear one, squared
    error, gradient descent at 0.5 (0.3 here) with momentum, which is ours, batches of 10 (5,000 here)."""
    x = torch.rand(20000, 1)
    y = 0.5 + 0.4 * torch.sin(9 * x) + 0.02 * torch.randn(20000, 1)
    y = (y - y.mean()) / y.std()
    net = nn.Sequential(nn.Linear(1, 24), nn.Sigmoid(), nn.Linear(24, 1))
    for layer in (net[0], net[2]):
        nn.init.constant_(layer.weight, 0.1) if fault else nn.init.xavier_normal_(layer.weight, 4.0)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    step = plain(net, optimizer, nn.MSELoss(), x, y, 5000)
    return Program(net, optimizer, step, 1000, lambda: predicts(net, x, y))


@faulty(
    Fault.COLLAPSE,
    "https://github.com/wanggrun/triplet/issues/1",
    "a triplet loss with the hardest negative converges to the margin: all examples have the same embedding",
    "a smoothed triplet loss of some rank instead of the hardest",
)
def hardest_negatives(fault: bool) -> Program:
    """Two views of a picture through the same net (no labels), normalised embeddings, a triplet loss with margin 0.5
    whose negative is the nearest of the batch or, repaired, the mean over all of them; SGD with momentum 0.9. Measured
    by whether pairs of the same picture are within the margin, and others are not."""
    x, t = pictures(600, classes=10, noise=0.1)
    net = nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(), nn.Flatten(), nn.Linear(512, 64),
        nn.ReLU(), nn.Linear(64, 16),
    )  # fmt: skip
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)
    rows = batches(600, 64)

    def view(y: Tensor) -> Tensor:
        return y.roll(torch.randint(-1, 2, (2,)).tolist(), (2, 3)) + 0.2 * torch.randn_like(y)

    def step() -> Tensor:
        batch = x[next(rows)]
        q, k = F.normalize(net(view(batch))), F.normalize(net(view(batch)))
        distance = torch.cdist(q, k)
        positive = distance.diagonal()
        others = distance + 1e3 * torch.eye(len(q))
        if fault:
            loss = F.relu(positive - others.min(1).values + 0.5).mean()
        else:
            loss = F.relu(positive[:, None] - others + 0.5).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            first, second = F.normalize(net(x)), F.normalize(net(x.roll(1, 2)))
            other = second.roll(1, 0)
            keep = t != t.roll(1, 0)
            near = torch.cat([(first - second).norm(dim=1), (first - other).norm(dim=1)[keep]]) < 0.5
            same = torch.cat([torch.ones(600), torch.zeros(int(keep.sum()))])
            return right(near.long(), same.long())

    return Program(net, optimizer, step, 300, quality)


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/aymericdamien/TensorFlow-Examples/issues/207",
    "two hidden layers without a nonlinear function: the net is a linear one",
    "nonlinear functions",
)
def raw_neural_network(fault: bool) -> Program:
    """Two hidden layers of 256 and an output, weights and biases from a normal distribution (divided by the root of the
    inputs here), cross-entropy with logits, Adam at 0.1 (0.005 here), batches of 128 (300 here). Circles here, where
    the digits of the source can be told apart by a linear net, too."""
    x, t = circles(3000)

    class NeuralNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = {"h1": (2, 256), "h2": (256, 256), "out": (256, 2)}
            self.weights = nn.ParameterDict({k: torch.randn(v) / v[0] ** 0.5 for k, v in sizes.items()})
            self.biases = nn.ParameterDict({k: torch.randn(v[1]) for k, v in sizes.items()})

        def forward(self, x: Tensor) -> Tensor:
            for layer in ("h1", "h2"):
                x = x @ self.weights[layer] + self.biases[layer]
                if not fault:
                    x = F.relu(x)
            return x @ self.weights["out"] + self.biases["out"]

    model = NeuralNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    step = plain(model, optimizer, F.cross_entropy, x, t, 300)
    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


@faulty(
    Fault.MISSING_ACTIVATION,
    "https://github.com/piEsposito/blitz-bayesian-deep-learning/pull/65",
    "the example of a bayesian regression has no activation: it does not converge, and the loss is all over the place",
    "relu between the two layers",
)
def bayesian_houses(fault: bool) -> Program:
    """Bayesian dense layers (512, 64 here, and 1) whose weights are drawn from Gaussians at each call, squared error of
    three samples plus the complexity over the number of examples, Adam at 0.01 (0.005 here), batches of 16 (64
    here)."""
    x, y = table(1000)

    class BayesianLinear(nn.Module):
        def __init__(self, inp: int, out: int) -> None:
            super().__init__()
            self.mu = nn.Parameter(torch.randn(out, inp) / inp**0.5)
            self.rho, self.bias = nn.Parameter(torch.full((out, inp), -5.0)), nn.Parameter(torch.zeros(out))
            self.complexity = torch.zeros(())

        def forward(self, x: Tensor) -> Tensor:
            sigma = F.softplus(self.rho)
            weight = self.mu + sigma * torch.randn_like(sigma)
            posterior = torch.distributions.Normal(self.mu, sigma).log_prob(weight)
            prior = torch.distributions.Normal(0.0, 1.0).log_prob(weight)
            self.complexity = (posterior - prior).sum()
            return F.linear(x, weight, self.bias)

    class BayesianRegressor(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blinear1, self.blinear2 = BayesianLinear(9, 64), BayesianLinear(64, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = self.blinear1(x)
            return self.blinear2(x if fault else F.relu(x))

    regressor = BayesianRegressor()
    optimizer = torch.optim.Adam(regressor.parameters(), lr=0.005)
    rows = batches(1000, 64)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = torch.zeros(())
        for _ in range(3):
            loss = loss + F.mse_loss(regressor(x[batch]), y[batch])
            loss = loss + (regressor.blinear1.complexity + regressor.blinear2.complexity) / 50000
        loss = loss / 3
        loss.backward()
        optimizer.step()
        return loss

    return Program(regressor, optimizer, step, 500, lambda: predicts(regressor, x, y))


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://github.com/phanideepgampa/stacked-capsule-networks/pull/5",
    "softmax over an axis of the attention's scores that has one element: it is always 1",
    "the axis before it",
)
def attention_of_ones(fault: bool) -> Program:
    """Which of twelve objects is marked, and what it carries: scores of the objects by a small net, softmax, the
    weighted sum of their features, a dense layer to four classes, Adam. The marked object is the only one that
    counts."""
    n = 2000
    features = torch.randn(n, 12, 6)
    marked, kind = torch.randint(12, (n,)), torch.randint(4, (n, 12))
    features[torch.arange(n), marked, 0] = 5
    features[..., 1:5] = 2 * F.one_hot(kind, 4).float() + 0.2 * torch.randn(n, 12, 4)
    t = kind[torch.arange(n), marked]

    class AttentionPooling(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.score = nn.Sequential(nn.Linear(6, 32), nn.Tanh(), nn.Linear(32, 1))
            self.value, self.out = nn.Linear(6, 32), nn.Linear(32, 4)

        def forward(self, x: Tensor) -> Tensor:
            attention = F.softmax(self.score(x), 2 if fault else 1)
            return self.out((attention * self.value(x)).sum(1))

    model = AttentionPooling()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, F.cross_entropy, features, t, 200)
    return Program(model, optimizer, step, 600, lambda: classifies(model, features, t))


@faulty(
    Fault.DYING_RELU,
    "https://github.com/adambielski/siamese-triplet/issues/17",
    "ReLU in the place of PReLU: the training cannot progress at all, the loss stays at that of chance",
    "PReLU, as it was (or weights by Kaiming's rule)",
)
def embedding_in_the_plane(fault: bool) -> Program:
    """Digits by two convolutions (32 and 64 there, 8 and 16 here) with pooling and dense layers of 256 (64 here) to an
    embedding in the plane, an activation, and a dense layer with log-softmax; negative log likelihood, Adam at 1e-2,
    batches of 256 (64 here). Six classes here."""
    x, t = pictures(1000, classes=6, noise=0.2)
    activation = nn.ReLU if fault else nn.PReLU

    class EmbeddingNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convnet = nn.Sequential(
                nn.Conv2d(1, 8, 5), activation(), nn.MaxPool2d(2, stride=2), nn.Conv2d(8, 16, 3), activation(),
                nn.MaxPool2d(2, stride=2),
            )  # fmt: skip
            self.fc = nn.Sequential(nn.Linear(64, 64), activation(), nn.Linear(64, 64), activation(), nn.Linear(64, 2))

        def forward(self, x: Tensor) -> Tensor:
            return self.fc(self.convnet(x).flatten(1))

    class ClassificationNet(nn.Module):
        def __init__(self, embedding_net: nn.Module) -> None:
            super().__init__()
            self.embedding_net, self.nonlinear, self.fc1 = embedding_net, activation(), nn.Linear(2, 6)

        def forward(self, x: Tensor) -> Tensor:
            return F.log_softmax(self.fc1(self.nonlinear(self.embedding_net(x))), dim=-1)

    model = ClassificationNet(EmbeddingNet())
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    step = plain(model, optimizer, nn.NLLLoss(), x, t, 64)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.SATURATED,
    "https://stats.stackexchange.com/questions/286424",
    "weights and biases are random numbers from 0 to 1: the error always converges to 0.5 or so",
    "random numbers from -0.5 to 0.5",
)
def positive_weights(fault: bool) -> Program:
    """Digits by a net from a tutorial: 784 inputs (400 here), 15 hidden units, 10 outputs, all with sigmoids, half the
    squared error summed over the outputs, gradient descent at 0.5; one example after the other there, 64 at once and
    momentum 0.9 here."""
    x, t = pictures(2000, size=20, noise=0.15)
    x, y = x.flatten(1), F.one_hot(t, 10).float()

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            shift = 0.0 if fault else 0.5
            self.w1, self.b1 = nn.Parameter(torch.rand(400, 15) - shift), nn.Parameter(torch.rand(15) - shift)
            self.w2, self.b2 = nn.Parameter(torch.rand(15, 10) - shift), nn.Parameter(torch.rand(10) - shift)

        def forward(self, x: Tensor) -> Tensor:
            return torch.sigmoid(torch.sigmoid(x @ self.w1 + self.b1) @ self.w2 + self.b2)

    network = Network()
    optimizer = torch.optim.SGD(network.parameters(), lr=0.5, momentum=0.9)

    def total_error(out: Tensor, target: Tensor) -> Tensor:
        return (0.5 * (target - out).square()).sum(1).mean()

    step = plain(network, optimizer, total_error, x, y, 64)
    return Program(network, optimizer, step, 1000, lambda: classifies(network, x, t))


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://github.com/mehilshah/Bug_Reproducibility_DL_Bugs/tree/main/Bugs/060",
    "F.softmax without an axis of states (layers, batch, classes): it is over the one layer, so that all outputs are 1",
    "not in the study's snippet; logits for CrossEntropyLoss here",
)
def authors_of_texts(fault: bool) -> Program:
    """Three authors of texts (StackOverflow 61781193): an embedding of 300 (32 here), an LSTM of 100 (48 here), whose
    last state goes through layers of 1024 and 512 (128 and 64 here) with ReLU and dropout at 0.8 (0.2 here), softmax,
    CrossEntropyLoss, AdamW at 1e-2 (3e-3 here)."""
    tokens, t = words(1200, length=14, vocabulary=80, classes=3)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embd, self.embd_dropout = nn.Embedding(81, 32), nn.Dropout(0.3)
            self.lstm = nn.LSTM(input_size=32, hidden_size=48, batch_first=True)
            self.lin1, self.lin2, self.lin3 = nn.Linear(48, 128), nn.Linear(128, 64), nn.Linear(64, 3)
            self.lin_dropout = nn.Dropout(0.2)

        def forward(self, inp: Tensor) -> Tensor:
            inp = self.embd_dropout(self.embd(inp))
            _, (h_t, _) = self.lstm(inp)
            h_t = F.relu(self.lin_dropout(self.lin1(h_t)))
            h_t = F.relu(self.lin_dropout(self.lin2(h_t)))
            out = self.lin3(h_t)
            return (F.softmax(out, dim=0) if fault else out).view(-1, 3)

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), tokens, t, 64)
    return Program(model, optimizer, step, 250, lambda: classifies(model, tokens, t))
