"""Graphs over time, molecules, and maps of depth."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, table
from doctor.harness.quality import evaluating, explained, predicts
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.SHAPES,
    "https://github.com/benedekrozemberczki/pytorch_geometric_temporal/pull/233",
    "the prediction has the shape [N, 1], the target [N]: their difference is [N, N]",
    "squeeze() on the prediction",
)
def cases_of_counties(fault: bool) -> Program:
    """A recurrent graph net (gates made of a graph convolution over the input and the state) with 32 units, ReLU and a
    linear layer; the mean of squared differences over all moments; Adam with 0.01. 60 counties in a ring with
    shortcuts, whose numbers spread to neighbours, and four moments a step are ours."""
    n, lags, moments = 60, 4, 80
    a = torch.eye(n).roll(1, 0) + torch.eye(n).roll(-1, 0) + (torch.rand(n, n) < 0.02)
    a = ((a + a.T) > 0).float() + torch.eye(n)
    a = a / a.sum(1, keepdim=True)
    series = [torch.randn(n) for _ in range(2)]
    for _ in range(moments + lags):
        series.append(0.8 * series[-1] + 0.7 * (a @ series[-1]) - 0.9 * series[-2] + 0.4 * torch.randn(n))
    series = torch.stack(series[2:])
    features = torch.stack([series[i : i + lags].T for i in range(moments)])
    targets = torch.stack([series[i + lags] for i in range(moments)])
    targets = (targets - targets.mean()) / targets.std()

    class DCRNN(nn.Module):
        def __init__(self, inputs: int, hidden: int) -> None:
            super().__init__()
            self.hidden = hidden
            self.gates = nn.Linear(2 * (inputs + hidden), 2 * hidden)
            self.candidate = nn.Linear(2 * (inputs + hidden), hidden)

        def forward(self, x: Tensor, h: Tensor) -> Tensor:
            both = torch.cat([x, h], -1)
            z, r = torch.sigmoid(self.gates(torch.cat([both, a @ both], -1))).chunk(2, -1)
            both = torch.cat([x, r * h], -1)
            return z * h + (1 - z) * torch.tanh(self.candidate(torch.cat([both, a @ both], -1)))

    class RecurrentGCN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.recurrent, self.linear = DCRNN(lags, 32), nn.Linear(32, 1)

        def forward(self, x: Tensor) -> Tensor:
            h = self.recurrent(x, torch.zeros(*x.shape[:-1], 32))
            return self.linear(F.relu(h))

    model = RecurrentGCN()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    moment = batches(moments, 4)

    def step() -> Tensor:
        cost = torch.zeros(())
        chosen = next(moment)
        for i in chosen.tolist():
            y_hat = model(features[i])
            if not fault:
                y_hat = y_hat.squeeze()
            cost = cost + torch.mean((y_hat - targets[i]) ** 2)
        cost = cost / len(chosen)
        cost.backward()
        optimizer.step()
        optimizer.zero_grad()
        return cost

    def quality() -> float:
        with evaluating(model):
            return explained(model(features).flatten()[:, None], targets.flatten()[:, None])

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.SHAPES,
    "https://github.com/LAMDA-Tabular/TALENT/pull/92",
    "mse_loss of (n, 1) and (n,) compares all pairs: training is incorrect and does not converge",
    "a loss that makes the shapes the same",
)
def pairs_of_rows(fault: bool) -> Program:
    """A net for regression on tables. Eight blocks of columns, each embedded, a residual net of 64 units with layer
    norms and dropout 0.1, AdamW with 0.002, batches of 256 are ours."""
    x, y = table(4000, columns=8)

    class Resnet(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight, self.bias = nn.Parameter(torch.randn(8, 8)), nn.Parameter(torch.zeros(8, 8))
            self.first_layer = nn.Linear(64, 64)
            self.blocks = nn.ModuleList(
                nn.Sequential(nn.LayerNorm(64), nn.Linear(64, 96), nn.ReLU(), nn.Dropout(0.1), nn.Linear(96, 64))
                for _ in range(2)
            )
            self.head = nn.Sequential(nn.LayerNorm(64), nn.ReLU(), nn.Linear(64, 1))

        def forward(self, x: Tensor) -> Tensor:
            h = self.first_layer(F.relu(x[..., None] * self.weight + self.bias).flatten(1))
            for block in self.blocks:
                h = h + block(h)
            return self.head(h).squeeze(-1)

    model = Resnet()
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.002, weight_decay=1e-5)
    rows = batches(4000, 256)

    def criterion(y_pred: Tensor, y_true: Tensor) -> Tensor:
        if not fault and y_true.shape != y_pred.shape:
            y_true = y_true.reshape(y_pred.shape)
        return F.mse_loss(y_true, y_pred)

    def step() -> Tensor:
        model.train()
        batch = next(rows)
        loss = criterion(model(x[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 500, lambda: predicts(model, x, y))


@faulty(
    Fault.NON_FINITE_DATA,
    "https://github.com/prs-eth/Marigold/issues/111",
    "some images or ground truths contain NaN: the loss is nan",
    "a check of the data (the asker confirms)",
)
def holes_in_depth(fault: bool) -> Program:
    """A net that learns to remove noise from maps of depth, given the picture, by predicting the noise. A small net of
    convolutions with the strength of the noise as a channel, 240 scenes of which three have holes, AdamW with 0.002,
    batches of 16 are ours."""
    n, size = 240, 20
    grid = torch.arange(float(size))
    slope, at = torch.randn(n, 2, 1, 1) * 0.05, 5 + 10 * torch.rand(n, 2, 1, 1)
    depth = slope[:, 0] * grid[:, None] + slope[:, 1] * grid[None]
    body = ((grid[:, None] - at[:, 0]).square() + (grid[None] - at[:, 1]).square()) < 16
    depth = (depth - 1.5 * body)[:, None]
    image = torch.cat([body[:, None] + 0.1 * torch.randn(n, 1, size, size), depth + 0.2 * torch.randn(depth.shape)], 1)
    clean = depth.clone()
    for i in torch.randperm(n)[:3].tolist():
        depth[i, 0, 3:6, 2:9] = float("nan")
    valid = torch.arange(n) if fault else depth.isfinite().all((1, 2, 3)).nonzero().squeeze(1)
    unet = nn.Sequential(
        nn.Conv2d(4, 24, 3, padding=1),
        nn.SiLU(),
        nn.Conv2d(24, 24, 3, padding=2, dilation=2),
        nn.GroupNorm(4, 24),
        nn.SiLU(),
        nn.Conv2d(24, 24, 3, padding=1),
        nn.SiLU(),
        nn.Conv2d(24, 1, 3, padding=1),
    )
    optimizer = torch.optim.AdamW(unet.parameters(), lr=0.002)
    rows = batches(len(valid), 16)

    def noised(target: Tensor, rgb: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
        noise = torch.randn_like(target)
        noisy = alpha.sqrt() * target + (1 - alpha).sqrt() * noise
        return torch.cat([noisy, rgb, alpha.expand_as(target)], 1), noise

    def step() -> Tensor:
        batch = valid[next(rows)]
        x, noise = noised(depth[batch], image[batch], 0.05 + 0.9 * torch.rand(len(batch), 1, 1, 1))
        loss = F.mse_loss(unet(x), noise)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(unet), torch.random.fork_rng(devices=[]):
            x, noise = noised(clean, image, torch.full((n, 1, 1, 1), 0.5))
            return explained(unet(x), noise)

    return Program(unet, optimizer, step, 300, quality)
