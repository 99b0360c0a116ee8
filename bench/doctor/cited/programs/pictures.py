"""Nets on pictures: encoders, super-resolution, and how data and schedules come to them."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import lightning, plain
from doctor.harness.quality import classifies, evaluating, explained, right
from doctor.harness.recipe import Fault, Program, faulty


class Captioner(nn.Module):
    """An image encoder whose features are taken by hooks, and a contrastive loss with texts."""

    def __init__(self, detach: bool) -> None:
        super().__init__()
        self.image = nn.Sequential(
            nn.Conv2d(1, 12, 5, stride=2, padding=2), nn.GELU(), nn.Conv2d(12, 24, 3, stride=2, padding=1), nn.GELU(),
            nn.Flatten(), nn.Linear(384, 32),
        )  # fmt: skip
        self.text = nn.Embedding(20, 32)
        self.temperature = nn.Parameter(torch.tensor(1.0))
        self.detach = detach

    def embed(self, pictures: Tensor) -> Tensor:
        features = self.image(pictures)
        return features.detach().clone() if self.detach else features.clone()

    def forward(self, pictures: Tensor, words: Tensor) -> Tensor:
        image, text = F.normalize(self.embed(pictures), dim=-1), F.normalize(self.text(words), dim=-1)
        logits = image @ text.T * self.temperature.exp()
        target = torch.arange(len(pictures))
        return (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target)) / 2


@faulty(
    Fault.DETACHED,
    "https://github.com/lucidrains/CoCa-pytorch/issues/6",
    "the extractor of the features detaches what it clones, so that no gradient comes to the image encoder",
    "do not detach",
)
def image_and_text(fault: bool) -> Program:
    """Pictures and words: two encoders, cosines times a learnt temperature, a contrastive loss in both directions,
    Adam. Each batch has one picture of each class."""
    x, t = pictures(600, 20)
    model = Captioner(fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    rows = [(t == c).nonzero().flatten() for c in range(20)]

    def step() -> Tensor:
        batch = torch.stack([each[torch.randint(len(each), ())] for each in rows])
        loss = model(x[batch], t[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            scores = F.normalize(model.embed(x), dim=-1) @ F.normalize(model.text.weight, dim=-1).T
            return right(scores.argmax(1), t)

    return Program(model, optimizer, step, 400, quality)


class SuperResolver(nn.Module):
    """A LightningModule in all but name: the trainer calls `training_step`, which calls the net."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Conv2d(1, 32, 9, padding=4), nn.ReLU(), nn.Conv2d(32, 16, 1), nn.ReLU())
        self.net.append(nn.Conv2d(16, 1, 5, padding=2))

    def training_step(self, batch: tuple[Tensor, ...]) -> Tensor:
        small, large = batch
        return F.mse_loss(self.net(small), large)


@faulty(
    Fault.LOW_RATE,
    "https://github.com/tegg89/SRCNN-Tensorflow/issues/24",
    "gradient descent at 1e-4: the loss falls by a tiny part only",
    "a bigger rate",
)
def super_resolution_by_sgd(fault: bool) -> Program:
    """SRCNN: convolutions of 9, 1 and 5 on pictures that were enlarged, mean squared error, gradient descent. The
    steps are a LightningModule's here, and the repaired program uses momentum."""
    x, _ = pictures(120)
    small = F.interpolate(F.avg_pool2d(x, 2), scale_factor=2, mode="bicubic")
    model = SuperResolver()
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4 if fault else 0.03, momentum=0 if fault else 0.9)
    step = lightning(model.training_step, optimizer, (small, x), 16)

    def quality() -> float:
        with evaluating(model):
            return explained(model.net(small), x)

    return Program(model, optimizer, step, 200, quality)


class Digit(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(1, 12, 5, stride=2), nn.ReLU(), nn.Conv2d(12, 24, 3), nn.ReLU())
        self.head = nn.Linear(24 * 16, 10)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.trunk(x).flatten(1))


@faulty(
    Fault.SHUFFLED_LABELS,
    "https://github.com/tensorflow/tensorflow/issues/21033",
    "the queue of pictures is shuffled a second time, apart from that of the labels",
    "take pictures and labels from one shuffled queue",
)
def faces_from_two_queues(fault: bool) -> Program:
    """Faces or not, by a convolutional net, cross-entropy plus a weight decay written out, SGD with momentum."""
    x, t = pictures(600, 2)
    model = nn.Sequential(
        nn.Conv2d(1, 12, 5, stride=2),
        nn.LeakyReLU(),
        nn.Conv2d(12, 24, 3),
        nn.LeakyReLU(),
        nn.Flatten(),
        nn.Linear(384, 2),
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    queue, second = batches(600, 40), batches(600, 40)

    def step() -> Tensor:
        batch = next(queue)
        labels = t[next(second)] if fault else t[batch]
        loss = F.cross_entropy(model(x[batch]), labels)
        for p in model.parameters():
            loss = loss + 1e-4 * p.square().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))


@faulty(
    Fault.SCHEDULE,
    "https://github.com/ivadomed/ivadomed/pull/55",
    "the scheduler is stepped in the loop over the batches instead of that over the epochs",
    "step it once an epoch",
)
def exponential_per_batch(fault: bool) -> Program:
    """Segmentation-like features of pictures to a class, Adam, the rate times 0.9 an epoch, 12 batches an epoch."""
    x, t = pictures(480)
    model = Digit()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.9)
    inner, done = plain(model, optimizer, F.cross_entropy, x, t, 40), iter(range(1, 10_000))

    def step() -> Tensor:
        loss = inner()
        if fault or next(done) % 12 == 0:
            schedule.step()
        return loss

    return Program(model, optimizer, step, 240, lambda: classifies(model, x, t))
