"""Programs that work: lessons of courses and books, and of documentation of other frameworks."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.distributions import Categorical

from doctor.harness.data import batches, blobs, pictures, table, text, waves, words
from doctor.harness.loops import lightning, plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial
from doctor.sealed.programs.gauges import fluency


@tutorial("https://github.com/mnielsen/neural-networks-and-deep-learning/blob/master/src/network.py")
def nielsens_network() -> Program:
    """Sigmoid layers of 784, 30 and 10, weights and biases from the normal distribution, the quadratic cost, gradient
    descent with a rate of 3 and batches of 10. Here batches of 60."""
    x, t = pictures(6000, size=28, noise=0.1)
    x, y = x.flatten(1) - 0.4, F.one_hot(t, 10).float()

    class Network(nn.Module):
        def __init__(self, sizes: list[int]) -> None:
            super().__init__()
            self.biases = nn.ParameterList([torch.randn(m) for m in sizes[1:]])
            self.weights = nn.ParameterList([torch.randn(m, n) for n, m in zip(sizes, sizes[1:])])

        def forward(self, a: Tensor) -> Tensor:
            for b, w in zip(self.biases, self.weights):
                a = torch.sigmoid(a @ w.T + b)
            return a

    net = Network([784, 30, 10])
    optimizer = torch.optim.SGD(net.parameters(), lr=3.0)

    def quadratic(a: Tensor, y: Tensor) -> Tensor:
        return 0.5 * (a - y).square().sum(1).mean()

    step = plain(net, optimizer, quadratic, x, y, 60)
    return Program(net, optimizer, step, 1000, lambda: classifies(net, x, t))


@tutorial("https://cs231n.github.io/neural-networks-case-study/")
def spirals() -> Program:
    """Three spirals of 500 points (100); 100 hidden ReLU, weights of deviation 0.01, softmax loss and an L2 penalty of
    0.001 by hand, gradient descent with a rate of 1 on all points. 1,000 steps (10,000) are ours, as is twice the
    deviation of the weights."""
    r = torch.linspace(0, 1, 500)
    x = torch.cat(
        [
            torch.stack([r * torch.sin(a), r * torch.cos(a)], 1)
            for a in (torch.linspace(j * 4, (j + 1) * 4, 500) + 0.2 * torch.randn(500) for j in range(3))
        ]
    )
    t = torch.arange(1500) // 500
    w, b = nn.Parameter(0.02 * torch.randn(2, 100)), nn.Parameter(torch.zeros(1, 100))
    w2, b2 = nn.Parameter(0.02 * torch.randn(100, 3)), nn.Parameter(torch.zeros(1, 3))
    parameters = nn.ParameterList([w, b, w2, b2])
    optimizer = torch.optim.SGD(parameters, lr=1.0)

    def scores() -> Tensor:
        return torch.relu(x @ w + b) @ w2 + b2

    def step() -> Tensor:
        optimizer.zero_grad()
        probs = torch.softmax(scores(), 1)
        data_loss = -probs[torch.arange(1500), t].log().mean()
        loss = data_loss + 0.5 * 1e-3 * (w.square().sum() + w2.square().sum())
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with torch.no_grad():
            return right(scores().argmax(1), t)

    return Program(parameters, optimizer, step, 1000, quality)


@tutorial("https://gist.github.com/karpathy/d4dee566867f8291f086")
def min_char_rnn() -> Program:
    """A vanilla recurrent net of characters, weights of deviation 0.01, 25 steps at a time with the state carried over,
    gradients clipped to +-5 by element, Adagrad with 0.1. 48 units (100) are ours."""
    letters = text(40, length=501).T
    whh, wxh, why = 0.01 * torch.randn(48, 48), 0.01 * torch.randn(20, 48), 0.01 * torch.randn(48, 20)
    p = nn.ParameterDict({"Wxh": wxh, "Whh": whh, "Why": why})
    p["bh"], p["by"] = torch.zeros(48), torch.zeros(20)
    optimizer = torch.optim.Adagrad(p.parameters(), lr=0.1)
    at = {"n": 0, "h": torch.zeros(40, 48)}

    def forward(inputs: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        ys = []
        for x in inputs:
            h = torch.tanh(p["Wxh"][x] + h @ p["Whh"] + p["bh"])
            ys.append(h @ p["Why"] + p["by"])
        return torch.stack(ys), h

    def step() -> Tensor:
        if at["n"] + 26 > len(letters):
            at["n"], at["h"] = 0, torch.zeros(40, 48)
        inputs, targets = letters[at["n"] : at["n"] + 25], letters[at["n"] + 1 : at["n"] + 26]
        ys, h = forward(inputs, at["h"])
        loss = F.cross_entropy(ys.flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        for q in p.values():
            q.grad.clamp_(-5, 5)
        optimizer.step()
        at["n"], at["h"] = at["n"] + 25, h.detach()
        return loss

    def quality() -> float:
        with torch.no_grad():
            ys, _ = forward(letters[:200], torch.zeros(40, 48))
            return fluency(ys.softmax(-1), letters[:200], letters[1:201])

    return Program(p, optimizer, step, 400, quality)


@tutorial("https://github.com/fastai/fastbook/blob/master/04_mnist_basics.ipynb")
def threes_and_sevens() -> Program:
    """Threes and sevens; a linear layer to 30, ReLU, one output; a sigmoid and the mean of 1 - p or p as the loss; SGD
    with 0.1, batch 256."""
    x, t = pictures(4000, classes=2, size=28)
    x, y = x.flatten(1), t[:, None].float()

    def mnist_loss(predictions: Tensor, targets: Tensor) -> Tensor:
        predictions = predictions.sigmoid()
        return torch.where(targets == 1, 1 - predictions, predictions).mean()

    simple_net = nn.Sequential(nn.Linear(28 * 28, 30), nn.ReLU(), nn.Linear(30, 1))
    optimizer = torch.optim.SGD(simple_net.parameters(), lr=0.1)
    step = plain(simple_net, optimizer, mnist_loss, x, y, 256)

    def quality() -> float:
        with evaluating(simple_net):
            return right((simple_net(x) > 0).squeeze(1).long(), t)

    return Program(simple_net, optimizer, step, 900, quality)


@tutorial("https://uvadlc-notebooks.readthedocs.io/en/latest/tutorial_notebooks/tutorial2/Introduction_to_PyTorch.html")
def continuous_xor() -> Program:
    """XOR with Gaussian noise of 0.1; Linear 2 to 4, tanh, Linear to 1; BCEWithLogitsLoss; SGD with 0.1. Batches of
    2,048 (128) are ours."""
    data = torch.randint(2, (20000, 2)).float()
    label = (data.sum(1) == 1).long()
    data = data + 0.1 * torch.randn(data.shape)

    class SimpleClassifier(nn.Module):
        def __init__(self, num_inputs: int, num_hidden: int, num_outputs: int) -> None:
            super().__init__()
            self.linear1 = nn.Linear(num_inputs, num_hidden)
            self.act_fn = nn.Tanh()
            self.linear2 = nn.Linear(num_hidden, num_outputs)

        def forward(self, x: Tensor) -> Tensor:
            return self.linear2(self.act_fn(self.linear1(x)))

    model = SimpleClassifier(2, 4, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    loss_module = nn.BCEWithLogitsLoss()
    rows = batches(20000, 2048)

    def step() -> Tensor:
        batch = next(rows)
        preds = model(data[batch]).squeeze(dim=1)
        loss = loss_module(preds, label[batch].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((torch.sigmoid(model(data).squeeze(1)) >= 0.5).long(), label)

    return Program(model, optimizer, step, 1000, quality)


@tutorial(
    "https://uvadlc-notebooks.readthedocs.io/en/latest/tutorial_notebooks/tutorial6/Transformers_and_MHAttention.html"
)
def reversed_numbers() -> Program:
    """Sequences of 16 digits that are to be reversed; a transformer's encoder of one block, one head, a width of 32,
    sinusoidal positions, no dropout; Adam with 0.0005, warmed up for 50 steps and lowered by a cosine; gradients
    clipped at 5; batch 128. A length of 10 and a rate of 0.002 are ours."""
    length, width = 10, 32
    x = torch.randint(10, (3000, length))
    angles = torch.arange(length)[:, None] * torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    positions = torch.stack([angles.sin(), angles.cos()], 2).flatten(1)

    class TransformerPredictor(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.input_net = nn.Linear(10, width)
            self.qkv_proj, self.o_proj = nn.Linear(width, 3 * width), nn.Linear(width, width)
            for layer in (self.qkv_proj, self.o_proj):
                nn.init.xavier_uniform_(layer.weight)
                layer.bias.data.fill_(0)
            self.linear_net = nn.Sequential(nn.Linear(width, 2 * width), nn.ReLU(), nn.Linear(2 * width, width))
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.output_net = nn.Sequential(
                nn.Linear(width, width), nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, 10)
            )

        def forward(self, x: Tensor) -> Tensor:
            x = self.input_net(F.one_hot(x, 10).float()) + positions
            q, k, v = self.qkv_proj(x).chunk(3, dim=-1)
            attention = F.softmax(q @ k.transpose(-2, -1) / math.sqrt(width), dim=-1)
            x = self.norm1(x + self.o_proj(attention @ v))
            return self.output_net(self.norm2(x + self.linear_net(x)))

    model = TransformerPredictor()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.002)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda i: min(1.0, i / 50) * 0.5 * (1 + math.cos(math.pi * i / 500))
    )

    def training_step(batch: tuple[Tensor, ...]) -> Tensor:
        return F.cross_entropy(model(batch[0]).flatten(0, 1), batch[0].flip(1).flatten())

    optimise = lightning(training_step, optimizer, (x,), 128, clip=5.0)

    def step() -> Tensor:
        loss = optimise()
        schedule.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x).argmax(-1), x.flip(1))

    return Program(model, optimizer, step, 500, quality)


@tutorial("https://machinelearningmastery.com/binary-classification-tutorial-with-the-keras-deep-learning-library/")
def sonar() -> Program:
    """60 standardised columns of echoes of rocks and mines, 208 of them; Dense 60 with ReLU, one sigmoid; binary
    cross-entropy; Adam, batch 5. Here 20,000 echoes in batches of 2,500."""
    x, t = blobs(20000, classes=2, columns=60, spread=12.0)
    x = (x - x.mean(0)) / x.std(0)
    model = nn.Sequential()
    model.add_module("dense", nn.Linear(60, 60))
    model.add_module("relu", nn.ReLU())
    model.add_module("output", nn.Linear(60, 1))
    model.add_module("sigmoid", nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters())
    step = plain(model, optimizer, nn.BCELoss(), x, t[:, None].float(), 2500)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).squeeze(1).long(), t)

    return Program(model, optimizer, step, 600, quality)


@tutorial("https://www.tensorflow.org/tutorials/keras/regression")
def fuel_efficiency() -> Program:
    """Nine columns of cars through a layer that normalises them, Dense 64 with ReLU, twice, and one; the mean absolute
    error of miles per gallon, Adam with 0.001, batch 500 (32). The rate of 0.01 is ours, so are the cars."""
    x, y = table(5000)
    x, miles = x * torch.tensor([1.7, 100, 38, 850, 2.7, 3.7, 0.4, 0.4, 0.4]) + 100, 23 + 8 * y

    class Normalization(nn.Module):
        def __init__(self, x: Tensor) -> None:
            super().__init__()
            self.register_buffer("mean", x.mean(0))
            self.register_buffer("std", x.std(0))

        def forward(self, x: Tensor) -> Tensor:
            return (x - self.mean) / self.std

    model = nn.Sequential(Normalization(x), nn.Linear(9, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, nn.L1Loss(), x, miles, 500)
    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, miles))


@tutorial("https://www.tensorflow.org/tutorials/keras/text_classification")
def reviews() -> Program:
    """Embedding 16, dropout 0.2, the average over time, dropout 0.2, one logit; binary cross-entropy from logits; Adam,
    batch 250 (32). A rate of 0.01 (0.001) is ours, so are the reviews."""
    tokens, t = words(2500, length=24, vocabulary=200)

    class Average(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return x.mean(1)

    model = nn.Sequential(nn.Embedding(201, 16), nn.Dropout(0.2), Average(), nn.Dropout(0.2), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    step = plain(model, optimizer, nn.BCEWithLogitsLoss(), tokens, t[:, None].float(), 250)

    def quality() -> float:
        with evaluating(model):
            return right((model(tokens) > 0).squeeze(1).long(), t)

    return Program(model, optimizer, step, 800, quality)


@tutorial("https://www.tensorflow.org/tutorials/images/cnn")
def small_vgg() -> Program:
    """Conv2D 32, 64, 64 with ReLU and max pooling in between, Dense 64 with ReLU, ten logits; sparse categorical
    cross-entropy; Adam. Half of the filters, pictures of 20 x 20 and batches of 32 are ours."""
    x, t = pictures(800, channels=3, size=20)
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 32, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32, 64),
        nn.ReLU(),
        nn.Linear(64, 10),
    )
    for layer in model:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)
    optimizer = torch.optim.Adam(model.parameters())
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(model, optimizer, step, 350, lambda: classifies(model, x, t))


@tutorial("https://www.tensorflow.org/tutorials/generative/autoencoder")
def denoising_fashion() -> Program:
    """Convolutions of 16 and 8 with strides, transposed ones back, ReLU, a sigmoid convolution at the end; noise of 0.2
    added to the pictures and clipped; mean squared error; Adam. Batches of 32 are ours."""
    clean, _ = pictures(800, noise=0.0)
    noisy = (clean + 0.2 * torch.randn(clean.shape)).clamp(0, 1)

    class Denoise(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 16, 3, padding=1, stride=2), nn.ReLU(), nn.Conv2d(16, 8, 3, padding=1, stride=2), nn.ReLU()
            )
            self.decoder = nn.Sequential(
                nn.ConvTranspose2d(8, 8, 3, stride=2, padding=1, output_padding=1),
                nn.ReLU(),
                nn.ConvTranspose2d(8, 16, 3, stride=2, padding=1, output_padding=1),
                nn.ReLU(),
                nn.Conv2d(16, 1, 3, padding=1),
                nn.Sigmoid(),
            )

        def forward(self, x: Tensor) -> Tensor:
            return self.decoder(self.encoder(x))

    autoencoder = Denoise()
    optimizer = torch.optim.Adam(autoencoder.parameters(), lr=0.002)
    step = plain(autoencoder, optimizer, nn.MSELoss(), noisy, clean, 32)

    def quality() -> float:
        with evaluating(autoencoder):
            return explained(autoencoder(noisy), clean)

    return Program(autoencoder, optimizer, step, 400, quality)


@tutorial("https://www.mathworks.com/help/deeplearning/ug/classify-sequence-data-using-lstm-networks.html")
def vowels() -> Program:
    """Sequences of twelve features of nine speakers; bilstmLayer of 100 units with the last output, a fully connected
    layer, softmax; Adam with 0.001 (0.002 here), a gradient threshold of 1, batch 27. 32 units, and the waves in the
    place of vowels, are ours."""
    x, t = waves(900, length=20, channels=12, classes=9)

    class Layers(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bilstmLayer = nn.LSTM(12, 32, batch_first=True, bidirectional=True)
            self.fullyConnectedLayer = nn.Linear(64, 9)

        def forward(self, x: Tensor) -> Tensor:
            _, (h, _) = self.bilstmLayer(x)
            return self.fullyConnectedLayer(torch.cat([h[0], h[1]], 1))

    net = Layers()
    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    rows = batches(900, 27)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.cross_entropy(net(x[batch]), t[batch])
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        return loss

    return Program(net, optimizer, step, 450, lambda: classifies(net, x, t))


@tutorial("https://d2l.ai/chapter_convolutional-modern/resnet.html")
def residual_blocks() -> Program:
    """Residual blocks of two 3 x 3 convolutions with batch normalisation, and a 1 x 1 convolution where the shape
    changes; a global average; cross-entropy and SGD. Three blocks of 8 to 16 channels, a rate of 0.1 (0.01) and
    batches of 32 are ours."""
    x, t = pictures(600)

    class Residual(nn.Module):
        def __init__(self, inputs: int, channels: int, strides: int = 1) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(inputs, channels, 3, padding=1, stride=strides)
            self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)
            self.conv3 = nn.Conv2d(inputs, channels, 1, stride=strides) if inputs != channels else None
            self.bn1, self.bn2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)

        def forward(self, x: Tensor) -> Tensor:
            y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
            y += x if self.conv3 is None else self.conv3(x)
            return F.relu(y)

    net = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        Residual(8, 8),
        Residual(8, 16, strides=2),
        Residual(16, 16),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 10),
    )
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    step = plain(net, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(net, optimizer, step, 300, lambda: classifies(net, x, t))


@tutorial("https://scikit-learn.org/stable/modules/generated/sklearn.neural_network.MLPRegressor.html")
def scikit_regressor() -> Program:
    """MLPRegressor as it is by default: one hidden layer of 100 ReLU, half the squared error and an L2 penalty of
    0.0001, Glorot's weights, Adam with 0.001, batch 200. A rate of 0.005 and a batch of 1,500 are ours."""
    x, y = table(6000)
    coefs = nn.Sequential(nn.Linear(9, 100), nn.ReLU(), nn.Linear(100, 1))
    for layer in (coefs[0], coefs[2]):
        bound = math.sqrt(6.0 / (layer.in_features + layer.out_features))
        nn.init.uniform_(layer.weight, -bound, bound)
        nn.init.uniform_(layer.bias, -bound, bound)
    optimizer = torch.optim.Adam(coefs.parameters(), lr=0.005)
    rows = batches(6000, 1500)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        penalty = sum(layer.weight.square().sum() for layer in (coefs[0], coefs[2]))
        loss = (coefs(x[batch]) - y[batch]).square().mean() / 2 + 0.5 * 0.0001 * penalty / len(batch)
        loss.backward()
        optimizer.step()
        return loss

    return Program(coefs, optimizer, step, 1000, lambda: predicts(coefs, x, y))


@tutorial("https://spinningup.openai.com/en/latest/spinningup/rl_intro3.html")
def simplest_policy_gradient() -> Program:
    """A policy with 32 tanh units, logits of a categorical distribution, minus the mean of log-probabilities times the
    return of the episode, Adam with 0.01. A bandit with what is seen, four actions and 500 episodes of one step a batch
    are ours."""
    secret = torch.randn(5, 4)
    logits_net = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 4), nn.Identity())
    optimizer = torch.optim.Adam(logits_net.parameters(), lr=0.01)

    def get_policy(obs: Tensor) -> Categorical:
        return Categorical(logits=logits_net(obs))

    def compute_loss(obs: Tensor, act: Tensor, weights: Tensor) -> Tensor:
        return -(get_policy(obs).log_prob(act) * weights).mean()

    def step() -> Tensor:
        obs = torch.randn(500, 5)
        act = get_policy(obs).sample()
        returns = ((obs @ secret).argmax(1) == act).float()
        optimizer.zero_grad()
        batch_loss = compute_loss(obs, act, returns)
        batch_loss.backward()
        optimizer.step()
        return batch_loss

    def quality() -> float:
        with evaluating(logits_net), torch.random.fork_rng(devices=[]):
            obs = torch.randn(2000, 5)
            hits = (logits_net(obs).argmax(1) == (obs @ secret).argmax(1)).float().mean().item()
        return (hits - 0.25) / 0.75

    return Program(logits_net, optimizer, step, 900, quality)


@tutorial("https://www.tensorflow.org/tutorials/images/segmentation")
def pets() -> Program:
    """A U-Net that goes down with strided convolutions and up with transposed ones with batch normalisation and ReLU,
    with skips; three classes for each pixel (the pet, its outline, what is around it); sparse categorical
    cross-entropy; Adam. No encoder that was trained before, pictures of 24 x 24 and small widths are ours."""
    n, size = 240, 24
    grid = torch.arange(float(size))
    centres, radii = 6 + 12 * torch.rand(n, 2), 3 + 4 * torch.rand(n, 1, 1)
    dy, dx = grid[None, :, None] - centres[:, 0, None, None], grid[None, None] - centres[:, 1, None, None]
    distance = (dy.square() + dx.square()).sqrt()
    t = (distance < radii + 1.5).long() + (distance < radii).long()
    colours = torch.rand(n, 3, 1, 1)
    x = torch.where((t > 1)[:, None], colours, 1 - colours) + 0.1 * torch.randn(n, 3, size, size)

    class Unet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.down1 = nn.Sequential(nn.Conv2d(3, 8, 3, padding=1), nn.ReLU())
            self.down2 = nn.Sequential(nn.Conv2d(8, 16, 3, stride=2, padding=1), nn.ReLU())
            self.down3 = nn.Sequential(nn.Conv2d(16, 24, 3, stride=2, padding=1), nn.ReLU())
            self.up1, self.up2 = self.upsample(24, 16), self.upsample(32, 8)
            self.last = nn.Conv2d(16, 3, 3, padding=1)

        @staticmethod
        def upsample(inputs: int, outputs: int) -> nn.Sequential:
            up = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
            return nn.Sequential(up, nn.BatchNorm2d(outputs), nn.ReLU())

        def forward(self, x: Tensor) -> Tensor:
            skip1 = self.down1(x)
            skip2 = self.down2(skip1)
            x = torch.cat([self.up1(self.down3(skip2)), skip2], 1)
            return self.last(torch.cat([self.up2(x), skip1], 1))

    model = Unet()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 16)

    def quality() -> float:
        with evaluating(model):
            return right(model(x).argmax(1), t)

    return Program(model, optimizer, step, 200, quality)


@tutorial("https://pytorch.org/tutorials/intermediate/seq2seq_translation_tutorial.html")
def translated() -> Program:
    """An encoder and a decoder with GRUs, Bahdanau's attention over the states of the encoder, the right token or the
    decoder's own as its next input; nll_loss; two Adams with 0.001, batch 32. Sentences of six words whose translation
    is each word's own, in the reverse order, 48 units (128), a rate of 0.004 and one optimiser are ours."""
    length, vocabulary = 6, 16
    source = torch.randint(1, vocabulary, (1500, length))
    dictionary = torch.randperm(vocabulary - 1) + 1
    target = dictionary[source.flip(1) - 1]

    class EncoderRNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.gru = nn.Embedding(vocabulary, 48), nn.GRU(48, 48, batch_first=True)

        def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
            return self.gru(self.embedding(tokens))

    class AttnDecoderRNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.gru = nn.Embedding(vocabulary, 48), nn.GRU(96, 48, batch_first=True)
            self.Wa, self.Ua, self.Va = nn.Linear(48, 48), nn.Linear(48, 48), nn.Linear(48, 1)
            self.out = nn.Linear(48, vocabulary)

        def forward(self, states: Tensor, hidden: Tensor, target: Tensor | None = None) -> Tensor:
            token, outputs = torch.zeros(len(states), 1, dtype=torch.long), []
            for i in range(length):
                query = hidden.permute(1, 0, 2)
                scores = self.Va(torch.tanh(self.Wa(query) + self.Ua(states))).squeeze(2).unsqueeze(1)
                context = torch.bmm(F.softmax(scores, dim=-1), states)
                output, hidden = self.gru(torch.cat((self.embedding(token), context), dim=2), hidden)
                outputs.append(self.out(output))
                token = outputs[-1].detach().argmax(-1) if target is None else target[:, i : i + 1]
            return F.log_softmax(torch.cat(outputs, dim=1), dim=-1)

    translator = nn.ModuleDict({"encoder": EncoderRNN(), "decoder": AttnDecoderRNN()})
    optimizer = torch.optim.Adam(translator.parameters(), lr=0.004)
    rows = batches(1500, 32)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        states, hidden = translator["encoder"](source[batch])
        outputs = translator["decoder"](states, hidden, target[batch])
        loss = F.nll_loss(outputs.flatten(0, 1), target[batch].flatten())
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(translator):
            states, hidden = translator["encoder"](source)
            return right(translator["decoder"](states, hidden).argmax(-1), target)

    return Program(translator, optimizer, step, 400, quality)
