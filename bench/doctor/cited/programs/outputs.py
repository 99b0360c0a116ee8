"""Faults between the last layer and the loss: activations that should not be there, or are missing."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, blobs, circles
from doctor.harness.quality import evaluating, right
from doctor.harness.recipe import Fault, Program, faulty


class AnswerScorer(nn.Module):
    """Scores the candidate answers to a query, both averages of word vectors."""

    def __init__(self, softmax: bool) -> None:
        super().__init__()
        self.softmax = softmax
        self.embedding = nn.Embedding(60, 24)
        self.query = nn.Linear(24, 32)
        self.score = nn.Linear(64, 1)
        self.candidate = nn.Linear(24, 32)

    def forward(self, query: Tensor, candidates: Tensor) -> Tensor:
        q = torch.tanh(self.query(self.embedding(query).mean(1)))
        c = torch.tanh(self.candidate(self.embedding(candidates).mean(2)))
        scores = self.score(torch.cat([q[:, None] * c, c], -1)).squeeze(-1)
        return torch.softmax(scores, -1) if self.softmax else scores


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/bowang-lab/Transformer-GCN-QA/pull/32",
    "a softmax over the candidates before CrossEntropyLoss, which applies one itself; less of a gradient is left",
    "remove the softmax, the layer returns the scores",
)
def softmax_over_candidates(fault: bool) -> Program:
    """Question answering: a score for each of 30 candidate answers, CrossEntropyLoss over the scores, Adam."""
    topics, n, k = 6, 400, 30
    own = torch.randperm(60).reshape(topics, 10)
    topic = torch.randint(topics, (n,))
    query = own[topic].gather(1, torch.randint(10, (n, 6)))
    t = torch.randint(k, (n,))
    others = (topic[:, None] + torch.randint(1, topics, (n, k))) % topics
    candidate_topic = others.scatter(1, t[:, None], topic[:, None])
    candidates = own[candidate_topic].gather(2, torch.randint(10, (n, k, 4)))
    model = AnswerScorer(softmax=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion, rows = nn.CrossEntropyLoss(), batches(n, 25)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(query[batch], candidates[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(query, candidates).argmax(1), t)

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/nishnik/Deep-Semantic-Similarity-Model-PyTorch/issues/2",
    "the similarities of a query to documents go through a softmax and then into CrossEntropyLoss",
    "do not apply the softmax",
)
def semantic_similarity(fault: bool) -> Program:
    """Cosine similarities of a query to one clicked and four other documents, scaled by a learnt factor, SGD."""
    n = 400
    topic = torch.randn(n, 12)
    query = torch.relu(topic @ torch.randn(12, 50)) + 0.1 * torch.rand(n, 50)
    document = torch.relu(topic @ torch.randn(12, 50)) + 0.1 * torch.rand(n, 50)
    model = nn.ModuleDict(
        {
            "query": nn.Sequential(nn.Linear(50, 40), nn.Tanh(), nn.Linear(40, 16), nn.Tanh()),
            "document": nn.Sequential(nn.Linear(50, 40), nn.Tanh(), nn.Linear(40, 16), nn.Tanh()),
            "gamma": nn.Linear(1, 1, bias=False),
        }
    )
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion, rows = nn.CrossEntropyLoss(), batches(n, 20)
    nn.init.constant_(model["gamma"].weight, 5.0)

    def similarities(batch: Tensor, others: Tensor) -> Tensor:
        shown = torch.cat([document[batch][:, None], document[others]], 1)
        y = F.cosine_similarity(model["query"](query[batch])[:, None], model["document"](shown), dim=-1)
        return model["gamma"](y[..., None]).squeeze(-1)

    def step() -> Tensor:
        batch = next(rows)
        y = similarities(batch, torch.randint(n, (len(batch), 4)))
        loss = criterion(F.softmax(y, 1) if fault else y, torch.zeros(len(batch), dtype=torch.int64))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            best = similarities(torch.arange(n), torch.randint(n, (n, 4))).argmax(1)
            return ((best == 0).double().mean().item() - 0.2) / 0.8

    return Program(model, optimizer, step, 600, quality)


class NeuralFactorisation(nn.Module):
    def __init__(self, users: int, items: int, sigmoid: bool) -> None:
        super().__init__()
        self.user, self.item = nn.Embedding(users, 16), nn.Embedding(items, 16)
        nn.init.normal_(self.user.weight, std=0.1)
        nn.init.normal_(self.item.weight, std=0.1)
        layers = [nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1)]
        self.mlp = nn.Sequential(*layers, *([nn.Sigmoid()] if sigmoid else []))

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        return self.mlp(torch.cat([self.user(user), self.item(item)], -1)).view(-1)


@faulty(
    Fault.REDUNDANT_SOFTMAX,
    "https://github.com/yudi-mars/daisyRec/pull/15",
    "a sigmoid before BCEWithLogitsLoss, which applies one itself; the loss does not converge",
    "remove the sigmoid",
)
def sigmoid_twice(fault: bool) -> Program:
    """A neural recommender of embeddings and an MLP, implicit feedback, BCEWithLogitsLoss, Adam."""
    users, items, n = 60, 40, 1500
    user, item = torch.randint(users, (n,)), torch.randint(items, (n,))
    liked = (torch.randn(users, 2)[user] * torch.randn(items, 2)[item]).sum(-1) > 1.0
    model = NeuralFactorisation(users, items, sigmoid=fault)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion, rows = nn.BCEWithLogitsLoss(), batches(n, 50)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = criterion(model(user[batch], item[batch]), liked[batch].float())
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(user, item) > (0.5 if fault else 0), liked.long())

    return Program(model, optimizer, step, 900, quality)


def binary_mlp(*last: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(2, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), *last)


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/42800203",
    "the only output unit has a softmax: it is 1 whatever the input (DeepFD's benchmark, number 41)",
    "a sigmoid in its place",
)
def softmax_over_one_unit(fault: bool) -> Program:
    """Binary classification by an MLP with one output unit, binary cross-entropy, Adam."""
    x, t = circles(600)
    model = binary_mlp(nn.Linear(16, 1), nn.Softmax(dim=1) if fault else nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(600, 30)

    def step() -> Tensor:
        batch = next(rows)
        optimizer.zero_grad()
        loss = F.binary_cross_entropy(model(x[batch]), t[batch][:, None].float())
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 300, lambda: _binary(model, x, t))


def _binary(model: nn.Module, x: Tensor, t: Tensor) -> float:
    with evaluating(model):
        return right(model(x)[:, 0] > 0.5, t)


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/49931055/tensorflow-model-gets-zero-loss",
    "softmax cross-entropy over an output of one dimension: the loss is zero from the start (TheDeepChecker's list)",
    "a sigmoid cross-entropy",
)
def zero_loss(fault: bool) -> Program:
    """Binary classification of a table, one output unit, softmax cross-entropy with logits, Adam."""
    x, t = blobs(600, classes=2, columns=8, spread=3.0)
    model = nn.Sequential(nn.Linear(8, 40), nn.Tanh(), nn.Linear(40, 1))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(600, 30)

    def step() -> Tensor:
        batch = next(rows)
        y, target = model(x[batch]), t[batch][:, None].float()
        loss = F.cross_entropy(y, target) if fault else F.binary_cross_entropy_with_logits(y, target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(x)[:, 0] > 0, t)

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.WRONG_LOSS,
    "https://stackoverflow.com/questions/58609115",
    "categorical cross-entropy with one sigmoid unit (DeepFD's benchmark, number 29)",
    "binary cross-entropy",
)
def categorical_loss_of_one_unit(fault: bool) -> Program:
    """Binary classification by a small dense net, one sigmoid unit, Adam. The categorical loss of Keras divides the
    outputs by their sum, which leaves 1."""
    x, t = blobs(600, classes=2, columns=11, spread=3.0)
    model = nn.Sequential(nn.Linear(11, 6), nn.ReLU(), nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 1), nn.Sigmoid())
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    rows = batches(600, 10)

    def categorical(y: Tensor, t: Tensor) -> Tensor:
        y = y / y.sum(-1, keepdim=True)
        return -(t * y.clamp(1e-7, 1 - 1e-7).log()).sum(-1).mean()

    def step() -> Tensor:
        batch = next(rows)
        target = t[batch][:, None].float()
        optimizer.zero_grad()
        loss = (categorical if fault else F.binary_cross_entropy)(model(x[batch]), target)
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: _binary(model, x, t))
