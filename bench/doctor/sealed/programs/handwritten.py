"""Layers, losses, gradients and loops that are written by hand, and programs of other languages than Python."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.optim.lr_scheduler import StepLR

from doctor.harness.data import batches, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


class FromScratch(nn.Module):
    """Two matrices and two biases, drawn from -0.5 to 0.5; the gradients are those that the author derived."""

    def __init__(self, inputs: int, hidden: int, wrong: bool) -> None:
        super().__init__()
        self.w1, self.b1 = nn.Parameter(torch.rand(inputs, hidden) - 0.5), nn.Parameter(torch.rand(1, hidden) - 0.5)
        self.w2, self.b2 = nn.Parameter(torch.rand(hidden, 10) - 0.5), nn.Parameter(torch.rand(1, 10) - 0.5)
        self.wrong = wrong

    def softmax(self, z: Tensor) -> Tensor:
        return torch.exp(z) / (sum(torch.exp(z)) if self.wrong else torch.exp(z).sum(1, keepdim=True))

    def forward(self, x: Tensor) -> Tensor:
        self.x, self.z1 = x, x @ self.w1 + self.b1
        self.a1 = self.z1.clamp(min=0)
        return self.softmax(self.a1 @ self.w2 + self.b2)

    def derive(self, a2: Tensor, y: Tensor) -> None:
        dz2 = (a2 - y) / len(y)
        dz1 = dz2 @ self.w2.T * (self.z1 > 0)
        self.w2.grad, self.b2.grad = self.a1.T @ dz2, dz2.sum(0, keepdim=True)
        self.w1.grad, self.b1.grad = self.x.T @ dz1, dz1.sum(0, keepdim=True)


@faulty(
    Fault.AXIS,
    "https://stackoverflow.com/questions/76450489",
    "softmax divides by Python's sum, which is over the examples: the accuracy falls and exp overflows",
    "the excerpt gives no repair; ours sums over the classes",
)
def summed_over_examples(fault: bool) -> Program:
    """Digits divided by 255, 20 hidden units with ReLU, weights and biases from -0.5 to 0.5, hand-written gradients,
    gradient descent on all examples. 256 pixels (784) and the rate of 0.3 are ours."""
    x, t = pictures(2000)
    x, y = x.flatten(1), F.one_hot(t, 10).float()
    net = FromScratch(256, 20, wrong=fault)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.3)

    @torch.no_grad()
    def step() -> Tensor:
        a2 = net(x)
        net.derive(a2, y)
        optimizer.step()
        return -(y * torch.log(a2 + 1e-9)).sum(1).mean()

    return Program(net, optimizer, step, 1000, lambda: classifies(net, x, t))


@faulty(
    Fault.REDUCTION,
    "https://github.com/aymericdamien/TensorFlow-Examples/issues/10",
    "the cross-entropy of a logistic regression is summed over the batch instead of averaged",
    "the mean (by a benchmark of faults, Defects4DL)",
)
def summed_batch(fault: bool) -> Program:
    """Digits, a matrix and a bias that start with zeros, softmax and a cross-entropy with its logarithm; gradient
    descent with 0.01, batch 100. 784 pixels, all of which vary, are ours."""
    x, t = pictures(3000, size=28)
    x, y = x.flatten(1), F.one_hot(t, 10).float()

    class Regression(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.W, self.b = nn.Parameter(torch.zeros(784, 10)), nn.Parameter(torch.zeros(10))

        def forward(self, x: Tensor) -> Tensor:
            return torch.softmax(torch.matmul(x, self.W) + self.b, 1)

    model = Regression()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    rows = batches(3000, 100)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        likelihood = y[batch] * torch.log(model(x[batch]))
        cost = -torch.sum(likelihood) if fault else -torch.sum(likelihood, 1).mean()
        cost.backward()
        optimizer.step()
        return cost

    return Program(model, optimizer, step, 1000, lambda: classifies(model, x, t))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/LaurentMazare/ocaml-torch/issues/36",
    "the optimiser is made before the layer, and knows only what its store of variables held then",
    "the optimiser after the layers",
)
def early_optimiser(fault: bool) -> Program:
    """A linear layer of two inputs, the squared error, SGD with 0.001. A layer before it, which exists in time, ten
    columns, a rate of 0.01 and the targets are ours."""
    x = torch.randn(10000, 10)
    y = x @ torch.linspace(-1, 1, 10)[:, None] + 3 + 0.1 * torch.randn(10000, 1)
    store = nn.ModuleDict({"norm": nn.LayerNorm(10)})

    def linear(name: str, inputs: int, outputs: int) -> nn.Module:
        store[name] = nn.Linear(inputs, outputs)
        return store[name]

    if fault:
        optimizer = torch.optim.SGD([p for p in store.parameters()], lr=0.01)
    first, second = linear("first", 10, 20), linear("second", 20, 1)
    if not fault:
        optimizer = torch.optim.SGD([p for p in store.parameters()], lr=0.01)

    def forward(x: Tensor) -> Tensor:
        return second(torch.tanh(first(store["norm"](x))))

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = (forward(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with torch.no_grad():
            return explained(forward(x), y)

    return Program(store, optimizer, step, 1000, quality)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://discourse.julialang.org/t/unable-to-solve-a-differential-equation-using-neural-network/103723",
    "ReLU in all layers, the output too; the derivative is that of the output by itself; the loss stays at 2",
    "tanh and no activation at the end, with the derivative by the time: the main issue was ReLU",
)
def decay_equation(fault: bool) -> Program:
    """dy/dt = -y with y(0) = 1 at 21 times from 0 to 2; Dense 16, 16, 1; the residual's square and that of the initial
    condition; Adam with 0.01, 1,000 epochs. Flux draws weights as Glorot does, with biases of zero."""
    ts = torch.arange(0, 2.05, 0.1).reshape(-1, 1)
    if fault:
        nn_ = nn.Sequential(nn.Linear(1, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 1), nn.ReLU())
    else:
        nn_ = nn.Sequential(nn.Linear(1, 16), nn.Tanh(), nn.Linear(16, 16), nn.Tanh(), nn.Linear(16, 1))
    for p in nn_.parameters():
        nn.init.xavier_uniform_(p) if p.dim() > 1 else nn.init.zeros_(p)
    optimizer = torch.optim.Adam(nn_.parameters(), lr=0.01)

    def step() -> Tensor:
        t = ts.clone().requires_grad_()
        prediction = nn_(t)
        by = prediction if fault else t
        derivative = torch.autograd.grad(prediction.sum(), by, create_graph=True)[0]
        initial = (nn_(torch.zeros(1, 1)) - 1).square().sum()
        loss = (derivative + prediction).square().mean() + initial
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(nn_, optimizer, step, 1000, lambda: predicts(nn_, ts, torch.exp(-ts)))


class Weighing:
    """Weighs losses by how much they vary, relative to their mean, over time."""

    def __init__(self, losses: int, small: float) -> None:
        self.mean, self.ratio_mean = torch.zeros(losses), torch.zeros(losses)
        self.ratio_square, self.small, self.seen = torch.zeros(losses), small, 0

    def __call__(self, losses: list[Tensor]) -> Tensor:
        now = torch.stack([loss.detach() for loss in losses])
        ratio = now / (self.mean + self.small) if self.seen else torch.ones_like(now)
        if self.seen:
            deviation = (self.ratio_square - self.ratio_mean.square()).clamp(min=0).sqrt()
            weights = deviation / (self.ratio_mean + self.small) + 1e-3
            weights = weights / weights.sum()
        else:
            weights = torch.full_like(now, 1 / len(now))
        keep = 1 - 1 / (self.seen + 1) if self.seen < 20 else 0.5
        self.mean = keep * self.mean + (1 - keep) * now
        self.ratio_mean = keep * self.ratio_mean + (1 - keep) * ratio
        self.ratio_square = keep * self.ratio_square + (1 - keep) * ratio.square()
        self.seen += 1
        return sum(weight * loss for weight, loss in zip(weights, losses))


@faulty(
    Fault.NUMERICS,
    "https://github.com/rickgroen/cov-weighting/issues/3",
    "a loss that reaches zero makes the mean, by which losses are divided, zero: all losses are nan from then on",
    "a small constant in the denominator",
)
def vanished_loss(fault: bool) -> Program:
    """Several losses of a net are weighted by their coefficient of variation, with running means. A regression and a
    hinge that is soon met everywhere, a net of 100 ReLU, Adam (0.003) and a decay of 0.5 are ours."""
    x, y = table(4000, columns=6)
    side = torch.sign(x[:, :1])
    net = nn.Sequential(nn.Linear(6, 100), nn.ReLU(), nn.Linear(100, 100), nn.ReLU(), nn.Linear(100, 2))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
    weigh = Weighing(2, 0.0 if fault else 1e-8)
    rows = batches(4000, 512)

    def step() -> Tensor:
        batch = next(rows)
        out = net(x[batch])
        far = x[batch, :1].abs() > 0.5
        hinge = (F.relu(0.1 - out[:, 1:] * side[batch]) * far).mean()
        loss = weigh([F.mse_loss(out[:, :1], y[batch]), hinge])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(net):
            return explained(net(x)[:, :1], y)

    return Program(net, optimizer, step, 1000, quality)


@faulty(
    Fault.SCHEDULE,
    "https://github.com/automl/Auto-PyTorch/pull/210",
    "the scheduler is updated for batches instead of epochs",
    "updates for epochs",
)
def scheduled_batches(fault: bool) -> Program:
    """A net for tables whose trainer steps a scheduler. Nine columns, 400 units twice, SGD with momentum and 0.02, a
    factor of 0.5 after every two steps of the scheduler are ours."""
    x, y = table(4000)

    class Trainer:
        def __init__(self, model: nn.Module) -> None:
            self.model, self.criterion = model, nn.MSELoss()
            self.optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
            self.scheduler = StepLR(self.optimizer, step_size=2, gamma=0.5)
            self.loader, self.batch = batches(4000, 64), 0

        def train_step(self) -> Tensor:
            rows = next(self.loader)
            self.optimizer.zero_grad()
            loss = self.criterion(self.model(x[rows]), y[rows])
            loss.backward()
            self.optimizer.step()
            self.batch += 1
            if fault or self.batch % 63 == 0:
                self.scheduler.step()
            return loss

    model = nn.Sequential(nn.Linear(9, 400), nn.ReLU(), nn.Linear(400, 400), nn.ReLU(), nn.Linear(400, 1))
    trainer = Trainer(model)
    return Program(model, trainer.optimizer, trainer.train_step, 1000, lambda: predicts(model, x, y))


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/ikostrikov/pytorch-meta-optimizer/issues/11",
    "LSTM cells in a list are no parameters of the module: their weights are not trained at all",
    "nn.Sequential in the list's place",
)
def cells_in_a_list(fault: bool) -> Program:
    """A net with a linear layer, two LSTM cells with layer normalisation and a linear output with small weights, Adam
    (0.001). A parity of signs in a sequence of six instead of learning to optimise, and 32 units, are ours."""
    bits = torch.randint(2, (2000, 6)).float()
    t = bits.sum(1).long() % 2
    x = 2 * bits[:, :, None] - 1

    class Cell(nn.Module):
        def __init__(self, size: int) -> None:
            super().__init__()
            self.cell, self.norm = nn.LSTMCell(size, size), nn.LayerNorm(size)

        def forward(self, x: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            h, c = self.cell(x, state)
            return self.norm(h), c

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear1 = nn.Linear(1, 32)
            if fault:
                self.lstms = []
                for _ in range(2):
                    self.lstms.append(Cell(32))
            else:
                self.lstms = nn.Sequential(*[Cell(32) for _ in range(2)])
            self.linear2 = nn.Linear(32, 2)
            self.linear2.weight.data.mul_(0.1)

        def forward(self, x: Tensor) -> Tensor:
            states = [(torch.zeros(len(x), 32), torch.zeros(len(x), 32)) for _ in range(2)]
            for i in range(x.shape[1]):
                h = torch.tanh(self.linear1(x[:, i]))
                for k, cell in enumerate(self.lstms):
                    states[k] = cell(h, states[k])
                    h = states[k][0]
            return self.linear2(h)

    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 64)
    return Program(model, optimizer, step, 700, lambda: classifies(model, x, t))


@faulty(
    Fault.SYMMETRY,
    "https://github.com/davharris/mistnet/issues/87",
    "weights that are all zero: there are no gradients for any network with a hidden layer",
    "initial weights",
)
def birds_of_nothing(fault: bool) -> Program:
    """A net of layers for the presence of species by the environment, with a hidden layer of rectifiers and sigmoid
    outputs, Adagrad. Eight columns, ten species, 100 units, a rate of 0.05, batches of 1,000, and deviations of 0.3 are
    ours."""
    x = torch.randn(4000, 8)
    wanted = torch.tanh(x @ torch.randn(8, 12)) @ torch.randn(12, 10)
    t = (wanted + 0.3 * torch.randn(4000, 10) > 0).float()

    class Layer(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.coefficients = nn.Parameter(torch.zeros(inputs, outputs))
            self.biases = nn.Parameter(torch.zeros(outputs))
            if not fault:
                self.coefficients.data.normal_(std=0.3)

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.coefficients + self.biases

    network = nn.Sequential(Layer(8, 100), nn.ReLU(), Layer(100, 100), nn.ReLU(), Layer(100, 10), nn.Sigmoid())
    optimizer = torch.optim.Adagrad(network.parameters(), lr=0.05)
    step = plain(network, optimizer, nn.BCELoss(), x, t, 1000)

    def quality() -> float:
        with evaluating(network):
            return right((network(x) > 0.5).long(), t.long())

    return Program(network, optimizer, step, 1000, quality)
