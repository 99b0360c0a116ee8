"""Examples of Keras on tables, and of linear models, which work."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, explained
from doctor.harness.recipe import Program, tutorial

EXAMPLES = "https://github.com/keras-team/keras-io/blob/master/examples"


@tutorial(f"{EXAMPLES}/structured_data/imbalanced_classification.py")
def weighted_frauds() -> Program:
    """Rare frauds in a standardised table by three layers of 256 ReLUs (64 here) with dropout of 0.3, a sigmoid, binary
    cross-entropy whose classes are weighted by one over their number, Adam at 0.01 (0.003 here), large batches."""
    x, score = table(2000, columns=10)
    y = (score > 1.8).float()
    weights = torch.stack([1 / (1 - y).sum(), 1 / y.sum()])
    layers = [nn.Linear(10, 64), nn.ReLU(), nn.Linear(64, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 64), nn.ReLU()]
    model = nn.Sequential(*layers, nn.Dropout(0.3), nn.Linear(64, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(2000, 500)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy(model(x[batch]), y[batch], weights[y[batch].long()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        # Both classes count as much.
        with evaluating(model):
            hit = ((model(x) > 0.5) == (y == 1)).double()
            return (hit[y == 1].mean() + hit[y == 0].mean() - 1).item()

    return Program(model, optimizer, step, 300, quality)


class Fourier(nn.Module):
    """Random features that are not trained."""

    def __init__(self, inputs: int, outputs: int, scale: float) -> None:
        super().__init__()
        self.register_buffer("weight", torch.randn(inputs, outputs) / scale)
        self.register_buffer("phase", 6.2832 * torch.rand(outputs))

    def forward(self, x: Tensor) -> Tensor:
        return (x @ self.weight + self.phase).cos()


@tutorial(f"{EXAMPLES}/keras_recipes/quasi_svm.py")
def quasi_svm() -> Program:
    """Digits by 4096 (1024 here) random Fourier features and a linear layer, hinge loss of labels -1 and 1, Adam at
    0.001, batches of 128."""
    x, t = pictures(1024)
    y = 2.0 * F.one_hot(t, 10) - 1
    model = nn.Sequential(nn.Flatten(), Fourier(256, 1024, 10.0), nn.Linear(1024, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001)

    def hinge(out: Tensor, y: Tensor) -> Tensor:
        return (1 - y * out).clamp(min=0).mean()

    step = plain(model, optimizer, hinge, x, y, 128)
    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


class Recommender(nn.Module):
    def __init__(self, users: int, movies: int) -> None:
        super().__init__()
        self.user_embedding, self.movie_embedding = nn.Embedding(users, 16), nn.Embedding(movies, 16)
        self.user_bias, self.movie_bias = nn.Embedding(users, 1), nn.Embedding(movies, 1)
        for layer in (self.user_embedding, self.movie_embedding, self.user_bias, self.movie_bias):
            nn.init.normal_(layer.weight, std=0.1)

    def call(self, pairs: Tensor) -> Tensor:
        user, movie = pairs.unbind(1)
        dot = (self.user_embedding(user) * self.movie_embedding(movie)).sum(1, keepdim=True)
        return torch.sigmoid(dot + self.user_bias(user) + self.movie_bias(movie))


@tutorial(f"{EXAMPLES}/structured_data/collaborative_filtering_movielens.py")
def stars_of_movies() -> Program:
    """Ratings between 0 and 1 by the product of the embeddings of user and movie, with biases and a sigmoid, binary
    cross-entropy, Adam at 0.001 (0.01 here), batches of 128."""
    users, movies = torch.randn(60, 3), torch.randn(80, 3)
    pairs = torch.stack([torch.randint(60, (3000,)), torch.randint(80, (3000,))], 1)
    score = (users[pairs[:, 0]] * movies[pairs[:, 1]]).sum(1, keepdim=True) + 0.3 * torch.randn(3000, 1)
    y = (5 * score.sigmoid()).round() / 5
    model = Recommender(60, 80)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    rows = batches(3000, 128)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.binary_cross_entropy(model.call(pairs[batch]), y[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return explained(model.call(pairs), y)

    return Program(model, optimizer, step, 500, quality)
