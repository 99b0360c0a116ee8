"""Examples and tutorials of PyTorch on texts, which work."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, text, words
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Program, tutorial

EXAMPLES = "https://github.com/pytorch/examples/blob/main"
TUTORIALS = "https://github.com/pytorch/tutorials/blob/main/beginner_source"


class Tagger(nn.Module):
    """An LSTM over one sentence at a time, whose hidden state is an attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(12, 6)
        self.lstm = nn.LSTM(6, 6)
        self.hidden2tag = nn.Linear(6, 3)

    def init_hidden(self) -> tuple[Tensor, Tensor]:
        return torch.zeros(1, 1, 6), torch.zeros(1, 1, 6)

    def forward(self, sentence: Tensor) -> Tensor:
        embeds = self.word_embeddings(sentence)
        out, self.hidden = self.lstm(embeds.view(len(sentence), 1, -1), self.hidden)
        return F.log_softmax(self.hidden2tag(out.view(len(sentence), -1)), dim=1)


@tutorial(f"{TUTORIALS}/nlp/sequence_models_tutorial.py")
def parts_of_speech() -> Program:
    """Tags of the words of two sentences, one sentence a step: an LSTM of 6 units, log-softmax, NLLLoss, SGD at 0.1."""
    sentences = [torch.tensor([0, 1, 2, 0, 3]), torch.tensor([4, 5, 6, 7])]
    tags = [torch.tensor([0, 1, 2, 0, 1]), torch.tensor([1, 2, 0, 1])]
    model = Tagger()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    turn = iter(range(10_000))

    def step() -> Tensor:
        i = next(turn) % 2
        model.zero_grad()
        model.hidden = model.init_hidden()
        loss = F.nll_loss(model(sentences[i]), tags[i])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            guesses = []
            for sentence in sentences:
                model.hidden = model.init_hidden()
                guesses.append(model(sentence).argmax(1))
            return right(torch.cat(guesses), torch.cat(tags))

    return Program(model, optimizer, step, 600, quality)


class NGram(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embeddings = nn.Embedding(20, 10)
        self.linear1 = nn.Linear(20, 128)
        self.linear2 = nn.Linear(128, 20)

    def forward(self, inputs: Tensor) -> Tensor:
        out = F.relu(self.linear1(self.embeddings(inputs).view((1, -1))))
        return F.log_softmax(self.linear2(out), dim=1)


@tutorial(f"{TUTORIALS}/nlp/word_embeddings_tutorial.py")
def trigrams() -> Program:
    """The next word of two, one trigram a step: embeddings of 10, a hidden layer of 128 ReLUs, NLLLoss, SGD at 0.001
    (0.05 here, for fewer epochs)."""
    # One following word for each pair.
    following = torch.randint(20, (20, 20))
    tokens = [0, 1]
    for _ in range(60):
        tokens.append(int(following[tokens[-2], tokens[-1]]))
    trigram = torch.tensor(tokens).unfold(0, 3, 1).unique(dim=0)
    model = NGram()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    turn = iter(range(100_000))

    def step() -> Tensor:
        *context, target = trigram[next(turn) % len(trigram)].unbind()
        model.zero_grad()
        loss = F.nll_loss(model(torch.stack(context)), target[None])
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            guesses = torch.cat([model(pair).argmax(1) for pair in trigram[:, :2]])
            return right(guesses, trigram[:, 2])

    return Program(model, optimizer, step, 1200, quality)


class WordModel(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.drop = nn.Dropout(0.2)
        self.encoder = nn.Embedding(20, 48)
        self.rnn = nn.LSTM(48, 48, 2, dropout=0.2)
        self.decoder = nn.Linear(48, 20)
        nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
        nn.init.uniform_(self.decoder.weight, -0.1, 0.1)
        nn.init.zeros_(self.decoder.bias)

    def forward(self, tokens: Tensor, hidden: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        output, hidden = self.rnn(self.drop(self.encoder(tokens)), hidden)
        return F.log_softmax(self.decoder(self.drop(output)).view(-1, 20), dim=1), hidden


@tutorial(f"{EXAMPLES}/word_language_model/main.py")
def word_language_model() -> Program:
    """A language model of two LSTM layers with dropout: hidden states are carried over and detached, gradients
    clipped at 0.25, plain SGD at 20 (8 here)."""
    stream = text(24, 481).T
    model = WordModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=8.0)
    start = torch.zeros(2, 24, 48), torch.zeros(2, 24, 48)
    state, turn = [start], iter(range(100_000))

    def step() -> Tensor:
        i = next(turn) % 24 * 20
        hidden = tuple(h.detach() for h in (start if i == 0 else state[0]))
        model.train()
        model.zero_grad()
        output, state[0] = model(stream[i : i + 20], hidden)
        loss = F.nll_loss(output, stream[i + 1 : i + 21].reshape(-1))
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            # Each token has two likely successors, so that no more than about half of the guesses can be right.
            return 2 * right(model(stream[:-1], start)[0].argmax(1), stream[1:].reshape(-1))

    return Program(model, optimizer, step, 240, quality)


class Translator(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embed, self.position = nn.Embedding(20, 32), nn.Parameter(0.1 * torch.randn(16, 32))
        self.transformer = nn.Transformer(32, 4, 1, 1, 64, dropout=0.0, batch_first=True)
        self.generator = nn.Linear(32, 20)

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        source, target = (self.embed(s) * math.sqrt(32) + self.position[: s.shape[1]] for s in (source, target))
        return self.generator(self.transformer(source, target, tgt_mask=mask, tgt_is_causal=True))


@tutorial(f"{EXAMPLES}/language_translation/main.py")
def translation() -> Program:
    """A transformer of encoder and decoder: masked targets, cross-entropy that leaves padding out, Adam with betas
    0.9 and 0.98, eps 1e-9 (the rate is 1e-3 here). The language to translate into has the words in another order."""
    source = torch.randint(2, 20, (600, 8))
    target = torch.cat([torch.ones(600, 1, dtype=torch.int64), (source.flip(1) - 2 + 7) % 18 + 2], 1)
    target[torch.rand(600) < 0.3, -2:] = 0
    model = Translator()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.9, 0.98), eps=1e-9)
    rows = batches(600, 40)
    loss_fn = nn.CrossEntropyLoss(ignore_index=0)

    def step() -> Tensor:
        batch = next(rows)
        model.train()
        logits = model(source[batch], target[batch, :-1])
        optimizer.zero_grad()
        loss = loss_fn(logits.reshape(-1, 20), target[batch, 1:].reshape(-1))
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            kept = target[:, 1:] != 0
            return right(model(source, target[:, :-1]).argmax(-1)[kept], target[:, 1:][kept])

    return Program(model, optimizer, step, 400, quality)


@tutorial("https://github.com/DSKSD/DeepNLP-models-Pytorch/issues/2")
def log_softmax_twice() -> Program:
    """F.log_softmax in front of CrossEntropyLoss, which applies one itself: the second one changes nothing. A
    classifier of texts: embeddings, convolutions of three sizes, maxima over time, Adam."""
    x, t = words(700, length=16, classes=3)

    class Classifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(60, 24)
            self.convs = nn.ModuleList([nn.Conv2d(1, 16, (size, 24)) for size in (2, 3, 4)])
            self.fc = nn.Linear(48, 3)

        def forward(self, inputs: Tensor) -> Tensor:
            inputs = self.embed(inputs).unsqueeze(1)
            maxima = [F.relu(conv(inputs)).squeeze(3).amax(2) for conv in self.convs]
            return F.log_softmax(self.fc(F.dropout(torch.cat(maxima, 1), 0.3, self.training)), 1)

    model = Classifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 35)
    return Program(model, optimizer, step, 200, lambda: classifies(model, x, t))
