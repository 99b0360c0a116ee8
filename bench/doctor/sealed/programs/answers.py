"""Dense networks of questions on StackOverflow and its sister sites, and of forums of courses and other languages."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, explained, predicts
from doctor.harness.recipe import Fault, Program, faulty
from doctor.sealed.programs.gauges import halves


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/31880720",
    "softmax after a single output unit, so that the output is always one",
    "sigmoid instead",
)
def ones_and_zeros(fault: bool) -> Program:
    """Rows of 128 ones (true) or zeros (false); Dense 50, ReLU, dropout 0.2, twice, and one unit; binary cross-entropy
    and RMSprop (0.001). The rows are those of the source; the batch of 512 (1) is ours."""
    x = torch.cat([torch.ones(10000, 128), torch.zeros(10000, 128)])
    t = torch.cat([torch.ones(10000, 1), torch.zeros(10000, 1)])
    model = nn.Sequential(
        nn.Linear(128, 50),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(50, 50),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(50, 1),
        nn.Softmax(dim=1) if fault else nn.Sigmoid(),
    )
    optimizer = torch.optim.RMSprop(model.parameters(), lr=0.001)
    step = plain(model, optimizer, nn.BCELoss(), x, t, 512)
    return Program(model, optimizer, step, 800, lambda: halves(model, x, t))


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/71457035",
    "log_softmax over a single unit is always zero; its output is handed to BCELoss",
    "the excerpt gives no repair; ours is a sigmoid",
)
def twenty_two_columns(fault: bool) -> Program:
    """22 columns, Linear to 10, ReLU, Linear to 1; BCELoss; SGD with 0.003 on all rows at once, 2,000 epochs (here
    1,000). The rows are ours."""
    x, t = blobs(12000, classes=2, columns=22, spread=5.0)
    y = t.float().reshape(-1, 1)

    class Classifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1 = nn.Linear(22, 10)
            self.fc2 = nn.Linear(10, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = x.view(x.shape[0], -1)
            x = F.relu(self.fc1(x))
            return F.log_softmax(self.fc2(x), dim=1) if fault else torch.sigmoid(self.fc2(x))

    model = Classifier()
    criterion = nn.BCELoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.003)

    def step() -> Tensor:
        optimizer.zero_grad()
        loss = criterion(model(x).clamp(0, 1), y)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 1000, lambda: halves(model, x, t))


@faulty(
    Fault.WRONG_LOSS,
    "https://stackoverflow.com/questions/38648195",
    "softmax and mean squared error for labels of which several can hold at once",
    "sigmoid and binary cross-entropy",
)
def several_labels(fault: bool) -> Program:
    """Counts in 20 columns, three labels; Dense 20, ReLU, dropout 0.5, twice, then 3; SGD (0.01). The
    batch of 1,500 (20) is ours; the counts are drawn as by scikit-learn's make_multilabel_classification."""
    t = (torch.rand(30000, 3) < 0.6).float()
    topics = torch.distributions.Dirichlet(torch.full((20,), 0.2)).sample((3,))
    x = torch.poisson(t @ topics * 30)
    model = nn.Sequential()
    for columns in (20, 20):
        model.append(nn.Linear(columns, 20)).append(nn.ReLU()).append(nn.Dropout(0.5))
    model.append(nn.Linear(20, 3)).append(nn.Softmax(1) if fault else nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    step = plain(model, optimizer, nn.MSELoss() if fault else nn.BCELoss(), x, t, 1500)
    return Program(model, optimizer, step, 1000, lambda: halves(model, x, t))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://stackoverflow.com/questions/44066044",
    "ReLU as the activation of the output of a binary classifier, whose inputs are not scaled",
    "sigmoid, and scaled inputs",
)
def network_packets(fault: bool) -> Program:
    """Eleven numbers of network packets on very different scales; Dense 12, 12, 1 with weights drawn with deviation
    0.05; binary cross-entropy, which Keras clips at 1e-7; Adam (0.001). The packets, and batches of
    10,000 (5), are ours."""
    scales = torch.tensor([65535.0, 65535, 1500, 255, 4, 64, 1000, 10, 1, 300, 6])
    raw = torch.rand(40000, 11)
    t = (raw[:, 2] + 0.7 * raw[:, 5] - raw[:, 8] + 0.1 * torch.randn(40000) > 0.35).float()
    x = raw * scales if fault else (raw - raw.mean(0)) / raw.std(0)
    model = nn.Sequential(nn.Linear(11, 12), nn.ReLU(), nn.Linear(12, 12), nn.ReLU(), nn.Linear(12, 1))
    model.append(nn.ReLU() if fault else nn.Sigmoid())
    for layer in model:
        if isinstance(layer, nn.Linear):
            nn.init.normal_(layer.weight, std=0.05)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

    def clipped(y: Tensor, t: Tensor) -> Tensor:
        return F.binary_cross_entropy(y.squeeze(1).clamp(1e-7, 1 - 1e-7), t)

    step = plain(model, optimizer, clipped, x, t, 10000)
    return Program(model, optimizer, step, 1000, lambda: halves(model, x, t))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://stackoverflow.com/questions/47724077",
    "columns of a census as they are, up to hundreds of thousands; the loss stays near 30",
    "standardised columns",
)
def census(fault: bool) -> Program:
    """14 columns of people, among them a weight of some 190,000 and a capital gain; Dense 21, ReLU, Dense 2, softmax;
    categorical cross-entropy; Adam (0.001). The people, and batches of 10,000 (100), are ours."""
    n = 60000
    age, years = 17 + 60 * torch.rand(n), torch.randint(1, 17, (n,)).float()
    gain = torch.where(torch.rand(n) < 0.1, 20000 * torch.rand(n), 0.0)
    hours, weight = 40 + 10 * torch.randn(n), 190000 + 100000 * torch.randn(n)
    codes = torch.randint(0, 10, (n, 9)).float()
    x = torch.stack([age, years, gain, hours, weight], 1)
    x = torch.cat([x, codes], 1)
    merit = (age - 47) / 17 + (years - 8.5) / 4 + (hours - 40) / 10 + (codes[:, 0] - 4.5) / 3 + 0.3 * torch.randn(n)
    t = (merit > 0.2).long()
    if not fault:
        x = (x - x.mean(0)) / x.std(0)
    model = nn.Sequential(nn.Linear(14, 21), nn.ReLU(), nn.Linear(21, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 10000)
    return Program(model, optimizer, step, 1000, lambda: classifies(model, x, t))


@faulty(
    Fault.LOW_RATE,
    "https://stackoverflow.com/questions/50306988",
    "with Adam's default rate and few epochs a net of two units has not moved: accuracy 0.5",
    "a rate of 0.01, and more epochs",
)
def two_intervals(fault: bool) -> Program:
    """Pairs of numbers, both from 0.2 to 0.4 or both from 0.5 to 0.7; Dense 2, sigmoid, Dense 2, softmax; Adam. The
    batch of 60,000 (32) and the number of steps are ours."""
    x = torch.cat([0.2 + 0.2 * torch.rand(60000, 2), 0.5 + 0.2 * torch.rand(60000, 2)])
    t = torch.arange(120000) // 60000
    model = nn.Sequential(nn.Linear(2, 2), nn.Sigmoid(), nn.Linear(2, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001 if fault else 0.01)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 60000)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


class Perceptron(nn.Module):
    """One hidden layer without biases, with weights from the normal distribution."""

    def __init__(self, squash: bool) -> None:
        super().__init__()
        self.squash = squash
        self.hidden = nn.Parameter(torch.randn(256, 128))
        self.out = nn.Parameter(torch.randn(128, 10))

    def forward(self, x: Tensor) -> Tensor:
        y = torch.sigmoid(x.flatten(1) @ self.hidden) @ self.out
        return torch.sigmoid(y) if self.squash else y


@faulty(
    Fault.NUMERICS,
    "https://stackoverflow.com/questions/35078027",
    "a cross-entropy written with logarithms of outputs that are not probabilities",
    "sigmoid on the output, clipped before the logarithm, and a rate of 0.5",
)
def raw_logarithms(fault: bool) -> Program:
    """Digits, one hidden layer of sigmoids, no biases, all weights from the normal distribution; the cross-entropy of
    ten independent outputs written out; gradient descent with 0.05, batch 600 (100); 256 pixels
    and 128 hidden units (784, 512) are ours."""
    x, t = pictures(3000)
    model = Perceptron(squash=not fault)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05 if fault else 0.5)

    def cross_entropy(p: Tensor, t: Tensor) -> Tensor:
        y = F.one_hot(t, 10).float()
        if not fault:
            p = p.clamp(1e-10, 1.0)
            return (-y * p.log() - (1 - y) * (1 - p).clamp(1e-10, 1.0).log()).sum(1).mean()
        return (-y * p.log() - (1 - y) * (1 - p).log()).sum(1).mean()

    step = plain(model, optimizer, cross_entropy, x, t, 600)
    return Program(model, optimizer, step, 1000, lambda: classifies(model, x, t))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://ch.mathworks.com/matlabcentral/answers/301189",
    "targets of the order of 1e-10: the training ends as its gradient is below the smallest one allowed",
    "targets that are mapped to -1 to 1",
)
def tiny_sine(fault: bool) -> Program:
    """A sine from 0 to 10 in steps of 0.001 (0.1), divided by 1e10; fitnet with 15 tanh units; inputs mapped to -1 to
    1. The source trains with Levenberg-Marquardt, here L-BFGS, which stops at a small gradient, too."""
    x = torch.arange(0, 10.0005, 0.001).reshape(-1, 1)
    y = torch.sin(x) / 1e10
    x = 2 * x / x.max() - 1
    t = y if fault else 2 * (y - y.min()) / (y.max() - y.min()) - 1
    net = nn.Sequential(nn.Linear(1, 15), nn.Tanh(), nn.Linear(15, 1))
    nn.init.uniform_(net[0].weight, -20, 20)
    nn.init.uniform_(net[0].bias, -15, 15)
    optimizer = torch.optim.LBFGS(net.parameters(), lr=0.5, max_iter=5)

    def step() -> Tensor:
        def closure() -> Tensor:
            optimizer.zero_grad()
            loss = F.mse_loss(net(x), t)
            loss.backward()
            return loss

        return optimizer.step(closure)

    return Program(net, optimizer, step, 400, lambda: predicts(net, x, t))


@faulty(
    Fault.UNSCALED_TARGETS,
    "https://stats.stackexchange.com/questions/418955",
    "targets up to 10,000, with which the loss of a linear net diverges unless the rate is tiny",
    "scaled targets",
)
def parabola(fault: bool) -> Program:
    """x from 0 to 99, standardised, and y = x^2 + 3; two Dense layers of one unit without activation; SGD (0.01), mean
    squared error. Steps of 0.001 (1) and batches of 30,000 (32) are ours."""
    x = torch.arange(0, 99, 0.001).reshape(-1, 1)
    y = x**2 + 3
    x = (x - x.mean()) / x.std()
    if not fault:
        y = (y - y.mean()) / y.std()
    model = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 30000)
    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://datascience.stackexchange.com/questions/31499",
    "the net converges only if the cloud of data is close to zero",
    "the excerpt gives no repair; ours standardises the inputs",
)
def far_cloud(fault: bool) -> Program:
    """30,000 points (100) of a function of one number; 1, 3, 3, 1 units with sigmoids and Xavier weights, an identity
    at the end; gradient descent with 0.5 on all points. The cloud about 60 is ours."""
    x = 50 + 20 * torch.rand(30000, 1)
    y = torch.tanh((x - 60) / 4) + 0.05 * torch.randn(30000, 1)
    if not fault:
        x = (x - x.mean()) / x.std()
    model = nn.Sequential(nn.Linear(1, 3), nn.Sigmoid(), nn.Linear(3, 3), nn.Sigmoid(), nn.Linear(3, 1))
    for layer in model[::2]:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 30000)
    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://community.deeplearning.ai/t/loss-values-do-not-change/324182",
    "ReLU as the activation of the output, with some negative targets: in most runs the loss never changes",
    "the excerpt gives no repair; ours is a linear output",
)
def seven_points(fault: bool) -> Program:
    """x from -1 to 5 and y = 2x - 1; Dense 4, 2, 1, all with ReLU; Adam, mean squared error, 500 epochs (twice as many
    here, and a rate of 0.01 instead of 0.001, are ours)."""
    x = torch.arange(-1.0, 6.0).reshape(7, 1)
    y = 2 * x - 1
    model = nn.Sequential(nn.Linear(1, 4), nn.ReLU(), nn.Linear(4, 2), nn.ReLU(), nn.Linear(2, 1))
    if fault:
        model.append(nn.ReLU())
    for p in model.parameters():
        nn.init.xavier_uniform_(p) if p.dim() > 1 else nn.init.zeros_(p)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, nn.MSELoss(), x, y, 7)
    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://stackoverflow.com/questions/69284837",
    "the optimiser is given the two columns of the data instead of the weights: the loss is the same in each epoch",
    "the optimiser is given the parameters of a model",
)
def linear_code(fault: bool) -> Program:
    """150,000 rows (100) of two dependent columns; an encoder to one number and a decoder, with weights from the normal
    distribution; mean squared error; SGD with 0.01, 1,000 steps on all rows."""
    x = torch.rand(150000, 2)
    x[:, 0] = x[:, 0] + x[:, 1]
    x[:, 1] = 0.5 * x[:, 0] + x[:, 1]
    codes = nn.ParameterDict({"wEncoder": torch.randn(2, 1), "bEncoder": torch.randn(1), "wDecoder": torch.randn(1, 2)})
    codes["bDecoder"] = torch.randn(1, 2)

    def reconstruct() -> Tensor:
        code = x @ codes["wEncoder"] + codes["bEncoder"]
        return code @ codes["wDecoder"] + codes["bDecoder"]

    loss_fn = nn.MSELoss()
    optimizer = torch.optim.SGD([x[:, 0], x[:, 1]] if fault else list(codes.values()), lr=0.01)

    def step() -> Tensor:
        loss = loss_fn(reconstruct(), x)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    def quality() -> float:
        with torch.no_grad():
            return explained(reconstruct(), x)

    return Program(codes, optimizer, step, 1000, quality)


@faulty(
    Fault.NUMERICS,
    "https://stackoverflow.com/questions/42064941",
    "Adam's epsilon of 1e-8 is zero in half precision, so that the update divides by zero",
    "an epsilon of 1e-4",
)
def half_precision(fault: bool) -> Program:
    """A convolution with 16 filters in half precision, with weights of zero, trained with Adam (0.001). The head, the
    pictures and their classes are ours."""
    x, t = pictures(400, classes=4, channels=3)
    x = x.half()
    model = nn.Sequential(nn.Conv2d(3, 16, 3), nn.ReLU(), nn.AvgPool2d(7), nn.Flatten(), nn.Linear(64, 4)).half()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, eps=1e-8 if fault else 1e-4)
    rows = batches(400, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]).float(), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 600, lambda: classifies(model, x, t))


@faulty(
    Fault.SATURATED,
    "https://discuss.pytorch.org/t/gradient-seems-to-small-when-training-parameters/153791",
    "a matrix of 100 x 100 from the normal distribution before a sigmoid cannot be learnt: gradients are too small",
    "the excerpt gives no repair; ours starts with a hundredth of the weights",
)
def one_matrix(fault: bool) -> Program:
    """4,000 vectors (1,000) of 100 uniform numbers, y = sigmoid(Wx) with W from the normal distribution, as the initial
    weights are; mean squared error; SGD with a rate of 100, all vectors at once, 300 iterations."""
    x = torch.rand(4000, 100)
    y = torch.sigmoid(x @ torch.randn(100, 100).T)

    class MyModel(nn.Module):
        def __init__(self, w: Tensor) -> None:
            super().__init__()
            self.W = nn.Parameter(w)

        def forward(self, x: Tensor) -> Tensor:
            return torch.sigmoid(torch.matmul(x, self.W.T))

    model = MyModel(torch.randn(100, 100) * (1.0 if fault else 0.01))
    optimizer = torch.optim.SGD(model.parameters(), lr=100)
    loss = nn.MSELoss()

    def step() -> Tensor:
        error = loss(model(x), y)
        optimizer.zero_grad()
        error.backward()
        optimizer.step()
        return error

    return Program(model, optimizer, step, 300, lambda: predicts(model, x, y))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/rstudio/keras3/issues/452",
    "with one feature, the gold at minute 15, the model does not converge, without it it does",
    "the excerpt gives no repair; ours standardises the columns",
)
def gold_at_minute_15(fault: bool) -> Program:
    """Six columns of matches (gold of some 23.6, kills, towers of both sides), one sigmoid, binary cross-entropy, Adam
    (0.001), batch 3. Batches of 20,000, and gold of some 23,600, are ours."""
    n = 60000
    strength = torch.randn(n)
    gold = 23.6 + torch.stack([strength, -strength], 1) + 0.7 * torch.randn(n, 2)
    kills = torch.poisson(torch.exp(0.5 + 0.3 * torch.stack([strength, -strength], 1)))
    towers = torch.poisson(torch.exp(0.3 * torch.stack([strength, -strength], 1)))
    t = (strength + 0.3 * torch.randn(n) > 0).float()
    x = torch.cat([1000 * gold, kills, towers], 1)
    if not fault:
        x = (x - x.mean(0)) / x.std(0)
    model = nn.Sequential(nn.Linear(6, 1), nn.Sigmoid())
    nn.init.xavier_uniform_(model[0].weight)
    nn.init.zeros_(model[0].bias)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)
    step = plain(model, optimizer, nn.BCELoss(), x, t[:, None], 20000)
    return Program(model, optimizer, step, 1000, lambda: halves(model, x, t))
