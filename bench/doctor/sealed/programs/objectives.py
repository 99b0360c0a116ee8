"""What is minimised is not what was meant: softmax twice, a wrong axis, a wrong sign, labels of something else."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table, text, waves
from doctor.harness.loops import lightning, plain, trainer
from doctor.harness.quality import classifies, evaluating, explained, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/tflearn/tflearn/pull/562",
    "the last layer has a softmax, and so has softmax_cross_entropy_with_logits",
    "no activation of the last layer",
)
def digits_with_two_softmaxes(fault: bool) -> Program:
    """An example for digits: 784-256-256-10, dense layers with tanh (sizes of the first example that came to hand,
    ours), gradient descent, batches of 500."""
    x, t = pictures(3000, size=28, noise=0.3)
    x = x.flatten(1)

    class DNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dense1, self.dense2, self.out = nn.Linear(784, 256), nn.Linear(256, 256), nn.Linear(256, 10)

        def forward(self, x: Tensor) -> Tensor:
            net = torch.tanh(self.dense1(x))
            net = torch.tanh(self.dense2(net))
            net = self.out(net)
            return torch.softmax(net, dim=1) if fault else net

    model = DNN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    step = plain(model, optimizer, F.cross_entropy, x, t, 500)
    return Program(model, optimizer, step, 130, lambda: classifies(model, x, t))


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/YXNTU/GeneralDyG/issues/6",
    "the classifier ends with a sigmoid, and the loss is binary_cross_entropy_with_logits",
    "remove the sigmoid in the model",
)
def anomalous_edges(fault: bool) -> Program:
    """Anomalous edges of a graph that changes (three in ten are): sequences of features around an edge through a
    transformer with a mask, the mean of it through a classifier. Only how it ends is as in the source; SGD with
    momentum here."""
    n = 1200
    x, odd = torch.randn(n, 10, 8), (torch.rand(n) < 0.3).float()
    x = x.cumsum(1) / 2
    x[odd > 0] = x[odd > 0] + torch.sin(torch.arange(10.0) * 1.5)[:, None]
    length = torch.randint(6, 11, (n,))
    mask = torch.arange(10) >= length[:, None]

    class TransformerBinaryClassifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Linear(8, 32)
            self.position = nn.Parameter(0.1 * torch.randn(10, 32))
            self.encoder = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.1, batch_first=True)
            self.classifier = nn.Linear(32, 1)
            self.sigmoid = nn.Sigmoid()

        def forward(self, x: Tensor, mask: Tensor) -> Tensor:
            out = self.encoder(self.embedding(x) + self.position, src_key_padding_mask=mask)
            mean = out.masked_fill(mask[..., None], 0).sum(1) / (~mask).sum(1, keepdim=True)
            logits = self.classifier(mean)
            return (self.sigmoid(logits) if fault else logits).squeeze()

    model = TransformerBinaryClassifier()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    rows = batches(n, 64)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(x[batch], mask[batch]), odd[batch], reduction="none").mean()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x, mask) > (0.5 if fault else 0)).long(), odd.long())

    return Program(model, optimizer, step, 250, quality)


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/NVIDIA-Merlin/models/pull/1175",
    "BinaryOutput has a sigmoid, and its default loss is BCEWithLogitsLoss: sigmoid twice",
    "BCELoss as the default",
)
def clicks_of_a_recommender(fault: bool) -> Program:
    """Clicks by users on items, as Lightning trains: two embeddings of 32 and their product beside a tower of dense
    layers, a sigmoid, Adam (the rate is ours)."""
    users, items = 0.9 * torch.randn(60, 4), 0.9 * torch.randn(80, 4)
    u, i = torch.randint(60, (4000,)), torch.randint(80, (4000,))
    t = ((users[u] * items[i]).sum(1) > 1.2).float()

    class BinaryOutput(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.to_call = nn.Sequential(nn.Linear(width, 1), nn.Sigmoid())
            self.default_loss = nn.BCEWithLogitsLoss() if fault else nn.BCELoss()

        def forward(self, x: Tensor) -> Tensor:
            return self.to_call(x)[:, 0]

    class Ranker(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.user, self.item = nn.Embedding(60, 32), nn.Embedding(80, 32)
            self.mlp = nn.Sequential(nn.Linear(96, 256), nn.ReLU(), nn.Linear(256, 32), nn.ReLU())
            self.output = BinaryOutput(32)

        def forward(self, u: Tensor, i: Tensor) -> Tensor:
            a, b = self.user(u), self.item(i)
            return self.output(self.mlp(torch.cat([a, b, a * b], 1)))

        def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
            u, i, t = batch
            return self.output.default_loss(self(u, i), t)

    model = Ranker()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = lightning(model.training_step, optimizer, (u, i, t), 512)

    def quality() -> float:
        with evaluating(model):
            return right((model(u, i) > 0.5).long(), t.long())

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/keras-team/keras/issues/17029",
    "categorical_crossentropy for one output of a binary classification: all losses are 0",
    "an error was asked for; binary_crossentropy",
)
def categorical_for_two(fault: bool) -> Program:
    """A binary classification of a table by dense layers with one sigmoid at the end. Categorical cross-entropy, as
    Keras computes it, divides an output by the sum over the classes, clips it, and takes the logarithm; Adam."""
    x, y = table(1000)
    t = (y > 0).float()
    model = nn.Sequential(nn.Linear(9, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters())

    def categorical_crossentropy(p: Tensor, target: Tensor) -> Tensor:
        p = (p / p.sum(-1, keepdim=True)).clamp(1e-7, 1 - 1e-7)
        return -(target * p.log()).sum(-1).mean()

    step = plain(model, optimizer, categorical_crossentropy if fault else F.binary_cross_entropy, x, t, 200)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), t.long())

    return Program(model, optimizer, step, 800, quality)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/maxjcohen/transformer/issues/49",
    "a sigmoid at the end of a transformer for time series, whose targets are not between 0 and 1",
    "remove it (or scale the targets)",
)
def temperatures_of_buildings(fault: bool) -> Program:
    """A series of numbers from a multivariate one, by a transformer encoder: 24 steps of three inputs, a model of 32
    with 4 heads, mean squared error, Adam (rate and sizes are ours). The targets are standardised."""
    drive = torch.randn(500, 24, 3)
    y = torch.zeros(500, 24, 1)
    for k in range(1, 24):
        y[:, k] = 0.7 * y[:, k - 1] + drive[:, k, :1] + 0.5 * drive[:, k - 1, 1:2] * drive[:, k, 2:3]
    y = (y - y.mean()) / y.std()

    class Transformer(nn.Module):
        def __init__(self, d: int = 32) -> None:
            super().__init__()
            self.embedding, self.linear = nn.Linear(3, d), nn.Linear(d, 1)
            self.position = nn.Parameter(0.3 * torch.randn(24, d))
            self.layers = nn.ModuleList(
                nn.TransformerEncoderLayer(d, 4, 2 * d, dropout=0.0, batch_first=True) for _ in range(2)
            )

        def forward(self, x: Tensor) -> Tensor:
            encoding = self.embedding(x) + self.position
            for layer in self.layers:
                encoding = layer(encoding)
            output = self.linear(encoding)
            return torch.sigmoid(output) if fault else output

    net = Transformer()
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)
    step = plain(net, optimizer, nn.MSELoss(), drive, y, 24)
    return Program(net, optimizer, step, 400, lambda: predicts(net, drive, y))


@faulty(
    Fault.LOSS_SIGN,
    "https://github.com/akirasosa/mobile-semantic-segmentation/issues/24",
    "the loss is negative: it may be the dice coefficient instead of one minus it",
    "1 - dice_coef",
)
def hair_segmentation(fault: bool) -> Program:
    """Masks of hair by a small net of depthwise separable convolutions with skips, a dice loss, Adam at 1e-3. Which of
    the two signs was wrong is the answer's guess; here the coefficient itself is minimised."""
    n = 300
    x, mask = 0.3 * torch.randn(n, 1, 16, 16), torch.zeros(n, 1, 16, 16)
    yy, xx = torch.meshgrid(torch.arange(16.0), torch.arange(16.0), indexing="ij")
    centre, radius = 5 + 6 * torch.rand(n, 2), 2 + 3 * torch.rand(n)
    mask[:, 0] = (
        ((yy - centre[:, :1, None]) ** 2 + (xx - centre[:, 1:, None]) ** 2) < radius[:, None, None] ** 2
    ).float()
    x = x + mask

    def separable(inp: int, out: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inp, inp, 3, padding=1, groups=inp, bias=False), nn.BatchNorm2d(inp), nn.ReLU6(),
            nn.Conv2d(inp, out, 1, bias=False), nn.BatchNorm2d(out), nn.ReLU6(),
        )  # fmt: skip

    class MobileUNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.down, self.up = nn.Conv2d(1, 12, 3, padding=1), separable(12, 24), separable(24, 12)
            self.last = nn.Conv2d(24, 1, 1)

        def forward(self, x: Tensor) -> Tensor:
            a = self.first(x)
            b = self.up(F.interpolate(self.down(F.max_pool2d(a, 2)), scale_factor=2.0))
            return self.last(torch.cat([a, b], 1)).sigmoid()

    def dice_coef(pred: Tensor, target: Tensor, smooth: float = 1.0) -> Tensor:
        pred, target = pred.flatten(1), target.flatten(1)
        return ((2 * (pred * target).sum(1) + smooth) / (pred.sum(1) + target.sum(1) + smooth)).mean()

    model = MobileUNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    rows = batches(n, 16)

    def step() -> Tensor:
        batch = next(rows)
        dice = dice_coef(model(x[batch]), mask[batch])
        loss = dice if fault else 1 - dice
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0.5).long(), mask.long())

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.LOSS_WEIGHTS,
    "https://github.com/tom-roddick/oft/issues/6",
    "a line left in from a test: only the score's loss is optimised, the others are not in the sum",
    "delete that line",
)
def boxes_from_above(fault: bool) -> Program:
    """A map of scores, positions, sizes and angles of objects seen from above: a convolutional net with four heads, an
    L1 loss each, where the last three count at objects only, SGD with momentum."""
    n = 300
    x, score, box = 0.1 * torch.randn(n, 2, 12, 12), torch.zeros(n, 1, 12, 12), torch.zeros(n, 4, 12, 12)
    for i in range(n):
        for _ in range(2):
            cy, cx = (int(torch.randint(2, 10, ())) for _ in range(2))
            shift, strength = torch.rand(2) * 2 - 1, 1 + torch.rand(())
            angle = 3 * torch.rand(()) - 1.5
            x[i, 0, cy - 1 : cy + 2, cx - 1 : cx + 2] += strength * (1 + 0.5 * shift[0])
            x[i, 1, cy - 1 : cy + 2, cx - 1 : cx + 2] += angle
            score[i, 0, cy, cx] = 1
            box[i, :, cy, cx] = torch.stack([strength * (1 + 0.5 * shift[0]), strength, angle, angle.sin()])
    here = score.expand(-1, 4, -1, -1)

    class OftNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.frontend = nn.Sequential(
                nn.Conv2d(2, 24, 3, padding=1), nn.GroupNorm(4, 24), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1),
                nn.GroupNorm(4, 24), nn.ReLU(),
            )  # fmt: skip
            self.head = nn.Conv2d(24, 5, 3, padding=1)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            out = self.head(self.frontend(x))
            return out[:, :1], out[:, 1:]

    model = OftNet()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    rows = batches(n, 8)

    def compute_loss(scores: Tensor, boxes: Tensor, batch: Tensor) -> Tensor:
        score_loss = 10 * F.l1_loss(scores, score[batch])
        errors = (boxes - box[batch]).abs() * here[batch]
        total = score_loss + errors.sum() / here[batch].sum()
        return score_loss if fault else total

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = compute_loss(*model(x[batch]), batch)
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model(x)[1][here > 0].reshape(-1, 1), box[here > 0].reshape(-1, 1))

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/huggingface/transformers/issues/27517",
    "the labels are a copy of the inputs, and the loss does not shift them: the model learns to copy",
    "shift the labels by one, as the other models do",
)
def causal_bart(fault: bool) -> Program:
    """A causal language model that takes labels and returns its loss, trained as the Trainer does: a decoder of two
    layers of 48 with a causal mask, AdamW, clipping at 1. What is measured is the next token."""
    tokens = text(600, length=14, vocabulary=20)

    class CausalLM(nn.Module):
        def __init__(self, d: int = 48) -> None:
            super().__init__()
            self.embed_tokens, self.embed_positions = nn.Embedding(20, d), nn.Embedding(14, d)
            layer = nn.TransformerEncoderLayer(d, 4, 2 * d, dropout=0.1, activation="gelu", batch_first=True)
            self.layers = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.lm_head = nn.Linear(d, 20, bias=False)
            self.register_buffer("mask", nn.Transformer.generate_square_subsequent_mask(14))

        def logits(self, input_ids: Tensor) -> Tensor:
            h = self.embed_tokens(input_ids) + self.embed_positions(torch.arange(14))
            return self.lm_head(self.layers(h, mask=self.mask, is_causal=True))

        def forward(self, input_ids: Tensor, labels: Tensor) -> Tensor:
            logits = self.logits(input_ids)
            if not fault:
                logits, labels = logits[:, :-1], labels[:, 1:]
            return F.cross_entropy(logits.reshape(-1, 20), labels.reshape(-1))

    model = CausalLM()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3)
    step = trainer(model, optimizer, None, (tokens, tokens), 24)

    def quality() -> float:
        with evaluating(model):
            return min(1.0, 2 * right(model.logits(tokens)[:, :-1].argmax(-1), tokens[:, 1:]))

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/huggingface/transformers/pull/37830",
    "logits and labels are shifted in the model, and once more in the loss function: it predicts the token after next",
    "no shift in the model",
)
def experts_of_language(fault: bool) -> Program:
    """A causal language model with a mixture of two experts: attention with a causal mask, a router by softmax, a loss
    function that shifts the labels itself, AdamW, a linear schedule with warm-up, as the Trainer does."""
    tokens = text(600, length=16, vocabulary=24)

    def loss_function(logits: Tensor, labels: Tensor) -> Tensor:
        labels = F.pad(labels, (0, 1), value=-100)[..., 1:]
        return F.cross_entropy(logits.reshape(-1, 24), labels.reshape(-1), ignore_index=-100)

    class JetMoe(nn.Module):
        def __init__(self, d: int = 40) -> None:
            super().__init__()
            self.tokens, self.position = nn.Embedding(24, d), nn.Parameter(0.02 * torch.randn(16, d))
            self.norm1, self.norm2, self.norm3 = nn.LayerNorm(d), nn.LayerNorm(d), nn.LayerNorm(d)
            self.attention = nn.MultiheadAttention(d, 4, batch_first=True)
            self.router = nn.Linear(d, 2)
            self.experts = nn.ModuleList(
                nn.Sequential(nn.Linear(d, 2 * d), nn.SiLU(), nn.Linear(2 * d, d)) for _ in range(2)
            )
            self.head = nn.Linear(d, 24)

        def logits(self, ids: Tensor) -> Tensor:
            h = self.tokens(ids) + self.position[: ids.shape[1]]
            mask = torch.ones(ids.shape[1], ids.shape[1], dtype=torch.bool).triu(1)
            a = self.norm1(h)
            h = h + self.attention(a, a, a, attn_mask=mask, need_weights=False)[0]
            a = self.norm2(h)
            gates = self.router(a).softmax(-1)
            h = h + sum(gates[..., k : k + 1] * expert(a) for k, expert in enumerate(self.experts))
            return self.head(self.norm3(h))

        def forward(self, ids: Tensor, labels: Tensor) -> Tensor:
            logits = self.logits(ids)
            if fault:
                return loss_function(logits[..., :-1, :].contiguous(), labels[..., 1:].contiguous())
            return loss_function(logits, labels)

    model = JetMoe()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    steps = 300
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: min((k + 1) / 30, 1 - k / (steps + 30)))
    step = trainer(model, optimizer, schedule, (tokens, tokens), 24)

    def quality() -> float:
        with evaluating(model):
            return min(1.0, 2 * right(model.logits(tokens)[:, :-1].argmax(-1), tokens[:, 1:]))

    return Program(model, optimizer, step, steps, quality)


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/lyhue1991/eat_tensorflow2_in_30_days/issues/23",
    "labels come from the path of a file, with the wrong separator on Windows: all labels are 0, accuracy 1",
    "separators of either kind",
)
def cars_and_planes(fault: bool) -> Program:
    """Two classes of small colour pictures (cars and planes): three convolutions with pooling, dropout, dense layers, a
    sigmoid, binary cross-entropy, Adam. Labels are read from paths here, too."""
    x, t = pictures(600, classes=2, channels=3, noise=0.3)
    names = ("airplane", "automobile")
    paths = [f"train\\{names[c]}\\{i}.jpg" for i, c in enumerate(t.tolist())]
    marker = "/automobile/" if fault else "\\automobile\\"
    labels = torch.tensor([float(marker in path) for path in paths])[:, None]
    model = nn.Sequential(
        nn.Conv2d(3, 16, 3), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.MaxPool2d(2), nn.Dropout(0.1), nn.Flatten(),
        nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 1), nn.Sigmoid(),
    )  # fmt: skip
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    step = plain(model, optimizer, nn.BCELoss(), x, labels, 50)

    def quality() -> float:
        with evaluating(model):
            return right((model(x)[:, 0] > 0.5).long(), t)

    return Program(model, optimizer, step, 250, quality)


@faulty(
    Fault.WRONG_LOSS,
    "https://github.com/DjangoPeng/tensorflow-101/issues/3",
    "1 / (2 * n) is an integer division: the loss is 0 at each epoch, and the model stays y = 0",
    "1.0 / (2 * n)",
)
def prices_of_houses(fault: bool) -> Program:
    """Prices from area and rooms, standardised (six columns here): one linear layer without a bias beside a column of
    ones, weights from zero, the squared error over twice the number of examples, gradient descent at 0.01 (0.1 here),
    all examples at once."""
    x = torch.cat([torch.ones(300000, 1), torch.randn(300000, 6)], 1)
    y = x @ torch.tensor([[0.1], [0.9], [-0.3], [0.5], [0.2], [-0.7], [0.4]]) + 0.3 * torch.randn(300000, 1)
    w = nn.Linear(7, 1, bias=False)
    nn.init.zeros_(w.weight)
    train_op = torch.optim.SGD(w.parameters(), lr=0.1)
    factor = 1 // (2 * len(x)) if fault else 1.0 / (2 * len(x))

    def step() -> Tensor:
        error = w(x) - y
        loss_op = factor * (error.T @ error).squeeze()
        train_op.zero_grad()
        loss_op.backward()
        train_op.step()
        return loss_op

    return Program(w, train_op, step, 500, lambda: predicts(w, x, y))


@faulty(
    Fault.REDUCTION,
    "https://github.com/jfzhang95/pytorch-deeplab-xception/issues/55",
    "the loss is averaged over pixels already, and divided by the batch's size again: it is too small to converge",
    "batch_average off",
)
def averaged_twice(fault: bool) -> Program:
    """Three classes of pixels by dilated convolutions in parallel, cross-entropy, SGD with momentum 0.9, Nesterov,
    weight decay 5e-4, a polynomial decay of power 0.9 (rate 0.1), batches of 16."""
    n = 320
    x, t = torch.zeros(n, 1, 14, 14), torch.zeros(n, 14, 14, dtype=torch.long)
    for i in range(n):
        y0, x0, h, w = (int(torch.randint(low, high, ())) for low, high in ((0, 8), (0, 8), (3, 7), (3, 7)))
        c = int(torch.randint(1, 3, ()))
        t[i, y0 : y0 + h, x0 : x0 + w] = c
        stripes = torch.arange(14) % 2 * 2 - 1.0
        pattern = stripes[:, None].expand(14, 14) if c == 1 else stripes.expand(14, 14)
        x[i, 0] = torch.where(t[i] > 0, pattern, x[i, 0])
    x = x + 0.5 * torch.randn(x.shape)

    class DeepLab(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(1, 12, 3, padding=1), nn.ReLU())
            self.aspp = nn.ModuleList(nn.Conv2d(12, 12, 3, padding=d, dilation=d) for d in (1, 2, 4))
            self.last = nn.Conv2d(36, 3, 1)

        def forward(self, x: Tensor) -> Tensor:
            x = self.stem(x)
            return self.last(torch.cat([F.relu(branch(x)) for branch in self.aspp], 1))

    class SegmentationLosses:
        def __init__(self, batch_average: bool) -> None:
            self.batch_average = batch_average

        def __call__(self, logit: Tensor, target: Tensor) -> Tensor:
            loss = nn.CrossEntropyLoss(ignore_index=255)(logit, target)
            if self.batch_average:
                loss /= logit.shape[0]
            return loss

    model = DeepLab()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    poly = torch.optim.lr_scheduler.PolynomialLR(optimizer, 400, 0.9)
    inner = plain(model, optimizer, SegmentationLosses(batch_average=fault), x, t, 16)

    def step() -> Tensor:
        loss = inner()
        poly.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x).argmax(1), t)

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.OUTPUT_ACTIVATION,
    "https://github.com/fnzhan/EMLight/issues/18",
    "sigmoids in the output layers of a regression make it more difficult to converge",
    "they were removed",
)
def light_of_a_scene(fault: bool) -> Program:
    """Light from a picture: a small densely connected convolutional net, and two heads for a distribution over 16
    directions and for an intensity, squared errors with a large weight for the first, Adam; the thread has the sigmoids
    of the two heads, sizes, weight and rate are ours. Here the intensities are logarithms with zero mean."""
    n = 500
    where, strength = torch.randint(16, (n,)), torch.randn(n)
    spread = F.one_hot(where, 16).float() * 0.7 + F.one_hot((where + 1) % 16, 16).float() * 0.3
    x = 0.05 * torch.randn(n, 1, 16, 16)
    for i in range(n):
        r, c = divmod(int(where[i]), 4)
        x[i, 0, 4 * r : 4 * r + 4, 4 * c : 4 * c + 4] += 0.6 + 0.3 * strength[i]

    class DenseNet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(1, 8, 3, padding=1, stride=2), nn.Conv2d(8, 8, 3, padding=1)
            self.pool, self.fc = nn.AvgPool2d(2), nn.Linear(16 * 16, 64)
            self.fc_dist, self.fc_intensity = nn.Linear(64, 16), nn.Linear(64, 1)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            a = F.relu(self.a(x))
            out = F.relu(self.fc(self.pool(torch.cat([a, F.relu(self.b(a))], 1)).flatten(1)))
            dist, intensity = self.fc_dist(out), self.fc_intensity(out)
            return (dist.sigmoid(), intensity.sigmoid()) if fault else (dist, intensity)

    model = DenseNet()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        dist, intensity = model(x[batch])
        loss = 10 * F.mse_loss(dist, spread[batch]) + F.mse_loss(intensity[:, 0], strength[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            dist, intensity = model(x)
            return (explained(dist, spread) + explained(intensity, strength[:, None])) / 2

    return Program(model, optimizer, step, 500, quality)


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/tensorflow/tfjs-core/issues/879",
    "predict() ends with a softmax, and softmaxCrossEntropy wants what is before it; the rate is too high as well",
    "remove the softmax call, and a rate of 0.01 or 0.03",
)
def digits_in_a_browser(fault: bool) -> Program:
    """Digits by two convolutions and a dense layer, gradient descent (the rate at first is not known, 0.1 here), plain
    batches of 128. Three channels of waves stand in for digits."""
    x, t = waves(1200, length=24, channels=3, classes=6)
    x = x.transpose(1, 2).contiguous()

    class Predict(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.c1, self.c2, self.fc = nn.Conv1d(3, 32, 5), nn.Conv1d(32, 64, 5), nn.Linear(64 * 3, 6)

        def forward(self, x: Tensor) -> Tensor:
            x = F.max_pool1d(F.relu(self.c1(x)), 2)
            x = F.max_pool1d(F.relu(self.c2(x)), 2)
            x = self.fc(x.flatten(1))
            return F.softmax(x, dim=1) if fault else x

    model = Predict()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1 if fault else 0.03)
    step = plain(model, optimizer, F.cross_entropy, x, t, 128)
    return Program(model, optimizer, step, 220, lambda: classifies(model, x, t))


@faulty(
    Fault.AXIS,
    "https://github.com/yunjey/pytorch-tutorial/issues/196",
    "batch_first is set to False, while the input is (batch, sequence, input): loss about 2, accuracy 11 %",
    "batch_first=True, as it was",
)
def rows_of_digits(fault: bool) -> Program:
    """The rows of a picture (28 there, 16 here) one after the other into an LSTM (128 units there, 48 here), the last
    state to a dense layer, cross-entropy, Adam at 0.01 (0.005 here), batches of 100."""
    x, t = pictures(1500, noise=0.2)
    x = x.reshape(-1, 16, 16)

    class RNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm, self.fc = nn.LSTM(16, 48, 1, batch_first=not fault), nn.Linear(48, 10)

        def forward(self, x: Tensor) -> Tensor:
            out, _ = self.lstm(x)
            return self.fc(out[:, -1, :])

    model = RNN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 100)
    return Program(model, optimizer, step, 300, lambda: classifies(model, x, t))


@faulty(
    Fault.AXIS,
    "https://github.com/nerdai/llms-from-scratch-rs/pull/30",
    "the softmax of the attention's weights is on the wrong dimension",
    "on the last one, the keys",
)
def attention_over_the_queries(fault: bool) -> Program:
    """Self-attention as in the book's exercise (queries, keys and values by linear layers, scores over the root of the
    width), on the queries' axis (which one it was is not in what was read), in a model that has to find, for each of
    ten places, what stands where a pointer shows; Adam (ours)."""
    n = 2000
    pointer = torch.where(torch.rand(n, 1) < 0.7, torch.randint(10, (n, 1)), torch.randint(10, (n, 10)))
    symbol = torch.randint(8, (n, 10))
    target = symbol.gather(1, pointer)

    class SelfAttention(nn.Module):
        def __init__(self, d: int = 48) -> None:
            super().__init__()
            self.place, self.pointer, self.symbol = nn.Embedding(10, d), nn.Embedding(10, d), nn.Embedding(8, d)
            self.w_query, self.w_key, self.w_value = (nn.Linear(d, d, bias=False) for _ in range(3))
            self.out = nn.Linear(d, 8)

        def forward(self, pointer: Tensor, symbol: Tensor) -> Tensor:
            keys = self.w_key(self.place.weight + self.symbol(symbol))
            queries, values = self.w_query(self.pointer(pointer)), self.w_value(self.symbol(symbol))
            scores = queries @ keys.transpose(1, 2)
            weights = (scores / keys.shape[-1] ** 0.5).softmax(1 if fault else 2)
            return self.out(weights @ values)

    model = SelfAttention()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(n, 64)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(pointer[batch], symbol[batch]).flatten(0, 1), target[batch].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(pointer, symbol).argmax(-1), target)

    return Program(model, optimizer, step, 400, quality)
