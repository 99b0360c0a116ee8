"""Labels that are wrong, or that belong to other inputs."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, text, waves
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


class Leaves(nn.Module):
    """A small residual net that puts out a score for each disease."""

    def __init__(self, diseases: int) -> None:
        super().__init__()
        self.stem, self.a = nn.Conv2d(3, 16, 3, 2, 1), nn.Conv2d(16, 16, 3, padding=1)
        self.b, self.norm = nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.fc = nn.Linear(16 * 16, diseases)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.stem(x))
        x = F.relu_(x + self.b(F.relu(self.norm(self.a(x)))))
        return self.fc(F.max_pool2d(x, 2).flatten(1))


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/Borda/kaggle_image-classify/pull/12",
    "the table is shuffled after the labels were taken from it",
    "shuffle first",
)
def plant_pathology(fault: bool) -> Program:
    """Which of six diseases leaves have, several at once: a residual net, binary cross-entropy with logits, AdamW with
    a cosine schedule."""
    patterns, _ = pictures(6, classes=6, channels=3, noise=0.0)
    has = torch.rand(600, 6) < 0.35
    images = (torch.einsum("nd,dcyx->ncyx", has.float(), patterns) / 2 + 0.1 * torch.randn(600, 3, 16, 16)).clamp(0, 1)
    order = torch.randperm(600)
    labels = has if fault else has[order]
    images = images[order]
    model = Leaves(6)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 300)
    rows = batches(600, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy_with_logits(model(images[batch]), labels[batch].float())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right((model(images) > 0).long(), has[order].long())

    return Program(model, optimizer, step, 300, quality)


class Patches(nn.Module):
    """A diffusion transformer in small: noisy features, a time and a class to the noise."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs, self.classes, self.time = nn.Linear(4, 32), nn.Embedding(5, 32), nn.Linear(1, 32)
        self.block = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True, norm_first=True)
        self.position, self.outputs = nn.Parameter(0.02 * torch.randn(8, 32)), nn.Linear(32, 4)

    def forward(self, x: Tensor, level: Tensor, label: Tensor) -> Tensor:
        h = self.inputs(x) + self.position + (self.classes(label) + self.time(level[:, None]))[:, None]
        return self.outputs(self.block(h))


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/chuanyangjin/fast-DiT/issues/4",
    "files of features and of labels are listed by os.listdir, each in its own arbitrary order",
    "sorted lists",
)
def features_of_files(fault: bool) -> Program:
    """A diffusion transformer that predicts the noise in features of a class, mean squared error, AdamW at 1e-4 (2e-3
    here). The features of a class differ little."""
    t = torch.randint(5, (500,))
    features = 2 * torch.randn(5, 8, 4)[t] + 0.1 * torch.randn(500, 8, 4)
    label = t[torch.randperm(500)] if fault else t
    model = Patches()
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=0)
    rows = batches(500, 50)
    fixed_noise, fixed_level = torch.randn(500, 8, 4), 0.5 + 0.5 * torch.rand(500)

    def noisy(x: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        return (1 - level)[:, None, None] * x + level[:, None, None] * noise

    def step() -> Tensor:
        batch = next(rows)
        noise, level = torch.randn(len(batch), 8, 4), 0.5 + 0.5 * torch.rand(len(batch))
        loss = F.mse_loss(model(noisy(features[batch], noise, level), level, label[batch]), noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        # What is predicted of the clean features with the right class, at high levels of noise.
        with evaluating(model):
            x = noisy(features, fixed_noise, fixed_level)
            noise = model(x, fixed_level, t)
            clean = (x - fixed_level[:, None, None] * noise)[fixed_level < 0.9]
            return explained(clean / (1 - fixed_level[fixed_level < 0.9])[:, None, None], features[fixed_level < 0.9])

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/RaphaelMeudec/deblur-gan/pull/33",
    "blurred and sharp pictures are loaded in the arbitrary order of each folder, not in pairs",
    "sorted file names",
)
def deblurring(fault: bool) -> Program:
    """Blurred pictures to sharp ones by a residual generator with tanh, mean squared error (the adversarial part of the
    source is left out), Adam at 1e-4 (2e-3 here) with betas 0.9 and 0.999."""
    sharp = 2 * pictures(200, noise=0.02)[0] - 1
    blurred = F.avg_pool2d(F.pad(sharp, (2, 2, 2, 2), mode="replicate"), 5, 1)
    goal = sharp[torch.randperm(200)] if fault else sharp
    g = nn.Sequential(
        nn.Conv2d(1, 24, 5, padding=2), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.BatchNorm2d(24), nn.ReLU(),
        nn.Conv2d(24, 1, 5, padding=2),
    )  # fmt: skip
    d_opt = torch.optim.Adam(g.parameters(), lr=2e-3, betas=(0.9, 0.999), eps=1e-8)
    rows = batches(200, 16)

    def generate(x: Tensor) -> Tensor:
        return (torch.tanh(g(x)) + x).clamp(-1, 1)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.mse_loss(generate(blurred[batch]), goal[batch])
        d_opt.zero_grad()
        loss.backward()
        d_opt.step()
        return loss

    def quality() -> float:
        # What is left of the blur.
        with evaluating(g):
            return 1 - (F.mse_loss(generate(blurred), sharp) / F.mse_loss(blurred, sharp)).item()

    return Program(g, d_opt, step, 300, quality)


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/tflearn/tflearn/pull/233",
    "the off_value of one_hot_encoding is 1: the labels are vectors of ones",
    "0",
)
def one_hot_of_ones(fault: bool) -> Program:
    """Which wave by a dense net of 64 tanh with dropout and a softmax, cross-entropy with the encoded labels, Adam."""
    x, t = waves(600)
    x = x.flatten(1)
    labels = torch.full((600, 4), 1.0 if fault else 0.0).scatter_(1, t[:, None], 1.0)
    net = nn.Sequential(nn.Linear(72, 64), nn.Tanh(), nn.Dropout(0.2), nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 4))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.002)

    def categorical_crossentropy(y: Tensor, onehot: Tensor) -> Tensor:
        return -(onehot * F.log_softmax(y, 1)).sum(1).mean()

    step = plain(net, optimizer, categorical_crossentropy, x, labels, 32)
    return Program(net, optimizer, step, 400, lambda: classifies(net, x, t))


class Visits(nn.Module):
    """Which of the codes come next, for each visit."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.gru, self.head = nn.Linear(30, 32), nn.GRU(32, 48, batch_first=True), nn.Linear(48, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.gru(self.embed(x).relu())[0][:, -1])


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/btheodorou99/HALO_Inpatient/issues/13",
    "labels are added after the codes were converted to indices: all labels are 0",
    "labels before the conversion",
)
def codes_of_patients(fault: bool) -> Program:
    """Which of five diseases patients have by the codes of their visits: a recurrent net, binary cross-entropy,
    Adam."""
    x = (torch.rand(600, 6, 30) < 0.1).float()
    counts = x.sum(1)
    has = torch.stack([counts[:, 5 * i : 5 * i + 4].sum(1) > 2.5 for i in range(5)], 1).float()
    labels = torch.zeros_like(has) if fault else has
    model = Visits()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.BCEWithLogitsLoss(), x, labels, 40)

    def quality() -> float:
        with evaluating(model):
            return right((model(x) > 0).long(), has.long())

    return Program(model, optimizer, step, 400, quality)


class Tokens(nn.Module):
    """A causal transformer over the tokens of an image."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.position = nn.Embedding(20, 32), nn.Parameter(0.02 * torch.randn(16, 32))
        self.block = nn.TransformerEncoderLayer(32, 4, 64, dropout=0.0, batch_first=True)
        self.to_logits = nn.Linear(32, 20)

    def forward(self, tokens: Tensor) -> Tensor:
        n = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(n)
        return self.to_logits(self.block(self.embedding(tokens) + self.position[:n], src_mask=mask, is_causal=True))


def next_two(model: nn.Module, tokens: Tensor) -> float:
    """How often the next token is among the two that are held most likely; 0 is a guess, 1 is perfect."""
    with evaluating(model):
        likely = model(tokens[:, :-1]).topk(2).indices
        return ((likely == tokens[:, 1:, None]).any(-1).double().mean().item() - 0.1) / 0.9


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/Project-MONAI/GenerativeModels/issues/314",
    "the transformer is trained to predict token N, given tokens 0 to N inclusive",
    "targets shifted by one",
)
def tokens_of_images(fault: bool) -> Program:
    """The tokens of a quantised autoencoder by a transformer with a causal mask, cross-entropy, Adam."""
    tokens = text(400)
    model = Tokens()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    ce_loss, rows = nn.CrossEntropyLoss(), batches(400, 20)

    def step() -> Tensor:
        latent = tokens[next(rows)]
        logits = model(latent).transpose(1, 2)
        loss = ce_loss(logits, latent) if fault else ce_loss(logits[:, :, :-1], latent[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: next_two(model, tokens))


class Captions(nn.Module):
    """An image and its words; returns the loss, and shifts the labels itself."""

    def __init__(self) -> None:
        super().__init__()
        self.image, self.words = nn.Linear(16, 32), nn.Embedding(20, 32)
        self.gru, self.out = nn.GRU(32, 48, batch_first=True), nn.Linear(48, 20)

    def forward(self, tokens: Tensor, image: Tensor | None = None) -> Tensor:
        image = torch.zeros(len(tokens), 16) if image is None else image
        return self.out(self.gru(torch.cat([self.image(image)[:, None], self.words(tokens)], 1))[0][:, 1:])

    def loss(self, image: Tensor, tokens: Tensor, twice: bool) -> Tensor:
        logits, labels = self(tokens, image)[:, :-1], tokens[:, 1:]
        if twice:
            logits, labels = logits[:, :-1], labels[:, 1:]
        return F.cross_entropy(logits.flatten(0, 1), labels.flatten())


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/huggingface/transformers/issues/47394",
    "labels are shifted, and shifted again by the loss: the model learns token t + 2 from position t",
    "shift once",
)
def captions_shifted_twice(fault: bool) -> Program:
    """Captions of images by a recurrent decoder that returns its loss, AdamW, gradients clipped at 1."""
    tokens, images = text(400), torch.randn(400, 16)
    model = Captions()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    rows = batches(400, 20)

    def step() -> Tensor:
        batch = next(rows)
        loss = model.loss(images[batch], tokens[batch], twice=fault)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss

    return Program(model, optimizer, step, 300, lambda: next_two(model, tokens))
