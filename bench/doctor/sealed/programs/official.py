"""Examples of official repositories that are known to work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial


def citations(n: int = 240, classes: int = 4, words: int = 40) -> tuple[Tensor, Tensor, Tensor]:
    """A graph of papers: words, classes, and the adjacency with loops. Papers of a class cite each other."""
    t = torch.randint(classes, (n,))
    edges = torch.rand(n, n) < torch.where(t[:, None] == t, 0.06, 0.004)
    a = ((edges | edges.T).float() + torch.eye(n)).clamp(max=1)
    own = torch.rand(classes, words)[t]
    x = (torch.rand(n, words) < 0.03 + 0.12 * own).float()
    return x / x.sum(1, keepdim=True).clamp(min=1), t, a


@tutorial("https://github.com/tkipf/pygcn/blob/master/pygcn/train.py")
def pygcn() -> Program:
    """Two graph convolutions (16 hidden), ReLU, dropout 0.5, log-softmax, negative log likelihood at some of the nodes,
    Adam at 0.01 with weight decay 5e-4, the whole graph at once; rows of features and adjacency are normalised."""
    x, t, a = citations(n=500)
    a = a / a.sum(1, keepdim=True)
    train = torch.randperm(500)[:250]

    class GraphConvolution(nn.Module):
        def __init__(self, inp: int, out: int) -> None:
            super().__init__()
            bound = 1 / math.sqrt(out)
            self.weight = nn.Parameter(torch.empty(inp, out).uniform_(-bound, bound))
            self.bias = nn.Parameter(torch.empty(out).uniform_(-bound, bound))

        def forward(self, x: Tensor) -> Tensor:
            return a @ (x @ self.weight) + self.bias

    class GCN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gc1, self.gc2 = GraphConvolution(40, 16), GraphConvolution(16, 4)

        def forward(self, x: Tensor) -> Tensor:
            x = F.dropout(F.relu(self.gc1(x)), 0.5, training=self.training)
            return F.log_softmax(self.gc2(x), dim=1)

    model = GCN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

    def train_epoch() -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = F.nll_loss(model(x)[train], t[train])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, train_epoch, 600, lambda: classifies(model, x, t))


@tutorial("https://github.com/pyg-team/pytorch_geometric/blob/master/examples/sgc.py")
def simple_graph_convolution() -> Program:
    """One layer without an activation on features that were propagated twice by the symmetric normalised adjacency
    (times 20 here), log-softmax, Adam at 0.2 with weight decay 0.005, the whole graph at once."""
    x, t, a = citations(n=2000)
    x = 20 * x
    d = a.sum(1).rsqrt()
    a = d[:, None] * a * d
    train = torch.arange(2000) % 3 > 0

    class SGC(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lin = nn.Linear(40, 4)
            self.cached: Tensor | None = None

        def forward(self, x: Tensor) -> Tensor:
            if self.cached is None:
                self.cached = a @ (a @ x)
            return F.log_softmax(self.lin(self.cached), dim=1)

    model = SGC()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.2, weight_decay=0.005)

    def train_epoch() -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = F.nll_loss(model(x)[train], t[train])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, train_epoch, 1000, lambda: classifies(model, x, t))


@tutorial("https://github.com/pyg-team/pytorch_geometric/blob/master/examples/autoencoder.py")
def graph_autoencoder() -> Program:
    """A graph autoencoder: two graph convolutions (32, then 16), an inner product as the decoder, logarithms of
    sigmoids for edges and for as many pairs that were drawn as negatives, Adam at 0.01."""
    x, t, a = citations(n=160)
    d = a.sum(1).rsqrt()
    norm = d[:, None] * a * d
    positive = (a - torch.eye(160)).triu().nonzero().T

    class GAE(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Linear(40, 32), nn.Linear(32, 16)

        def encode(self, x: Tensor) -> Tensor:
            return norm @ self.conv2((norm @ self.conv1(x)).relu())

        def recon_loss(self, z: Tensor, pos: Tensor) -> Tensor:
            neg = torch.randint(len(z), pos.shape)
            hit = ((z[pos[0]] * z[pos[1]]).sum(1).sigmoid() + 1e-15).log().mean()
            miss = (1 - (z[neg[0]] * z[neg[1]]).sum(1).sigmoid() + 1e-15).log().mean()
            return -hit - miss

    model = GAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    held = torch.cat([positive, torch.randint(160, positive.shape)], 1)
    linked = (a[held[0], held[1]] > 0).long()

    def train() -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = model.recon_loss(model.encode(x), positive)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = model.encode(x)
            score = (z[held[0]] * z[held[1]]).sum(1)
            # Twice the area under the curve, less one.
            ahead = (score[linked > 0][:, None] > score[linked < 1]).double().mean().item()
            return 2 * ahead - 1

    return Program(model, optimizer, train, 800, quality)


@tutorial("https://github.com/pyg-team/pytorch_geometric/blob/master/examples/gat.py")
def graph_attention() -> Program:
    """Two layers of graph attention (8 heads of 8, then one), ELU, dropout 0.6 of features and of attention, Adam at
    0.005 with weight decay 5e-4, cross-entropy at some of the nodes."""
    x, t, a = citations()
    train = torch.randperm(240)[:160]

    class GATConv(nn.Module):
        def __init__(self, inp: int, out: int, heads: int) -> None:
            super().__init__()
            self.heads, self.out = heads, out
            self.lin = nn.Linear(inp, heads * out, bias=False)
            self.att_src, self.att_dst = nn.Parameter(torch.empty(heads, out)), nn.Parameter(torch.empty(heads, out))
            self.bias = nn.Parameter(torch.zeros(heads * out))
            for weight in (self.lin.weight, self.att_src, self.att_dst):
                nn.init.xavier_uniform_(weight)

        def forward(self, x: Tensor) -> Tensor:
            h = self.lin(x).reshape(-1, self.heads, self.out)
            scores = (h * self.att_src).sum(-1)[None] + (h * self.att_dst).sum(-1)[:, None]
            alpha = F.leaky_relu(scores, 0.2).masked_fill(a[..., None] == 0, -math.inf).softmax(1)
            alpha = F.dropout(alpha, 0.6, self.training)
            return torch.einsum("ijh,jho->iho", alpha, h).flatten(1) + self.bias

    class GAT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = GATConv(40, 8, 8), GATConv(64, 4, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = F.dropout(x, p=0.6, training=self.training)
            x = F.elu(self.conv1(x))
            x = F.dropout(x, p=0.6, training=self.training)
            return self.conv2(x)

    model = GAT()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005, weight_decay=5e-4)

    def train_epoch() -> Tensor:
        model.train()
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x)[train], t[train])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, train_epoch, 200, lambda: classifies(model, x, t))


@tutorial("https://github.com/google/flax/blob/main/examples/seq2seq/train.py")
def addition_in_characters() -> Program:
    """Addition as translation of characters: an LSTM reads the question, another one writes the answer, fed with the
    right characters; cross-entropy, Adam at 0.003, batches of 128. 512 units there, 64 and numbers up to 19 here."""
    first, second = torch.randint(20, (4000,)), torch.randint(20, (4000,))
    digits = torch.stack([first // 10, first % 10, torch.full_like(first, 10), second // 10, second % 10], 1)
    total = first + second
    answer = torch.stack([total // 10, total % 10], 1)

    class Seq2seq(nn.Module):
        def __init__(self, hidden: int = 64) -> None:
            super().__init__()
            self.encoder, self.decoder = nn.LSTM(12, hidden, batch_first=True), nn.LSTM(12, hidden, batch_first=True)
            self.head = nn.Linear(hidden, 12)

        def forward(self, question: Tensor, answer: Tensor) -> Tensor:
            _, state = self.encoder(F.one_hot(question, 12).float())
            start = torch.full((len(answer), 1), 11)
            inputs = torch.cat([start, answer[:, :-1]], 1)
            states, _ = self.decoder(F.one_hot(inputs, 12).float(), state)
            return self.head(states)

    model = Seq2seq()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(4000, 128)

    def train_step() -> Tensor:
        batch = next(rows)
        logits = model(digits[batch], answer[batch])
        loss = F.cross_entropy(logits.flatten(0, 1), answer[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(digits, answer).argmax(-1), answer)

    return Program(model, optimizer, train_step, 500, quality)


@tutorial("https://github.com/google/flax/blob/main/examples/vae/train.py")
def flax_vae() -> Program:
    """A variational autoencoder: a hidden layer of 500 (128 here) with ReLU on either side, 20 latents, cross-entropy
    of pixels with logits plus the KL divergence, means over the batch, Adam at 0.001, batches of 128."""
    x, _ = pictures(1000, noise=0.05)
    x = (x.flatten(1) > 0.5).float()

    class Encoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc1, self.fc2_mean, self.fc2_logvar = nn.Linear(256, 128), nn.Linear(128, 20), nn.Linear(128, 20)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            h = F.relu(self.fc1(x))
            return self.fc2_mean(h), self.fc2_logvar(h)

    class VAE(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = Encoder()
            self.decoder = nn.Sequential(nn.Linear(20, 128), nn.ReLU(), nn.Linear(128, 256))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            mean, logvar = self.encoder(x)
            z = mean + torch.exp(0.5 * logvar) * torch.randn_like(logvar) if self.training else mean
            return self.decoder(z), mean, logvar

    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(len(x), 128)

    def train_step() -> Tensor:
        batch = x[next(rows)]
        logits, mean, logvar = model(batch)
        bce = F.binary_cross_entropy_with_logits(logits, batch, reduction="none").sum(1).mean()
        kld = -0.5 * (1 + logvar - mean.square() - logvar.exp()).sum(1).mean()
        loss = bce + kld
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x)[0].sigmoid(), x)

    return Program(model, optimizer, train_step, 800, quality)


@tutorial("https://github.com/jax-ml/jax/blob/main/examples/mnist_classifier.py")
def stax_classifier() -> Program:
    """Dense layers of 1024, 1024 (256 here) and 10 with ReLU and a log-softmax, minus the mean of the sum of one-hot
    targets times predictions, momentum 0.9 at 0.001 (0.01 here), batches of 128."""
    x, t = pictures(2000, noise=0.3)
    x, targets = x.flatten(1), F.one_hot(t, 10).float()
    predict = nn.Sequential(
        nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10), nn.LogSoftmax(1)
    )
    momentum = torch.optim.SGD(predict.parameters(), lr=0.01, momentum=0.9)

    def loss(preds: Tensor, targets: Tensor) -> Tensor:
        return -(preds * targets).sum(1).mean()

    return Program(
        predict, momentum, plain(predict, momentum, loss, x, targets, 128), 500, lambda: classifies(predict, x, t)
    )


@tutorial("https://github.com/jax-ml/jax/blob/main/examples/advi.py")
def variational_funnel() -> Program:
    """Mean and logarithm of the deviation of a Gaussian, from zeros, by the evidence lower bound on a funnel: 40
    samples a step (400 here), momentum 0.9 at 0.1 (0.005 here). A second target, a shifted Gaussian of 20 numbers, is
    ours; it is what is measured, as the distance of the means."""
    goal = 2 * torch.randn(20)

    class Approximation(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.mean, self.log_std = nn.Parameter(torch.zeros(22)), nn.Parameter(torch.zeros(22))

        def forward(self, n: int) -> tuple[Tensor, Tensor]:
            noise = torch.randn(n, 22)
            sample = self.mean + self.log_std.exp() * noise
            return sample, (-0.5 * noise.square() - self.log_std - 0.5 * math.log(2 * math.pi)).sum(1)

    def log_density(s: Tensor) -> Tensor:
        width = s[:, 1].clamp(-6, 6)
        funnel = -0.5 * (s[:, 0] / width.exp()).square() - width - 0.5 * (s[:, 1] / 1.35).square()
        return funnel - 0.5 * ((s[:, 2:] - goal) / 0.5).square().sum(1)

    approximation = Approximation()
    optimizer = torch.optim.SGD(approximation.parameters(), lr=0.005, momentum=0.9)

    def update() -> Tensor:
        optimizer.zero_grad()
        sample, log_q = approximation(400)
        objective = -(log_density(sample) - log_q).mean()
        objective.backward()
        optimizer.step()
        return objective

    def quality() -> float:
        found = approximation.mean.detach()[2:]
        return 1 - ((found - goal).square().sum() / goal.square().sum()).item()

    return Program(approximation, optimizer, update, 1000, quality)


@tutorial("https://github.com/openai/spinningup/blob/master/spinup/examples/pytorch/pg_math/1_simple_pg.py")
def simple_policy_gradient() -> Program:
    """The simplest policy gradient: logits by a layer of 32 with tanh, whole episodes, the log-probability of each
    action times the return of its episode, Adam at 1e-2. The pole is restated with its own equations, 32 carts at once
    and episodes of up to 60 steps; measured is how long they last."""

    class Carts:
        def __init__(self, n: int) -> None:
            self.state = 0.1 * torch.rand(n, 4) - 0.05

        def step(self, action: Tensor) -> Tensor:
            x, v, angle, spin = self.state.unbind(1)
            force = 20.0 * action - 10
            sin, cos = angle.sin(), angle.cos()
            temp = (force + 0.05 * spin**2 * sin) / 1.1
            turn = (9.8 * sin - cos * temp) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
            push = temp - 0.05 * turn * cos / 1.1
            self.state = torch.stack([x + 0.02 * v, v + 0.02 * push, angle + 0.02 * spin, spin + 0.02 * turn], 1)
            return (self.state[:, 0].abs() > 2.4) | (self.state[:, 2].abs() > 0.2095)

    logits_net = nn.Sequential(nn.Linear(4, 32), nn.Tanh(), nn.Linear(32, 2), nn.Identity())
    optimizer = torch.optim.Adam(logits_net.parameters(), lr=1e-2)

    def episodes(n: int, greedy: bool = False) -> tuple[Tensor, Tensor, Tensor]:
        carts, alive = Carts(n), torch.ones(n, dtype=torch.bool)
        states, actions, lives = [], [], []
        for _ in range(60):
            logits = logits_net(carts.state).detach()
            act = logits.argmax(1) if greedy else torch.distributions.Categorical(logits=logits).sample()
            states.append(carts.state)
            actions.append(act)
            lives.append(alive)
            alive = alive & ~carts.step(act)
        return torch.stack(states), torch.stack(actions), torch.stack(lives)

    def train_one_epoch() -> Tensor:
        states, actions, lives = episodes(32)
        weights = lives.sum(0).float().expand_as(actions)
        logp = torch.distributions.Categorical(logits=logits_net(states)).log_prob(actions)
        optimizer.zero_grad()
        batch_loss = -(logp * weights)[lives].mean()
        batch_loss.backward()
        optimizer.step()
        return batch_loss

    def quality() -> float:
        with evaluating(logits_net):
            length = episodes(50, greedy=True)[2].sum(0).float().mean().item()
        return (length - 10) / 50

    return Program(logits_net, optimizer, train_one_epoch, 120, quality)


@tutorial("https://github.com/vsitzmann/siren/blob/master/experiment_scripts/train_img.py")
def sine_image() -> Program:
    """A picture as a function of coordinates by a net with sines (omega 30 and its initial weights), all pixels at
    once, mean squared error, Adam at 1e-4; three hidden layers of 256 there, two of 96 and 48 by 48 pixels here."""
    grid = torch.linspace(-1, 1, 48)
    coords = torch.cartesian_prod(grid, grid)
    coarse = F.interpolate(torch.rand(1, 1, 8, 8), size=(48, 48), mode="bicubic")[0, 0]
    pixels = (coarse + 0.3 * torch.sin(20 * grid)[None]).reshape(-1, 1)
    pixels = (pixels - pixels.mean()) / pixels.std()

    class SineLayer(nn.Module):
        def __init__(self, inp: int, out: int, first: bool = False) -> None:
            super().__init__()
            self.linear = nn.Linear(inp, out)
            bound = 1 / inp if first else math.sqrt(6 / inp) / 30
            nn.init.uniform_(self.linear.weight, -bound, bound)

        def forward(self, x: Tensor) -> Tensor:
            return torch.sin(30 * self.linear(x))

    siren = nn.Sequential(SineLayer(2, 96, first=True), SineLayer(96, 96), SineLayer(96, 96), nn.Linear(96, 1))
    bound = math.sqrt(6 / 96) / 30
    nn.init.uniform_(siren[-1].weight, -bound, bound)
    optim = torch.optim.Adam(siren.parameters(), lr=1e-4)

    def step() -> Tensor:
        loss = ((siren(coords) - pixels) ** 2).mean()
        optim.zero_grad()
        loss.backward()
        optim.step()
        return loss

    return Program(siren, optim, step, 300, lambda: predicts(siren, coords, pixels))


@tutorial("https://github.com/facebookresearch/barlowtwins/blob/main/main.py")
def barlow_twins() -> Program:
    """Two distorted views through a backbone and a projector of dense layers with batch normalisation, the cross-
    correlation of the normalised outputs towards the identity, off-diagonal terms times 0.0051. LARS there, SGD with
    momentum and a cosine schedule with warm-up here. Measured by the nearest neighbour of the embeddings."""
    x, t = pictures(800, classes=8, noise=0.1)
    backbone = nn.Sequential(
        nn.Conv2d(1, 16, 3, stride=2, padding=1), nn.BatchNorm2d(16), nn.ReLU(),
        nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(),
    )  # fmt: skip

    class BarlowTwins(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = backbone
            self.projector = nn.Sequential(
                nn.Linear(512, 64, bias=False), nn.BatchNorm1d(64), nn.ReLU(inplace=True), nn.Linear(64, 64, bias=False)
            )
            self.bn = nn.BatchNorm1d(64, affine=False)

        def forward(self, y1: Tensor, y2: Tensor) -> Tensor:
            z1, z2 = self.projector(self.backbone(y1)), self.projector(self.backbone(y2))
            c = self.bn(z1).T @ self.bn(z2)
            c.div_(len(y1))
            on = torch.diagonal(c).add(-1).pow(2).sum()
            off = c.flatten()[:-1].view(63, 65)[:, 1:].flatten().pow(2).sum()
            return on + 0.0051 * off

    model = BarlowTwins()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9, weight_decay=1e-6)
    steps = 200
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda k: min((k + 1) / 20, 0.5 * (1 + math.cos(math.pi * k / steps)) + 0.001)
    )
    rows = batches(len(x), 64)

    def distort(y: Tensor) -> Tensor:
        shift = torch.randint(-1, 2, (2,)).tolist()
        return y.roll(shift, (2, 3)) * (0.7 + 0.6 * torch.rand(len(y), 1, 1, 1)) + 0.1 * torch.randn_like(y)

    def step() -> Tensor:
        y = x[next(rows)]
        optimizer.zero_grad()
        loss = model(distort(y), distort(y))
        loss.backward()
        optimizer.step()
        schedule.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = F.normalize(model.projector(model.backbone(x)))
            return right(t[(z @ z.T).fill_diagonal_(-2).argmax(1)], t)

    return Program(model, optimizer, step, steps, quality)


@tutorial(
    "https://github.com/labmlai/annotated_deep_learning_paper_implementations/blob/master/labml_nn/conv_mixer/experiment.py"
)
def conv_mixer() -> Program:
    """Patches of 2, then layers of a depthwise convolution (7, 5 here) with a residual and a pointwise one, GELU and
    batch normalisation after each, pooling and a dense layer, Adam at 2.5e-4 (2e-3 here). 256 channels and 8 layers
    there, 32 and 3 here."""
    x, t = pictures(800, channels=3, size=12, noise=0.3)

    class ConvMixerLayer(nn.Module):
        def __init__(self, d: int, kernel: int) -> None:
            super().__init__()
            self.depth = nn.Conv2d(d, d, kernel, groups=d, padding=kernel // 2)
            self.norm1, self.point, self.norm2 = nn.BatchNorm2d(d), nn.Conv2d(d, d, 1), nn.BatchNorm2d(d)

        def forward(self, x: Tensor) -> Tensor:
            x = x + self.norm1(F.gelu(self.depth(x)))
            return self.norm2(F.gelu(self.point(x)))

    model = nn.Sequential(
        nn.Conv2d(3, 32, 2, stride=2), nn.GELU(), nn.BatchNorm2d(32), *(ConvMixerLayer(32, 5) for _ in range(3)),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(32, 10),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))


@tutorial(
    "https://github.com/labmlai/annotated_deep_learning_paper_implementations/blob/master/labml_nn/capsule_networks/mnist.py"
)
def capsules() -> Program:
    """Primary capsules by two convolutions, squashed, three rounds of routing to a capsule per class, a margin loss of
    the lengths, a decoder of the masked capsules that adds a small squared error, Adam at 1e-3 (2e-3 here)."""
    x, t = pictures(600, classes=6, noise=0.2)

    def squash(s: Tensor) -> Tensor:
        squared = s.square().sum(-1, keepdim=True)
        return squared / (1 + squared) * s / (squared + 1e-8).sqrt()

    class CapsuleNetwork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 24, 5), nn.Conv2d(24, 32, 5, stride=2)
            self.weight = nn.Parameter(0.1 * torch.randn(64, 6, 8, 8))
            self.decoder = nn.Sequential(nn.Linear(48, 64), nn.ReLU(), nn.Linear(64, 256), nn.Sigmoid())

        def capsules(self, x: Tensor) -> Tensor:
            x = self.conv2(F.relu(self.conv1(x)))
            u = squash(x.reshape(len(x), 4, 8, 16).permute(0, 1, 3, 2).reshape(len(x), 64, 8))
            u_hat = torch.einsum("ijnm,bin->bijm", self.weight, u)
            b = torch.zeros(len(x), 64, 6)
            for _ in range(3):
                v = squash((b.softmax(2)[..., None] * u_hat).sum(1))
                b = b + (u_hat * v[:, None]).sum(-1)
            return v

        def forward(self, x: Tensor) -> Tensor:
            return self.capsules(x).square().sum(-1).add(1e-8).sqrt()

    model = CapsuleNetwork()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(600, 32)

    def step() -> Tensor:
        batch = next(rows)
        v, one_hot = model.capsules(x[batch]), F.one_hot(t[batch], 6).float()
        length = v.square().sum(-1).add(1e-8).sqrt()
        margin = one_hot * F.relu(0.9 - length) ** 2 + 0.5 * (1 - one_hot) * F.relu(length - 0.1) ** 2
        rebuilt = model.decoder((v * one_hot[..., None]).flatten(1))
        loss = margin.sum(1).mean() + 0.0005 * F.mse_loss(rebuilt, x[batch].flatten(1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 150, lambda: classifies(model, x, t))


@tutorial(
    "https://github.com/labmlai/annotated_deep_learning_paper_implementations/blob/master/labml_nn/distillation/__init__.py"
)
def distillation() -> Program:
    """A small convolutional net learns from a larger one that is trained already (in the first part here, with its own
    optimiser) at temperature 5, KL divergence of softened outputs with weight 0.9 beside cross-entropy, Adam."""
    x, t = pictures(800, noise=0.3)

    def cnn(width: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(1, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, padding=1), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(4),
            nn.Flatten(), nn.Linear(4 * width, 10),
        )  # fmt: skip

    large, small = cnn(16), cnn(6)
    teacher_optimizer = torch.optim.Adam(large.parameters(), lr=3e-3)
    teach = plain(large, teacher_optimizer, F.cross_entropy, x, t, 64)
    for _ in range(80):
        teach()
    large.eval()
    optimizer = torch.optim.Adam(small.parameters(), lr=3e-3)
    rows = batches(800, 64)

    def step() -> Tensor:
        batch = next(rows)
        with torch.no_grad():
            soft = F.log_softmax(large(x[batch]) / 5, 1)
        out = small(x[batch])
        kl = F.kl_div(F.log_softmax(out / 5, 1), soft, reduction="batchmean", log_target=True)
        loss = 0.9 * kl * 25 + 0.1 * F.cross_entropy(out, t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(small, optimizer, step, 300, lambda: classifies(small, x, t))


@tutorial("https://github.com/vwxyzjn/cleanrl/blob/master/cleanrl/ppo.py")
def clean_ppo() -> Program:
    """Proximal policy optimisation in one file: actor and critic with layers of 64 and tanh, orthogonal weights, GAE
    with 0.95, clipping at 0.2, normalised advantages, entropy 0.01, value loss 0.5, Adam with eps 1e-5 and a rate that
    falls, gradients clipped at 0.5, four epochs of minibatches. A walk to a goal on a board, 16 at once, 24 steps."""
    size, goal = 6, torch.tensor([2, 4])
    moves = torch.tensor([[-1, 0], [1, 0], [0, -1], [0, 1]])
    places = torch.cartesian_prod(torch.arange(size), torch.arange(size))

    def layer_init(layer: nn.Linear, std: float = 2**0.5) -> nn.Linear:
        nn.init.orthogonal_(layer.weight, std)
        nn.init.zeros_(layer.bias)
        return layer

    class Agent(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.critic = nn.Sequential(
                layer_init(nn.Linear(2, 64)), nn.Tanh(), layer_init(nn.Linear(64, 64)), nn.Tanh(),
                layer_init(nn.Linear(64, 1), 1.0),
            )  # fmt: skip
            self.actor = nn.Sequential(
                layer_init(nn.Linear(2, 64)), nn.Tanh(), layer_init(nn.Linear(64, 64)), nn.Tanh(),
                layer_init(nn.Linear(64, 4), 0.01),
            )  # fmt: skip

        def get(self, obs: Tensor) -> tuple[torch.distributions.Categorical, Tensor]:
            x = obs.float() / (size - 1) * 2 - 1
            return torch.distributions.Categorical(logits=self.actor(x)), self.critic(x)[..., 0]

    agent = Agent()
    optimizer = torch.optim.Adam(agent.parameters(), lr=2e-3, eps=1e-5)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, 120)
    obs = torch.randint(size, (16, 2))

    def iteration() -> Tensor:
        nonlocal obs
        seen, acts, logps, rewards, dones, values = [], [], [], [], [], []
        with torch.no_grad():
            for _ in range(24):
                policy, value = agent.get(obs)
                action = policy.sample()
                after = (obs + moves[action]).clamp(0, size - 1)
                done = (after == goal).all(1)
                for store, item in zip(
                    (seen, acts, logps, rewards, dones, values),
                    (obs, action, policy.log_prob(action), done.float() - 0.03, done.float(), value),
                    strict=True,
                ):
                    store.append(item)
                obs = torch.where(done[:, None], torch.randint(size, (16, 2)), after)
            following, advantage, advantages = agent.get(obs)[1], torch.zeros(16), []
            for k in reversed(range(24)):
                delta = rewards[k] + 0.95 * following * (1 - dones[k]) - values[k]
                advantage = delta + 0.95 * 0.95 * (1 - dones[k]) * advantage
                advantages.insert(0, advantage)
                following = values[k]
        b_obs, b_acts, b_logps, b_adv, b_val = (torch.cat(part) for part in (seen, acts, logps, advantages, values))
        returns = b_adv + b_val
        for _ in range(4):
            for rows in torch.randperm(len(b_obs)).chunk(4):
                policy, value = agent.get(b_obs[rows])
                ratio = (policy.log_prob(b_acts[rows]) - b_logps[rows]).exp()
                adv = (b_adv[rows] - b_adv[rows].mean()) / (b_adv[rows].std() + 1e-8)
                pg_loss = torch.max(-adv * ratio, -adv * ratio.clamp(0.8, 1.2)).mean()
                v_loss = 0.5 * (value - returns[rows]).square().mean()
                loss = pg_loss - 0.01 * policy.entropy().mean() + 0.5 * v_loss
                optimizer.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
                optimizer.step()
        schedule.step()
        return loss

    def quality() -> float:
        far = (places - goal).abs().sum(1)
        after = (places[:, None] + moves).clamp(0, size - 1)
        best = ((after - goal).abs().sum(2) < far[:, None])[far > 0]
        with evaluating(agent):
            chosen = agent.get(places[far > 0])[0].probs.argmax(1)
        constant = best.float().mean(0).max().item()
        return (best[torch.arange(len(best)), chosen].float().mean().item() - constant) / (1 - constant)

    return Program(agent, optimizer, iteration, 120, quality)


@tutorial("https://github.com/pytorch/ignite/tree/master/examples/siamese_network")
def siamese_with_ignite() -> Program:
    """Triplets of waves (pictures there) through the same net, a triplet margin loss with margin 1, Adadelta at 1.0
    with a StepLR of gamma 0.7 by epochs, in steps as an engine calls them. Measured by the nearest neighbour."""
    x, t = waves(800, length=32, channels=2, classes=5)
    x = x.transpose(1, 2).contiguous()
    by_class = [(t == c).nonzero()[:, 0] for c in range(5)]

    class SiameseNetwork(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.resnet = nn.Sequential(
                nn.Conv1d(2, 16, 5, padding=2), nn.BatchNorm1d(16), nn.ReLU(), nn.MaxPool1d(2),
                nn.Conv1d(16, 32, 5, padding=2), nn.BatchNorm1d(32), nn.ReLU(), nn.AdaptiveAvgPool1d(4), nn.Flatten(),
            )  # fmt: skip
            self.fc = nn.Sequential(nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 16))

        def forward(self, a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, ...]:
            return tuple(self.fc(self.resnet(part)) for part in (a, b, c))

    model = SiameseNetwork()
    optimizer = torch.optim.Adadelta(model.parameters(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=60, gamma=0.7)
    criterion = nn.TripletMarginLoss(margin=1.0)
    rows = batches(800, 32)

    def train_step() -> Tensor:
        anchor = next(rows)
        positive = torch.stack([by_class[c][torch.randint(len(by_class[c]), ())] for c in t[anchor].tolist()])
        other = (t[anchor] + torch.randint(1, 5, (len(anchor),))) % 5
        negative = torch.stack([by_class[c][torch.randint(len(by_class[c]), ())] for c in other.tolist()])
        model.train()
        optimizer.zero_grad()
        loss = criterion(*model(x[anchor], x[positive], x[negative]))
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            z = model.fc(model.resnet(x))
            return right(t[torch.cdist(z, z).fill_diagonal_(1e9).argmin(1)], t)

    return Program(model, optimizer, train_step, 250, quality)
