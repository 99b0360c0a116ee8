"""Pixels that are taken for channels, or are not scaled."""

import torch
from torch import Tensor, nn

from doctor.harness.data import batches, pictures
from doctor.harness.loops import plain
from doctor.harness.quality import classifies
from doctor.harness.recipe import Fault, Program, faulty


def segmenter(width: int, channels: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1), nn.ReLU(), nn.Conv2d(width, width, 3, padding=1), nn.ReLU(),
        nn.Conv2d(width, 5, 1),
    )  # fmt: skip


@faulty(
    Fault.AXIS,
    "https://github.com/irfanICMLL/structure_knowledge_distillation/issues/11",
    "maps of N x C x W x H are viewed as rows of C without permuting the axes: the softmax runs over neighbours",
    "preds.permute(0, 2, 3, 1).view(-1, C)",
)
def pixelwise_distillation(fault: bool) -> Program:
    """Five classes of pixels: a small net learns the outputs of a trained larger one, the cross-entropy of the softmax
    of both for each pixel, SGD with momentum 0.9 and a weight decay of 5e-4."""
    shape = pictures(160, noise=0.0)[0]
    t = (5 * shape[:, 0]).long().clamp(max=4)
    x = shape + 0.02 * torch.randn(shape.shape)
    teacher, student = segmenter(24), segmenter(8)
    of_teacher = plain(teacher, torch.optim.Adam(teacher.parameters(), lr=0.01), nn.CrossEntropyLoss(), x, t, 16)
    for _ in range(150):
        of_teacher()
    teacher.requires_grad_(False).eval()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9, weight_decay=5e-4)
    rows = batches(160, 16)

    def flat(preds: Tensor) -> Tensor:
        return preds.reshape(-1, 5) if fault else preds.permute(0, 2, 3, 1).reshape(-1, 5)

    def step() -> Tensor:
        batch = x[next(rows)]
        soft = flat(teacher(batch)).softmax(1)
        loss = -(soft * flat(student(batch)).log_softmax(1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(student, optimizer, step, 500, lambda: classifies(student, x, t))


@faulty(
    Fault.UNSCALED_INPUTS,
    "https://github.com/qubvel/segmentation_models/issues/457",
    "pictures with values up to 255 are given to the model: predictions are black, and the loss may become NaN",
    "properly scaled pictures",
)
def black_predictions(fault: bool) -> Program:
    """Where blobs are in coloured pictures: convolutions down and up with a skip, cross-entropy, SGD at 0.05 with
    momentum 0.9 (ours), batches of 8."""
    shape = pictures(160, noise=0.0)[0]
    t = (shape[:, 0] > 0.6).long()
    x = torch.cat([shape, 0.5 * shape, 1 - shape], 1) + 0.2 * torch.randn(160, 3, 16, 16)
    x = (255 * x.clamp(0, 1)).round()
    if not fault:
        x /= 255
    model = segmenter(16, channels=3)
    model[-1] = nn.Conv2d(16, 2, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 8)
    return Program(model, optimizer, step, 250, lambda: classifies(model, x, t))
