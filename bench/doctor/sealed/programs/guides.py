"""Programs that work: examples of libraries and official repositories."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, pictures, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial
from doctor.sealed.programs.gauges import fluency, nearest_mean


@tutorial("https://flax.readthedocs.io/en/latest/mnist_tutorial.html")
def flax_digits() -> Program:
    """Conv 32 and 64 of 3 x 3 with ReLU and average pooling, Dense 256, ten logits; AdamW with 0.005 and a first beta
    of 0.9, batch 32. Quarters of the widths are ours."""
    x, t = pictures(1000)

    class CNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 8, 3, padding="same"), nn.Conv2d(8, 16, 3, padding="same")
            self.linear1, self.linear2 = nn.Linear(256, 64), nn.Linear(64, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = F.avg_pool2d(F.relu(self.conv1(x)), 2, 2)
            x = F.avg_pool2d(F.relu(self.conv2(x)), 2, 2)
            return self.linear2(F.relu(self.linear1(x.flatten(1))))

    model = CNN()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.005, betas=(0.9, 0.999), weight_decay=1e-4)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(model, optimizer, step, 800, lambda: classifies(model, x, t))


@tutorial("https://docs.kidger.site/equinox/examples/train_rnn/")
def turning_spirals() -> Program:
    """Spirals that turn one way or the other, 16 points of two numbers; a GRU cell of 16, applied in a loop, one output
    with a sigmoid and a bias; binary cross-entropy; Adam with 0.003, batch 32."""
    n = 2000
    t = torch.arange(n) % 2
    moments = torch.linspace(0, 2 * math.pi, 16)
    offset = 2 * math.pi * torch.rand(n, 1)
    angle = (moments + offset) * torch.where(t == 0, 1, -1)[:, None]
    x = torch.stack([angle.sin(), angle.cos()], 2) / (1 + moments)[None, :, None]

    class RNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.cell = nn.GRUCell(2, 16)
            self.linear = nn.Linear(16, 1, bias=False)
            self.bias = nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor) -> Tensor:
            hidden = x.new_zeros(len(x), 16)
            for moment in x.unbind(1):
                hidden = self.cell(moment, hidden)
            return torch.sigmoid(self.linear(hidden) + self.bias).squeeze(1)

    model = RNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.BCELoss(), x, t.float(), 32)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), t)

    return Program(model, optimizer, step, 700, quality)


@tutorial("https://github.com/vsitzmann/siren/blob/master/explore_siren.ipynb")
def siren() -> Program:
    """A picture as a function of its coordinates: sine layers with a frequency of 30 and their initial weights, a
    linear output, mean squared error on all pixels, Adam with 0.0001 (0.0005 here). Two layers of 64 and 40 x 40 pixels
    are ours."""
    side = torch.linspace(-1, 1, 40)
    coords = torch.stack(torch.meshgrid(side, side, indexing="ij"), 2).reshape(-1, 2)
    waves_ = torch.randn(8, 2) * 4
    pixels = torch.tanh((coords @ waves_.T + 6 * torch.rand(8)).sin().sum(1, keepdim=True))

    class SineLayer(nn.Module):
        def __init__(self, inputs: int, outputs: int, first: bool = False) -> None:
            super().__init__()
            self.omega_0, self.linear = 30, nn.Linear(inputs, outputs)
            bound = 1 / inputs if first else math.sqrt(6 / inputs) / self.omega_0
            nn.init.uniform_(self.linear.weight, -bound, bound)

        def forward(self, x: Tensor) -> Tensor:
            return torch.sin(self.omega_0 * self.linear(x))

    final = nn.Linear(64, 1)
    nn.init.uniform_(final.weight, -math.sqrt(6 / 64) / 30, math.sqrt(6 / 64) / 30)
    net = nn.Sequential(SineLayer(2, 64, first=True), SineLayer(64, 64), SineLayer(64, 64), final)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.0005)
    step = plain(net, optimizer, nn.MSELoss(), coords, pixels, 1600)
    return Program(net, optimizer, step, 500, lambda: predicts(net, coords, pixels))


@tutorial("https://pytorch-geometric.readthedocs.io/en/latest/get_started/introduction.html")
def citations() -> Program:
    """Two graph convolutions with 16 hidden channels, ReLU and dropout, log-softmax; nll_loss on the nodes for
    training; Adam with 0.01 and a weight decay of 0.0005, 200 epochs on the whole graph. A graph of 2,000 papers of six
    kinds with noisy words is ours, and what is measured are all nodes."""
    n, kinds = 2000, 6
    t = torch.randint(kinds, (n,))
    same = t[:, None] == t[None]
    a = (torch.rand(n, n) < torch.where(same, 0.009, 0.0006)).float()
    a = ((a + a.T) > 0).float() + torch.eye(n)
    degree = a.sum(1)
    a = a / (degree[:, None] * degree[None]).sqrt()
    own = torch.rand(kinds, 100) < 0.1
    x = (torch.rand(n, 100) < torch.where(own[t], 0.2, 0.05)).float()
    train_mask = torch.rand(n) < 0.4

    class GCNConv(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.lin, self.bias = nn.Linear(inputs, outputs, bias=False), nn.Parameter(torch.zeros(outputs))

        def forward(self, x: Tensor, a: Tensor) -> Tensor:
            return a @ self.lin(x) + self.bias

    class GCN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = GCNConv(100, 16), GCNConv(16, kinds)

        def forward(self, x: Tensor, a: Tensor) -> Tensor:
            x = F.dropout(F.relu(self.conv1(x, a)), training=self.training)
            return F.log_softmax(self.conv2(x, a), dim=1)

    model = GCN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, weight_decay=5e-4)

    def step() -> Tensor:
        model.train()
        optimizer.zero_grad()
        out = model(x, a)
        loss = F.nll_loss(out[train_mask], t[train_mask])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x, a).argmax(1), t)

    return Program(model, optimizer, step, 200, quality)


@tutorial("https://docs.dgl.ai/tutorials/blitz/4_link_predict.html")
def predicted_links() -> Program:
    """GraphSAGE with two layers of 16 and means over neighbours, a dot product for each pair, binary cross-entropy with
    logits of edges and of as many pairs without an edge, Adam with 0.01. The graph of 1,000 nodes in twelve groups is
    ours."""
    n, groups = 1000, 12
    t = torch.randint(groups, (n,))
    a = (torch.rand(n, n) < torch.where(t[:, None] == t[None], 0.15, 0.0006)).float().triu(1)
    a = a + a.T
    x = torch.eye(groups)[t] + 0.7 * torch.randn(n, groups)
    mean = a / a.sum(1, keepdim=True).clamp(min=1)
    u, v = a.triu(1).nonzero(as_tuple=True)

    class SAGEConv(nn.Module):
        def __init__(self, inputs: int, outputs: int) -> None:
            super().__init__()
            self.fc_self, self.fc_neigh = nn.Linear(inputs, outputs), nn.Linear(inputs, outputs, bias=False)

        def forward(self, h: Tensor) -> Tensor:
            return self.fc_self(h) + self.fc_neigh(mean @ h)

    model = nn.Sequential(SAGEConv(groups, 16), nn.ReLU(), SAGEConv(16, 16))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    far_u, far_v = (a + torch.eye(n) == 0).triu(1).nonzero(as_tuple=True)

    def pairs(count: int) -> tuple[Tensor, Tensor]:
        chosen = torch.randint(len(far_u), (count,))
        return far_u[chosen], far_v[chosen]

    def step() -> Tensor:
        h = model(x)
        nu, nv = pairs(len(u))
        scores = torch.cat([(h[u] * h[v]).sum(1), (h[nu] * h[nv]).sum(1)])
        labels = torch.cat([torch.ones(len(u)), torch.zeros(len(u))])
        loss = F.binary_cross_entropy_with_logits(scores, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model), torch.random.fork_rng(devices=[]):
            h = model(x)
            nu, nv = pairs(len(u))
            scores = torch.cat([(h[u] * h[v]).sum(1), (h[nu] * h[nv]).sum(1)])
        return right((scores > 0).long(), torch.cat([torch.ones(len(u)), torch.zeros(len(u))]).long())

    return Program(model, optimizer, step, 400, quality)


@tutorial("https://github.com/sthalles/SimCLR/blob/master/simclr.py")
def two_views() -> Program:
    """Two noisy, shifted views of each picture; an encoder and a projection; normalised features, their similarities
    divided by a temperature of 0.07, cross-entropy with the other view of the same picture first; Adam with a cosine
    schedule. A small encoder, 0.001, batches of 64 are ours."""
    x, t = pictures(800, classes=6, noise=0.05)
    encoder = nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 32),
    )
    model = nn.Sequential(encoder, nn.Sequential(nn.ReLU(), nn.Linear(32, 16)))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=300)
    rows = batches(800, 64)

    def view(x: Tensor) -> Tensor:
        shifts = torch.randint(-2, 3, (2,)).tolist()
        return x.roll(shifts, (2, 3)) * (0.7 + 0.6 * torch.rand(len(x), 1, 1, 1)) + 0.1 * torch.randn(x.shape)

    def info_nce_loss(features: Tensor) -> tuple[Tensor, Tensor]:
        n = len(features) // 2
        labels = torch.cat([torch.arange(n), torch.arange(n)])
        labels = labels[None] == labels[:, None]
        features = F.normalize(features, dim=1)
        similarity = features @ features.T
        mask = torch.eye(2 * n, dtype=torch.bool)
        labels, similarity = labels[~mask].view(2 * n, -1), similarity[~mask].view(2 * n, -1)
        logits = torch.cat([similarity[labels].view(2 * n, -1), similarity[~labels].view(2 * n, -1)], dim=1)
        return logits / 0.07, torch.zeros(2 * n, dtype=torch.long)

    def step() -> Tensor:
        images = x[next(rows)]
        logits, labels = info_nce_loss(model(torch.cat([view(images), view(images)])))
        loss = F.cross_entropy(logits, labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return nearest_mean(F.normalize(encoder(x)), t)

    return Program(model, optimizer, step, 300, quality)


@tutorial("https://www.tensorflow.org/text/tutorials/word2vec")
def skip_grams() -> Program:
    """Skip-gram with negative samples: two embeddings, the dot products of a word with one word near it and four words
    from anywhere, softmax cross-entropy with the first as the label; Adam. Texts of 40 words whose neighbours come from
    the same topic, 16 numbers a word (128), a rate of 0.01 are ours."""
    topics = torch.arange(40) // 8
    n = 30000
    target = torch.randint(40, (n,))
    near = topics[target] * 8 + torch.randint(8, (n,))

    class Word2Vec(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.target_embedding, self.context_embedding = nn.Embedding(40, 16), nn.Embedding(40, 16)
            for table in (self.target_embedding, self.context_embedding):
                nn.init.uniform_(table.weight, -0.05, 0.05)

        def forward(self, target: Tensor, context: Tensor) -> Tensor:
            return torch.einsum("be,bce->bc", self.target_embedding(target), self.context_embedding(context))

    word2vec = Word2Vec()
    optimizer = torch.optim.Adam(word2vec.parameters(), lr=0.01)
    rows = batches(n, 2048)

    def step() -> Tensor:
        batch = next(rows)
        context = torch.cat([near[batch, None], torch.randint(40, (len(batch), 4))], 1)
        loss = F.cross_entropy(word2vec(target[batch], context), torch.zeros(len(batch), dtype=torch.long))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        """How many words have, among all others, one of their own topic as the most likely neighbour."""
        with evaluating(word2vec):
            scores = word2vec.target_embedding.weight @ word2vec.context_embedding.weight.T
        return right(topics[scores.argmax(1)], topics)

    return Program(word2vec, optimizer, step, 600, quality)


@tutorial("https://github.com/greydanus/hamiltonian-nn/blob/master/experiment-spring/train.py")
def spring() -> Program:
    """A net gives one number of position and momentum, whose derivatives are turned into the field; mean squared error
    of the field; tanh, orthogonal weights, Adam with 0.001 on all points. 64 units (200), a rate of 0.003 and 2,000
    points are ours."""
    x = 2 * torch.rand(2000, 2) - 1
    dxdt = torch.stack([2 * x[:, 1], -2 * x[:, 0]], 1) + 0.05 * torch.randn(2000, 2)

    class HNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear1, self.linear2, self.linear3 = nn.Linear(2, 64), nn.Linear(64, 64), nn.Linear(64, 1, bias=False)
            for layer in (self.linear1, self.linear2, self.linear3):
                nn.init.orthogonal_(layer.weight)
            self.register_buffer("M", torch.tensor([[0.0, 1.0], [-1.0, 0.0]]))

        def forward(self, x: Tensor) -> Tensor:
            return self.linear3(torch.tanh(self.linear2(torch.tanh(self.linear1(x)))))

        def time_derivative(self, x: Tensor) -> Tensor:
            with torch.enable_grad():
                x = x.detach().requires_grad_()
                dh = torch.autograd.grad(self(x).sum(), x, create_graph=True)[0]
            return dh @ self.M.T

    model = HNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003, weight_decay=1e-4)

    def step() -> Tensor:
        loss = (dxdt - model.time_derivative(x)).square().mean()
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    return Program(model, optimizer, step, 400, lambda: explained(model.time_derivative(x).detach(), dxdt))


@tutorial("https://github.com/fxia22/pointnet.pytorch/blob/master/utils/train_classification.py")
def clouds() -> Program:
    """PointNet: a transform that a small net predicts from all points, convolutions of width 1 with batch
    normalisation, the maximum over points, a classifier with dropout 0.3; nll_loss and a penalty of 0.001 for
    transforms that are not orthogonal; Adam with 0.001, lowered every 20 epochs. 64 points of four bodies, eighths of
    the widths, and batches of 16 are ours."""
    n = 480
    t = torch.randint(4, (n,))
    p = torch.randn(n, 64, 3)
    ball, cube = p / p.norm(dim=2, keepdim=True), (p / p.abs().amax(2, keepdim=True))
    disc = torch.cat([ball[..., :2] * torch.rand(n, 64, 1).sqrt(), 0.05 * p[..., 2:]], 2)
    stick = torch.cat([0.1 * p[..., :2], 2 * torch.rand(n, 64, 1) - 1], 2)
    x = torch.stack([ball, cube, disc, stick])[t, torch.arange(n)] + 0.02 * torch.randn(n, 64, 3)
    x = x.transpose(1, 2)

    class STN3d(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv1, self.conv2 = nn.Conv1d(3, 16, 1), nn.Conv1d(16, 64, 1)
            self.fc1, self.fc2 = nn.Linear(64, 32), nn.Linear(32, 9)
            self.bn1, self.bn2, self.bn3 = nn.BatchNorm1d(16), nn.BatchNorm1d(64), nn.BatchNorm1d(32)

        def forward(self, x: Tensor) -> Tensor:
            x = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
            x = F.relu(self.bn3(self.fc1(x.amax(2))))
            return self.fc2(x).view(-1, 3, 3) + torch.eye(3)

    class PointNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stn = STN3d()
            self.conv1, self.conv2 = nn.Conv1d(3, 16, 1), nn.Conv1d(16, 64, 1)
            self.bn1, self.bn2, self.bn3 = nn.BatchNorm1d(16), nn.BatchNorm1d(64), nn.BatchNorm1d(32)
            self.fc1, self.dropout, self.fc2 = nn.Linear(64, 32), nn.Dropout(0.3), nn.Linear(32, 4)

        def forward(self, x: Tensor) -> Tensor:
            self.trans = self.stn(x)
            x = torch.bmm(x.transpose(2, 1), self.trans).transpose(2, 1)
            x = F.relu(self.bn1(self.conv1(x)))
            x = self.bn2(self.conv2(x)).amax(2)
            x = F.relu(self.bn3(self.dropout(self.fc1(x))))
            return F.log_softmax(self.fc2(x), dim=1)

    classifier = PointNet()
    optimizer = torch.optim.Adam(classifier.parameters(), lr=0.001, betas=(0.9, 0.999))
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=20, gamma=0.5)
    rows, seen = batches(n, 16), []

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        classifier.train()
        loss = F.nll_loss(classifier(x[batch]), t[batch])
        trans = classifier.trans
        gap = torch.bmm(trans, trans.transpose(2, 1)) - torch.eye(3)
        loss += gap.norm(dim=(1, 2)).mean() * 0.001
        loss.backward()
        optimizer.step()
        seen.append(len(batch))
        if len(seen) % 30 == 0:
            scheduler.step()
        return loss

    return Program(classifier, optimizer, step, 400, lambda: classifies(classifier, x, t))


@tutorial("https://github.com/fastai/fastbook/blob/master/08_collab.ipynb")
def ratings() -> Program:
    """Factors and biases of users and films, drawn with deviation 0.01; their dot product in a sigmoid from 0 to 5.5;
    mean squared error; Adam with one cycle up to 0.005 and a weight decay of 0.1, decoupled; batch 64 (here 2,048). 120
    users, 80 films, eight factors (50), a peak of 0.02 are ours."""
    users, films = torch.randint(120, (9000,)), torch.randint(80, (9000,))
    taste, kind = torch.randn(120, 3), torch.randn(80, 3)
    stars = 3 + 0.8 * (taste[users] * kind[films]).sum(1) + 0.5 * torch.randn(120)[users] + 0.5 * torch.randn(80)[films]
    stars = (stars + 0.2 * torch.randn(9000)).clamp(0.5, 5)
    x = torch.stack([users, films], 1)

    class DotProductBias(nn.Module):
        def __init__(self, n_factors: int = 8) -> None:
            super().__init__()
            self.user_factors = nn.Parameter(torch.zeros(120, n_factors).normal_(0, 0.01))
            self.user_bias = nn.Parameter(torch.zeros(120).normal_(0, 0.01))
            self.movie_factors = nn.Parameter(torch.zeros(80, n_factors).normal_(0, 0.01))
            self.movie_bias = nn.Parameter(torch.zeros(80).normal_(0, 0.01))

        def forward(self, x: Tensor) -> Tensor:
            res = (self.user_factors[x[:, 0]] * self.movie_factors[x[:, 1]]).sum(dim=1)
            res += self.user_bias[x[:, 0]] + self.movie_bias[x[:, 1]]
            return torch.sigmoid(res) * 5.5

    model = DotProductBias()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.02, weight_decay=0.1)
    one_cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=1000)
    inner = plain(model, optimizer, nn.MSELoss(), x, stars, 2048)

    def step() -> Tensor:
        loss = inner()
        one_cycle.step()
        return loss

    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, stars))


@tutorial("https://github.com/karpathy/ng-video-lecture/blob/master/gpt.py")
def lecture_gpt() -> Program:
    """Blocks of masked heads, each with its own key, query and value, and a projection; a feed-forward part with ReLU;
    layer norms before each; dropout; AdamW with 0.0003 (0.001 in the lecture's small version). 16 tokens, 32 numbers,
    4 heads, 2 layers, 0.003, no dropout are ours."""
    data = text(400, length=17)
    n_embd, n_head, block_size = 32, 4, 16

    class Head(nn.Module):
        def __init__(self, head_size: int) -> None:
            super().__init__()
            self.key = nn.Linear(n_embd, head_size, bias=False)
            self.query = nn.Linear(n_embd, head_size, bias=False)
            self.value = nn.Linear(n_embd, head_size, bias=False)
            self.register_buffer("tril", torch.tril(torch.ones(block_size, block_size)))

        def forward(self, x: Tensor) -> Tensor:
            k, q = self.key(x), self.query(x)
            wei = q @ k.transpose(-2, -1) * k.shape[-1] ** -0.5
            wei = wei.masked_fill(self.tril == 0, float("-inf"))
            return F.softmax(wei, dim=-1) @ self.value(x)

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.heads = nn.ModuleList([Head(n_embd // n_head) for _ in range(n_head)])
            self.proj = nn.Linear(n_embd, n_embd)
            self.ffwd = nn.Sequential(nn.Linear(n_embd, 4 * n_embd), nn.ReLU(), nn.Linear(4 * n_embd, n_embd))
            self.ln1, self.ln2 = nn.LayerNorm(n_embd), nn.LayerNorm(n_embd)

        def forward(self, x: Tensor) -> Tensor:
            h = self.ln1(x)
            x = x + self.proj(torch.cat([head(h) for head in self.heads], dim=-1))
            return x + self.ffwd(self.ln2(x))

    class GPT(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token_embedding_table = nn.Embedding(20, n_embd)
            self.position_embedding_table = nn.Embedding(block_size, n_embd)
            self.blocks = nn.Sequential(Block(), Block())
            self.ln_f, self.lm_head = nn.LayerNorm(n_embd), nn.Linear(n_embd, 20)
            for module in self.modules():
                if isinstance(module, nn.Linear | nn.Embedding):
                    nn.init.normal_(module.weight, std=0.02)

        def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
            x = self.token_embedding_table(idx) + self.position_embedding_table(torch.arange(idx.shape[1]))
            logits = self.lm_head(self.ln_f(self.blocks(x)))
            if targets is None:
                return logits, None
            return logits, F.cross_entropy(logits.flatten(0, 1), targets.flatten())

    model = GPT()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)

    def step() -> Tensor:
        xb = data[torch.randint(len(data), (16,))]
        _, loss = model(xb[:, :-1], xb[:, 1:])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return fluency(model(data[:, :-1])[0].softmax(-1), data[:, :-1], data[:, 1:])

    return Program(model, optimizer, step, 350, quality)


@tutorial("https://github.com/lucidrains/vit-pytorch/blob/main/vit_pytorch/simple_vit.py")
def patches() -> Program:
    """A vision transformer with fixed sinusoidal positions: norms before and after the embedding of patches, pre-norm
    attention without biases, GELU, the mean over patches, a linear head. Pictures of 16 x 16 in patches of 4, a width
    of 32, two blocks, Adam with 0.002 are ours."""
    x, t = pictures(800, noise=0.15)

    class Attention(nn.Module):
        def __init__(self, dim: int, heads: int) -> None:
            super().__init__()
            self.heads, self.norm = heads, nn.LayerNorm(dim)
            self.to_qkv, self.to_out = nn.Linear(dim, dim * 3, bias=False), nn.Linear(dim, dim, bias=False)

        def forward(self, x: Tensor) -> Tensor:
            b, n, d = x.shape
            qkv = self.to_qkv(self.norm(x)).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            out = F.scaled_dot_product_attention(*qkv)
            return self.to_out(out.transpose(1, 2).reshape(b, n, d))

    class SimpleViT(nn.Module):
        def __init__(self, dim: int = 32, depth: int = 2) -> None:
            super().__init__()
            self.embed = nn.Sequential(nn.LayerNorm(16), nn.Linear(16, dim), nn.LayerNorm(dim))
            omega = 1.0 / (10000 ** (torch.arange(dim // 4) / (dim // 4 - 1)))
            yx = torch.cartesian_prod(torch.arange(4), torch.arange(4)).float()
            angles = yx[:, :, None] * omega
            self.register_buffer("positions", torch.cat([angles.sin(), angles.cos()], 2).flatten(1))
            self.layers = nn.ModuleList()
            for _ in range(depth):
                feed = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
                self.layers.append(nn.ModuleList([Attention(dim, 4), feed]))
            self.norm, self.linear_head = nn.LayerNorm(dim), nn.Linear(dim, 10)

        def forward(self, x: Tensor) -> Tensor:
            x = F.unfold(x, 4, stride=4).transpose(1, 2)
            x = self.embed(x) + self.positions
            for attention, feed in self.layers:
                x = attention(x) + x
                x = feed(x) + x
            return self.linear_head(self.norm(x).mean(dim=1))

    v = SimpleViT()
    optimizer = torch.optim.Adam(v.parameters(), lr=0.002)
    step = plain(v, optimizer, nn.CrossEntropyLoss(), x, t, 32)
    return Program(v, optimizer, step, 400, lambda: classifies(v, x, t))


@tutorial("https://github.com/torch/tutorials/tree/master/2_supervised")
def lua_convnet() -> Program:
    """Two stages of 5 x 5 convolutions with tanh, L2 pooling and subtractive normalisation, two linear layers with tanh
    and log-softmax; negative log-likelihood; SGD with 0.001, one example at a time. Max pooling instead, a quarter of
    the widths, batches of 8 and a rate of 0.02 are ours."""
    x, t = pictures(1000, channels=3, size=20)
    x = (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True)
    model = nn.Sequential()
    model.add_module("conv1", nn.Conv2d(3, 16, 5))
    model.add_module("tanh1", nn.Tanh())
    model.add_module("pool1", nn.MaxPool2d(2))
    model.add_module("conv2", nn.Conv2d(16, 16, 5))
    model.add_module("tanh2", nn.Tanh())
    model.add_module("pool2", nn.MaxPool2d(2))
    model.add_module("reshape", nn.Flatten())
    model.add_module("linear1", nn.Linear(64, 32))
    model.add_module("tanh3", nn.Tanh())
    model.add_module("linear2", nn.Linear(32, 10))
    model.add_module("logsoftmax", nn.LogSoftmax(1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02)
    step = plain(model, optimizer, nn.NLLLoss(), x, t, 8)
    return Program(model, optimizer, step, 1000, lambda: classifies(model, x, t))


@tutorial("https://github.com/haitongli/knowledge-distillation-pytorch/blob/master/model/net.py")
def distilled() -> Program:
    """A student learns from a teacher that was trained before: the divergence of softened outputs times alpha (0.9) and
    the square of the temperature (20), and the rest of the cross-entropy; Adam with 0.001. Dense nets of 128 and of 16
    units, and a temperature of 4, are ours."""
    x, t = blobs(4000, classes=8, columns=16, spread=4.0)
    teacher = nn.Sequential(nn.Linear(16, 128), nn.ReLU(), nn.Linear(128, 8))
    first = torch.optim.Adam(teacher.parameters(), lr=0.01)
    for _ in range(150):
        first.zero_grad()
        F.cross_entropy(teacher(x), t).backward()
        first.step()
    teacher.eval()
    student = nn.Sequential(nn.Linear(16, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.1), nn.Linear(16, 8))
    optimizer = torch.optim.Adam(student.parameters(), lr=0.003)
    alpha, temperature = 0.9, 4.0
    rows = batches(4000, 400)

    def step() -> Tensor:
        batch = next(rows)
        outputs = student(x[batch])
        with torch.no_grad():
            teacher_outputs = teacher(x[batch])
        soft = F.kl_div(
            F.log_softmax(outputs / temperature, dim=1),
            F.softmax(teacher_outputs / temperature, dim=1),
            reduction="batchmean",
        )
        loss = soft * alpha * temperature**2 + F.cross_entropy(outputs, t[batch]) * (1 - alpha)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(student, optimizer, step, 1000, lambda: classifies(student, x, t))


@tutorial("https://github.com/dpernes/deepsets-digitsum")
def sums_of_sets() -> Program:
    """Deep Sets: a net for each digit, the sum over the set, a net for the sum; the absolute error; Adam with 0.001.
    Digits as noisy vectors (not pictures), sets of up to eight, mean squared error, a rate of 0.003 are ours."""
    codes = torch.randn(10, 12)
    digits = torch.randint(10, (6000, 8))
    present = (torch.arange(8) < torch.randint(2, 9, (6000, 1))).float()
    x = codes[digits] + 0.1 * torch.randn(6000, 8, 12)
    y = (digits * present).sum(1, keepdim=True) / 10

    class InvariantModel(nn.Module):
        def __init__(self, phi: nn.Module, rho: nn.Module) -> None:
            super().__init__()
            self.phi, self.rho = phi, rho

        def forward(self, x: Tensor, present: Tensor) -> Tensor:
            return self.rho((self.phi(x) * present[..., None]).sum(1))

    phi = nn.Sequential(nn.Linear(12, 32), nn.ELU(inplace=True), nn.Linear(32, 16))
    rho = nn.Sequential(nn.Linear(16, 16), nn.ELU(inplace=True), nn.Linear(16, 1))
    model = InvariantModel(phi, rho)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(6000, 400)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(model(x[batch], present[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x, present), y)

    return Program(model, optimizer, step, 900, quality)


@tutorial("https://github.com/cleverhans-lab/cleverhans/blob/master/tutorials/torch/cifar10_tutorial.py")
def adversarial_training() -> Program:
    """Training on examples that an attack has moved (40 steps of projected gradient descent within 0.3); a net of three
    convolutions and a linear layer; cross-entropy; Adam with 0.001. One step along the sign of the gradient by 0.05,
    small widths and the pictures are ours."""
    x, t = pictures(700, noise=0.1)
    net = nn.Sequential(
        nn.Conv2d(1, 8, 8, 1),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, 2),
        nn.ReLU(),
        nn.Conv2d(16, 16, 3, 1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(64, 10),
    )
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
    loss_fn = nn.CrossEntropyLoss()
    rows = batches(700, 32)

    def fast_gradient_method(x: Tensor, y: Tensor, eps: float) -> Tensor:
        x = x.clone().detach().requires_grad_(True)
        loss_fn(net(x), y).backward()
        return (x + eps * x.grad.sign()).clamp(0, 1).detach()

    def step() -> Tensor:
        batch = next(rows)
        moved = fast_gradient_method(x[batch], t[batch], 0.05)
        optimizer.zero_grad()
        loss = loss_fn(net(moved), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(net, optimizer, step, 400, lambda: classifies(net, x, t))


@tutorial("https://www.tensorflow.org/tutorials/structured_data/time_series")
def next_hours() -> Program:
    """A window of 24 hours of standardised weather; an LSTM of 32 whose outputs at each hour go through Dense to the
    temperature an hour later; mean squared error; Adam. Five columns, a rate of 0.005 (0.001) and batches of 32 are
    ours."""
    hours = torch.arange(1600.0)
    daily, slow = torch.sin(2 * math.pi * hours / 24), torch.sin(2 * math.pi * hours / 170)
    noise = 0.1 * torch.randn(1600, 2)
    series = torch.stack([daily + slow + noise[:, 0], daily.roll(6) + noise[:, 1], slow, daily * slow, daily.cos()], 1)
    series = (series - series.mean(0)) / series.std(0)
    windows = series.unfold(0, 25, 1).transpose(1, 2)
    x, y = windows[:, :-1], windows[:, 1:, :1]

    class LSTMModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.dense = nn.LSTM(5, 32, batch_first=True), nn.Linear(32, 1)

        def forward(self, x: Tensor) -> Tensor:
            return self.dense(self.lstm(x)[0])

    lstm_model = LSTMModel()
    optimizer = torch.optim.Adam(lstm_model.parameters(), lr=0.005)
    step = plain(lstm_model, optimizer, nn.MSELoss(), x, y, 32)

    def quality() -> float:
        with evaluating(lstm_model):
            return explained(lstm_model(x).flatten()[:, None], y.flatten()[:, None])

    return Program(lstm_model, optimizer, step, 900, quality)
