"""Programs of courses and guides that are known to work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, text, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Program, tutorial


@tutorial("https://github.com/karpathy/ng-video-lecture/blob/master/bigram.py")
def bigram() -> Program:
    """A table of logits, one row a character, AdamW at 1e-2, 128 sequences of 8 at random places of a text; the model
    returns logits and loss. Best guesses are right in half of the cases here, which counts as one."""
    data = torch.cat(list(text(400, length=20, vocabulary=40)))

    class BigramLanguageModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.token_embedding_table = nn.Embedding(40, 40)

        def forward(self, idx: Tensor, targets: Tensor | None = None) -> tuple[Tensor, Tensor | None]:
            logits = self.token_embedding_table(idx)
            if targets is None:
                return logits, None
            b, t, c = logits.shape
            logits = logits.view(b * t, c)
            return logits, F.cross_entropy(logits, targets.view(b * t))

    model = BigramLanguageModel()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)

    def step() -> Tensor:
        ix = torch.randint(len(data) - 8, (128,))
        xb = torch.stack([data[i : i + 8] for i in ix])
        yb = torch.stack([data[i + 1 : i + 9] for i in ix])
        _, loss = model(xb, yb)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return min(1.0, 2 * right(model(data[None, :-1])[0][0].argmax(1), data[1:]))

    return Program(model, optimizer, step, 1000, quality)


@tutorial("https://d2l.ai/chapter_convolutional-neural-networks/lenet.html")
def lenet() -> Program:
    """Two convolutions with sigmoids and average pooling, dense layers of 120 and 84 with sigmoids, Xavier's weights,
    gradient descent at 0.1 (with batches of 16 and at 0.8 here, six classes), cross-entropy."""
    x, t = pictures(500, classes=6, noise=0.05)
    x = (x - 0.5) * 4
    net = nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2, 2), nn.Conv2d(6, 16, 5), nn.Sigmoid(),
        nn.AvgPool2d(2, 2), nn.Flatten(), nn.Linear(64, 120), nn.Sigmoid(), nn.Linear(120, 84), nn.Sigmoid(),
        nn.Linear(84, 6),
    )  # fmt: skip

    def init_cnn(module: nn.Module) -> None:
        if type(module) in (nn.Linear, nn.Conv2d):
            nn.init.xavier_uniform_(module.weight)

    net.apply(init_cnn)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.8)
    step = plain(net, optimizer, F.cross_entropy, x, t, 16)
    return Program(net, optimizer, step, 1000, lambda: classifies(net, x, t))


@tutorial("https://d2l.ai/chapter_generative-adversarial-networks/gan.html")
def gan_of_a_gaussian() -> Program:
    """Points of a Gaussian by a generator of one linear layer against a discriminator of 5 and 3 with tanh, binary
    cross-entropy with logits, Adam at 0.05 for the discriminator and 0.005 for the generator, batches of 8 (1000 here).
    Measured by the distance of the means, as a share of their norm."""
    a = torch.tensor([[1.0, 2.0], [-0.1, 0.5]])
    data = torch.randn(8000, 2) @ a + torch.tensor([1.0, 2.0])
    net_g = nn.Sequential(nn.Linear(2, 2))
    net_d = nn.Sequential(nn.Linear(2, 5), nn.Tanh(), nn.Linear(5, 3), nn.Tanh(), nn.Linear(3, 1))
    for net in (net_g, net_d):
        for w in net.parameters():
            nn.init.normal_(w, 0, 0.02)
    both = nn.ModuleDict({"generator": net_g, "discriminator": net_d})
    trainer_d = torch.optim.Adam(net_d.parameters(), lr=0.05)
    trainer_g = torch.optim.Adam(net_g.parameters(), lr=0.005)
    loss = nn.BCEWithLogitsLoss(reduction="sum")
    rows = batches(8000, 1000)
    ones, zeros = torch.ones(1000, 1), torch.zeros(1000, 1)

    def step() -> Tensor:
        real = data[next(rows)]
        z = torch.randn(1000, 2)
        trainer_d.zero_grad()
        fake = net_g(z)
        loss_d = (loss(net_d(real), ones[: len(real)]) + loss(net_d(fake.detach()), zeros)) / 2
        loss_d.backward()
        trainer_d.step()
        trainer_g.zero_grad()
        loss_g = loss(net_d(fake), ones)
        loss_g.backward()
        trainer_g.step()
        return loss_g / 1000

    def quality() -> float:
        with evaluating(both):
            off = net_g(torch.randn(8000, 2)).mean(0) - data.mean(0)
        return 1 - (off.norm() / data.mean(0).norm()).item()

    return Program(both, trainer_g, step, 1000, quality)


@tutorial("https://d2l.ai/chapter_natural-language-processing-pretraining/word2vec-pretraining.html")
def skip_gram() -> Program:
    """Skip-gram with negative sampling: two embeddings of 100, a batched product of centre and of contexts and
    five noise words, binary cross-entropy with a mask, Adam (0.002 in the book, 0.005 here), batches of 512. Words come
    in groups here; measured is whether a word's nearest neighbour is of its group."""
    group = torch.arange(60) % 6
    members = [(group == g).nonzero()[:, 0] for g in range(6)]
    center = torch.randint(60, (3000,))
    context = torch.stack([members[g][torch.randint(10, (4,))] for g in group[center].tolist()])
    count = torch.randint(1, 5, (3000,))
    real = (torch.arange(4) < count[:, None]).float()

    def skip(c: Tensor, words: Tensor, v: nn.Embedding, u: nn.Embedding) -> Tensor:
        return torch.bmm(v(c), u(words).permute(0, 2, 1))

    net = nn.Sequential(nn.Embedding(60, 100), nn.Embedding(60, 100))
    for embedding in net:
        nn.init.xavier_uniform_(embedding.weight)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.005)
    rows = batches(3000, 512)

    def step() -> Tensor:
        batch = next(rows)
        noise = torch.randint(60, (len(batch), 8))
        candidates = torch.cat([context[batch], noise], 1)
        label = torch.cat([real[batch], torch.zeros(noise.shape)], 1)
        mask = torch.cat([real[batch], torch.ones(noise.shape)], 1)
        pred = skip(center[batch, None], candidates, net[0], net[1])[:, 0]
        out = F.binary_cross_entropy_with_logits(pred, label, weight=mask, reduction="none").mean(1)
        loss = (out / mask.sum(1) * mask.shape[1]).sum() / len(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        unit = F.normalize(net[0].weight.detach())
        return right(group[(unit @ unit.T).fill_diagonal_(-2).argmax(1)], group)

    return Program(net, optimizer, step, 500, quality)


@tutorial("https://d2l.ai/chapter_attention-mechanisms-and-transformers/bahdanau-attention.html")
def additive_attention() -> Program:
    """Translation (here of a sequence into its reverse, in another alphabet) by GRUs, the decoder with additive
    attention to the encoder's states, teacher forcing, Adam at 0.005, gradients clipped at 1; 256 units there, 48
    here."""
    source = torch.randint(12, (1200, 6))
    target = (source.flip(1) * 5 + 3) % 12

    class Seq2Seq(nn.Module):
        def __init__(self, d: int = 48) -> None:
            super().__init__()
            self.source, self.target = nn.Embedding(12, d), nn.Embedding(13, d)
            self.encoder, self.decoder = nn.GRU(d, d, batch_first=True), nn.GRUCell(2 * d, d)
            self.w_q, self.w_k, self.w_v = (nn.Linear(d, k, bias=False) for k in (d, d, 1))
            self.dense = nn.Linear(d, 12)

        def forward(self, x: Tensor, y: Tensor) -> Tensor:
            memory, state = self.encoder(self.source(x))
            state, keys, outputs = state[0], self.w_k(memory), []
            inputs = torch.cat([torch.full((len(y), 1), 12), y[:, :-1]], 1)
            for k in range(y.shape[1]):
                scores = self.w_v(torch.tanh(self.w_q(state)[:, None] + keys))
                context = (scores.softmax(1) * memory).sum(1)
                state = self.decoder(torch.cat([context, self.target(inputs[:, k])], 1), state)
                outputs.append(self.dense(state))
            return torch.stack(outputs, 1)

    model = Seq2Seq()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    rows = batches(1200, 64)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(source[batch], target[batch]).flatten(0, 1), target[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(source, target).argmax(-1), target)

    return Program(model, optimizer, step, 350, quality)


@tutorial("https://d2l.ai/chapter_recommender-systems/fm.html")
def factorization_machine() -> Program:
    """A factorisation machine of clicks: four fields of ten values, embeddings of 20, half the difference of
    the square of the sum and the sum of squares plus a linear part, sigmoid cross-entropy, Adam at 0.02."""
    fields = torch.randint(10, (4000, 4)) + torch.arange(4) * 10
    hidden = torch.randn(40, 3)
    total = hidden[fields].sum(1)
    score = 0.5 * (total.square() - hidden[fields].square().sum(1)).sum(1)
    t = (score > score.median()).float()

    class FM(nn.Module):
        def __init__(self, inputs: int, factors: int) -> None:
            super().__init__()
            self.embedding, self.fc = nn.Embedding(inputs, factors), nn.Embedding(inputs, 1)
            self.bias = nn.Parameter(torch.zeros(1))
            nn.init.normal_(self.embedding.weight, std=0.1)
            nn.init.zeros_(self.fc.weight)

        def forward(self, x: Tensor) -> Tensor:
            e = self.embedding(x)
            pairs = 0.5 * (e.sum(1).square() - e.square().sum(1)).sum(1)
            return self.bias + self.fc(x).sum((1, 2)) + pairs

    model = FM(40, 20)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
    step = plain(model, optimizer, nn.BCEWithLogitsLoss(), fields, t, 2048)

    def quality() -> float:
        with evaluating(model):
            return right((model(fields) > 0).long(), t.long())

    return Program(model, optimizer, step, 500, quality)


@tutorial("https://d2l.ai/chapter_natural-language-processing-applications/sentiment-analysis-cnn.html")
def text_cnn() -> Program:
    """Two embeddings, one of which stays as it is, convolutions of widths 3, 4 and 5 (100 channels there, 48 here) with
    ReLU and pooling over time, dropout 0.5, a dense layer, Adam at 0.001 (0.002 here), batches of 64."""
    tokens, t = words(1500, length=16, vocabulary=80, classes=2)

    class TextCNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.constant_embedding = nn.Embedding(80, 24), nn.Embedding(80, 24)
            self.constant_embedding.weight.requires_grad_(False)
            self.dropout, self.decoder = nn.Dropout(0.5), nn.Linear(144, 2)
            self.pool = nn.AdaptiveMaxPool1d(1)
            self.convs = nn.ModuleList(nn.Conv1d(48, 48, k) for k in (3, 4, 5))

        def forward(self, inputs: Tensor) -> Tensor:
            embeddings = torch.cat((self.embedding(inputs), self.constant_embedding(inputs)), dim=2).permute(0, 2, 1)
            encoding = torch.cat([self.pool(F.relu(conv(embeddings))).squeeze(-1) for conv in self.convs], dim=1)
            return self.decoder(self.dropout(encoding))

    net = TextCNN()
    trainer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=0.002)
    loss = nn.CrossEntropyLoss(reduction="none")
    step = plain(net, trainer, lambda out, target: loss(out, target).mean(), tokens, t, 64)
    return Program(net, trainer, step, 300, lambda: classifies(net, tokens, t))


@tutorial("https://d2l.ai/chapter_recommender-systems/autorec.html")
def autorec() -> Program:
    """Ratings of items by users, of which most are missing: an autoencoder with a sigmoid in the middle (500 there, 400
    here), dropout 0.05, the error where a rating is known, Adam at 0.002 with weight decay 1e-5, batches of 256."""
    ratings = torch.randn(600, 3) @ torch.randn(3, 50)
    known = (torch.rand(600, 50) < 0.5).float()
    x = ratings / ratings.std() * known

    class AutoRec(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder, self.dropout, self.decoder = nn.Linear(50, 400), nn.Dropout(0.05), nn.Linear(400, 50)

        def forward(self, x: Tensor) -> Tensor:
            return self.decoder(self.dropout(torch.sigmoid(self.encoder(x))))

    model = AutoRec()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005, weight_decay=1e-5)
    rows = batches(600, 300)

    def step() -> Tensor:
        batch = next(rows)
        loss = (known[batch] * (model(x[batch]) - x[batch])).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x)[known > 0][:, None], x[known > 0][:, None])

    return Program(model, optimizer, step, 800, quality)


@tutorial("https://github.com/bentrevett/pytorch-sentiment-analysis/blob/main/1%20-%20Neural%20Bag%20of%20Words.ipynb")
def bag_of_words() -> Program:
    """A neural bag of words: the mean of embeddings (300 there, 200 here) with padding, a dense layer, cross-entropy,
    Adam's default rate (0.005 here)."""
    tokens, t = words(2500, length=20, vocabulary=200, classes=2)
    tokens = tokens + 1
    tokens[torch.arange(20) >= torch.randint(10, 21, (2500, 1))] = 0

    class NBoW(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding, self.fc = nn.Embedding(201, 200, padding_idx=0), nn.Linear(200, 2)

        def forward(self, ids: Tensor) -> Tensor:
            return self.fc(self.embedding(ids).mean(dim=1))

    model = NBoW()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), tokens, t, 512)
    return Program(model, optimizer, step, 400, lambda: classifies(model, tokens, t))


@tutorial(
    "https://github.com/bentrevett/pytorch-sentiment-analysis/blob/main/2%20-%20Recurrent%20Neural%20Networks.ipynb"
)
def packed_lstm() -> Program:
    """A bidirectional LSTM of two layers (300 units there, 32 here) over packed sequences of different lengths, the
    last states of both directions, dropout 0.5 (0.3 here), Adam at 5e-4 (3e-3 here), weights of the LSTM orthogonal."""
    tokens, t = words(1200, length=14, vocabulary=60, classes=2)
    length = torch.randint(8, 15, (1200,))
    tokens = (tokens + 1).masked_fill(torch.arange(14) >= length[:, None], 0)

    class LSTM(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(61, 32, padding_idx=0)
            self.lstm = nn.LSTM(32, 32, 2, bidirectional=True, dropout=0.3, batch_first=True)
            self.fc, self.dropout = nn.Linear(64, 2), nn.Dropout(0.3)

        def forward(self, ids: Tensor, length: Tensor) -> Tensor:
            packed = nn.utils.rnn.pack_padded_sequence(
                self.dropout(self.embedding(ids)), length, batch_first=True, enforce_sorted=False
            )
            hidden = self.lstm(packed)[1][0]
            return self.fc(self.dropout(torch.cat([hidden[-1], hidden[-2]], dim=-1)))

    model = LSTM()
    for name, p in model.lstm.named_parameters():
        if "bias" in name:
            nn.init.zeros_(p)
        else:
            nn.init.orthogonal_(p)
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(1200, 64)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(tokens[batch], length[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(tokens, length).argmax(1), t)

    return Program(model, optimizer, step, 200, quality)


@tutorial("https://github.com/keras-team/keras-io/blob/master/examples/keras_recipes/antirectifier.py")
def antirectifier() -> Program:
    """A layer of one's own in the place of ReLU: less the mean, positive and negative parts side by side, times a
    matrix back to the old width; dense layers of 256 (128 here), dropout 0.5, RMSprop at 0.001, batches of 128."""
    x, t = pictures(1500, noise=0.3)

    class Antirectifier(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.kernel = nn.Parameter(torch.randn(2 * width, width) * math.sqrt(1 / width))

        def forward(self, x: Tensor) -> Tensor:
            x = x - x.mean(-1, keepdim=True)
            return torch.cat([F.relu(x), F.relu(-x)], -1) @ self.kernel

    model = nn.Sequential(
        nn.Flatten(), nn.Linear(256, 128), Antirectifier(128), nn.Linear(128, 128), Antirectifier(128), nn.Dropout(0.5),
        nn.Linear(128, 10),
    )  # fmt: skip
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 128)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@tutorial(
    "https://github.com/keras-team/keras-io/blob/master/examples/keras_recipes/approximating_non_function_mappings.py"
)
def mixture_density() -> Program:
    """A mapping that is no function (x = y + 0.3 sin(2 pi y) + noise, the other way round) by a mixture density
    network: dense layers with ReLU, 10 (6 here) components with means, deviations and weights, minus the log
    likelihood, Adam. Measured by how near the likeliest component's mean is to a solution of the equation."""
    y = 4 * torch.rand(2000, 1) - 2
    x = y + 0.3 * torch.sin(2 * math.pi * y) + 0.05 * (2 * torch.rand(2000, 1) - 1)

    class MDN(nn.Module):
        def __init__(self, components: int = 6) -> None:
            super().__init__()
            self.base = nn.Sequential(nn.Linear(1, 200), nn.ReLU(), nn.Linear(200, 200), nn.ReLU())
            self.mus, self.sigmas, self.pi = (nn.Linear(200, components) for _ in range(3))

        def forward(self, x: Tensor) -> torch.distributions.MixtureSameFamily:
            h = self.base(x)
            each = torch.distributions.Normal(self.mus(h), 1 + F.elu(self.sigmas(h)) + 1e-3)
            weights = torch.distributions.Categorical(logits=self.pi(h))
            return torch.distributions.MixtureSameFamily(weights, each)

    model = MDN()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(2000, 250)

    def step() -> Tensor:
        batch = next(rows)
        loss = -model(x[batch]).log_prob(y[batch, 0]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            mixture = model(x)
            best = mixture.component_distribution.loc.gather(1, mixture.mixture_distribution.logits.argmax(1)[:, None])
        return explained(best + 0.3 * torch.sin(2 * math.pi * best), x)

    return Program(model, optimizer, step, 700, quality)


@tutorial("https://github.com/keras-team/keras-io/blob/master/examples/generative/real_nvp.py")
def real_nvp() -> Program:
    """Density of two moons by affine couplings (six, four here): nets of 256 (64 here) with ReLU, tanh for the scales,
    a little weight decay, Adam at 1e-4 (2e-3 here), batches of 256. Measured against a Gaussian with the data's mean
    and covariance: the gain in likelihood, a nat and a quarter counts as one."""
    angle, moon = math.pi * torch.rand(2000), torch.randint(2, (2000,)).float()
    points = torch.stack([angle.cos() + moon, angle.sin() * (1 - 2 * moon) + 0.5 * moon], 1)
    points = points + 0.05 * torch.randn(2000, 2)
    data = (points - points.mean(0)) / points.std(0)
    gaussian = torch.distributions.MultivariateNormal(data.mean(0), data.T.cov())
    baseline = gaussian.log_prob(data).mean().item()

    class Coupling(nn.Module):
        def __init__(self, first: int) -> None:
            super().__init__()
            self.first = first
            self.s = nn.Sequential(
                nn.Linear(1, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1), nn.Tanh()
            )
            self.t = nn.Sequential(nn.Linear(1, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, 1))

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            kept, other = x[:, self.first, None], x[:, 1 - self.first, None]
            s = self.s(kept)
            other = (other - self.t(kept)) * torch.exp(-s)
            parts = (kept, other) if self.first == 0 else (other, kept)
            return torch.cat(parts, 1), -s[:, 0]

    class RealNVP(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = nn.ModuleList(Coupling(k % 2) for k in range(4))

        def log_prob(self, x: Tensor) -> Tensor:
            total = torch.zeros(len(x))
            for layer in self.layers:
                x, log_det = layer(x)
                total = total + log_det
            return total - 0.5 * x.square().sum(1) - math.log(2 * math.pi)

    flow = RealNVP()
    optimizer = torch.optim.Adam(flow.parameters(), lr=2e-3, weight_decay=1e-5)
    rows = batches(2000, 256)

    def step() -> Tensor:
        loss = -flow.log_prob(data[next(rows)]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(flow):
            return min(1.0, (flow.log_prob(data).mean().item() - baseline) / 1.25)

    return Program(flow, optimizer, step, 600, quality)


@tutorial("https://d2l.ai/chapter_linear-regression/linear-regression-scratch.html")
def regression_from_scratch() -> Program:
    """Linear regression with weights of deviation 0.01 and a bias of zero, half the squared error, an optimiser of
    one's own that subtracts the rate (0.03) times the gradient, batches of 200; two weights there, 400 here."""
    x = torch.randn(2000, 400)
    y = x @ torch.randn(400, 1) + 4.2 + 0.5 * torch.randn(2000, 1)

    class SGD(torch.optim.Optimizer):
        def __init__(self, params: list[Tensor], lr: float) -> None:
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure: None = None) -> None:
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        param -= group["lr"] * param.grad

    class LinearRegressionScratch(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w = nn.Parameter(0.01 * torch.randn(400, 1))
            self.b = nn.Parameter(torch.zeros(1))

        def forward(self, x: Tensor) -> Tensor:
            return x @ self.w + self.b

        def loss(self, y_hat: Tensor, y: Tensor) -> Tensor:
            return ((y_hat - y) ** 2 / 2).mean()

    model = LinearRegressionScratch()
    optimizer = SGD(list(model.parameters()), lr=0.03)
    rows = batches(2000, 200)

    def step() -> Tensor:
        batch = next(rows)
        loss = model.loss(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 1000, lambda: predicts(model, x, y))
