"""Texts, speech and other sequences: recurrent nets and transformers of questions and issues."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, text, words
from doctor.harness.loops import plain, trainer
from doctor.harness.quality import classifies, evaluating, right
from doctor.harness.recipe import Fault, Program, faulty
from doctor.sealed.programs.gauges import fluency


@faulty(
    Fault.SOFTMAX_OVER_ONE,
    "https://stackoverflow.com/questions/61781193",
    "softmax before the cross-entropy, without an axis: of a state of three axes it takes the first, which has one row",
    "the excerpt gives no repair; ours leaves softmax out",
)
def three_authors(fault: bool) -> Program:
    """Sentences of three authors; Embedding 300, dropout 0.3, LSTM 100, its last state through Linear 1024 and 512 with
    dropout 0.8 and ReLU, and 3; AdamW with 0.01 and the cross-entropy. Eighths of the widths, dropout 0.3 before the
    end, and AdamW with 0.003 are ours; so are the sentences."""
    tokens, t = words(1500, length=14, vocabulary=80, classes=3)

    class Model(nn.Module):
        def __init__(self, count: int) -> None:
            super().__init__()
            self.embd = nn.Embedding(count + 1, 40)
            self.embd_dropout = nn.Dropout(0.3)
            self.LSTM = nn.LSTM(input_size=40, hidden_size=32, batch_first=True)
            self.lin1, self.lin2, self.lin3 = nn.Linear(32, 128), nn.Linear(128, 64), nn.Linear(64, 3)
            self.lin_dropout = nn.Dropout(0.3)

        def forward(self, inp: Tensor) -> Tensor:
            inp = self.embd_dropout(self.embd(inp))
            inp, (h_t, _) = self.LSTM(inp)
            h_t = F.relu(self.lin_dropout(self.lin1(h_t)))
            h_t = F.relu(self.lin_dropout(self.lin2(h_t)))
            out = self.lin3(h_t)
            return (F.softmax(out) if fault else out).view(-1, 3)

    model = Model(80)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.003)
    step = plain(model, optimizer, nn.CrossEntropyLoss(), tokens, t, 64)
    return Program(model, optimizer, step, 600, lambda: classifies(model, tokens, t))


class Encoder(nn.Module):
    """A transformer's encoder for classes of tokens or of texts."""

    def __init__(self, vocabulary: int, outputs: int, width: int = 32, layers: int = 2, pooled: bool = True) -> None:
        super().__init__()
        self.tokens, self.positions = nn.Embedding(vocabulary, width), nn.Parameter(0.02 * torch.randn(64, width))
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, dropout=0.1, batch_first=True, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head, self.pooled = nn.Linear(width, outputs), pooled

    def forward(self, tokens: Tensor) -> Tensor:
        h = self.encoder(self.tokens(tokens) + self.positions[: tokens.shape[1]])
        return self.head(h.mean(1) if self.pooled else h)


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/namiyousef/argument-mining/issues/48",
    "except for the first input, the outputs of the model are always the same class: the learning rate",
    "another learning rate",
)
def parts_of_arguments(fault: bool) -> Program:
    """Each token of a text is labelled by a transformer. Adam with 0.1 and with 0.002, a small encoder of our own
    instead of BERT, and the texts, whose labels depend on a token and the first one, are ours."""
    tokens = torch.randint(20, (1200, 12))
    t = (tokens < 10).long() + (tokens[:, :1] < 10).long()

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert = Encoder(20, 3, pooled=False)

        def forward(self, tokens: Tensor, labels: Tensor) -> Tensor:
            return F.cross_entropy(self.bert(tokens).flatten(0, 1), labels.flatten())

    model = Tagger()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1 if fault else 0.002)
    step = trainer(model, optimizer, None, (tokens, t), 32)

    def quality() -> float:
        with evaluating(model):
            return right(model.bert(tokens).argmax(-1), t)

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.MISSING_SOFTMAX,
    "https://github.com/jeremyfix/deeplearning-lectures/issues/22",
    "the line with log_softmax before CTCLoss was commented out, so that the loss gets logits",
    "log_softmax over the vocabulary",
)
def recorded_commands(fault: bool) -> Program:
    """Frames of speech through a bidirectional recurrent net, CTCLoss with a blank of zero, Adam. Four symbols, each of
    which lasts for three to five frames of eight noisy numbers, a GRU of 24, a rate of 0.003 are ours."""
    n, frames, symbols = 300, 24, 5
    codes = torch.randn(symbols, 8)
    labels = torch.randint(1, symbols, (n, 4))
    x = 0.3 * torch.randn(n, frames, 8)
    truth = torch.zeros(n, frames, dtype=torch.long)
    for i in range(n):
        at = 1
        for symbol in labels[i].tolist():
            last = at + int(torch.randint(3, 5, ()))
            x[i, at:last] += codes[symbol]
            truth[i, at:last] = symbol
            at = last + 1

    class Recogniser(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rnn = nn.GRU(8, 24, batch_first=True, bidirectional=True)
            self.charlin = nn.Linear(48, symbols)

        def forward(self, x: Tensor) -> Tensor:
            return self.charlin(self.rnn(x)[0])

    model = Recogniser()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    ctc = nn.CTCLoss(blank=0)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        predictions = model(x[batch]).transpose(0, 1)
        if not fault:
            predictions = predictions.log_softmax(dim=2)
        lengths = torch.full((len(batch),), frames)
        loss = ctc(predictions, labels[batch], lengths, torch.full((len(batch),), 4))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        """The texts that are read without a mistake."""
        with evaluating(model):
            best = model(x).argmax(2)
        exact = 0
        for i in range(n):
            read = [s for s in torch.unique_consecutive(best[i]).tolist() if s]
            exact += read == torch.unique_consecutive(labels[i]).tolist() or read == labels[i].tolist()
        return exact / n

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.WRONG_LABELS,
    "https://github.com/ayaka14732/bart-base-jax/pull/6",
    "input and labels of the decoder are aligned wrongly, so that it copies its input: the loss is almost zero",
    "labels that are one position ahead",
)
def copied_input(fault: bool) -> Program:
    """A transformer that learns to go on with sequences, with a causal mask. A decoder alone, 20 tokens, a width of 32,
    Adam with 0.003 and batches of 32 are ours."""
    tokens = text(1500, length=17)

    class Decoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.position = nn.Embedding(20, 32), nn.Parameter(0.02 * torch.randn(16, 32))
            self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
            self.norm1, self.norm2 = nn.LayerNorm(32), nn.LayerNorm(32)
            self.mlp = nn.Sequential(nn.Linear(32, 128), nn.GELU(), nn.Linear(128, 32))
            self.lm_head = nn.Linear(32, 20)

        def forward(self, tokens: Tensor) -> Tensor:
            x = self.embed(tokens) + self.position
            mask = torch.ones(16, 16, dtype=torch.bool).triu(1)
            h = self.norm1(x)
            x = x + self.attention(h, h, h, attn_mask=mask, need_weights=False)[0]
            return self.lm_head(x + self.mlp(self.norm2(x)))

    model = Decoder()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = batches(1500, 32)

    def step() -> Tensor:
        src = tokens[next(rows)]
        labels = src[:, :-1] if fault else src[:, 1:]
        logits = model(src[:, :-1])
        loss = F.cross_entropy(logits.reshape(-1, 20), labels.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return fluency(model(tokens[:, :-1]).softmax(-1), tokens[:, :-1], tokens[:, 1:])

    return Program(model, optimizer, step, 400, quality)


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/FreedomIntelligence/TextClassificationBenchmark/issues/20",
    "optimizer.zero_grad is not called in the training steps",
    "the call (the issue has no answer; the repair is ours)",
)
def convolved_words(fault: bool) -> Program:
    """Texts, an embedding, convolutions of three widths with ReLU and maxima over time, a linear layer; the
    cross-entropy. Widths, SGD with 0.1 and the texts are ours."""
    tokens, t = words(1500, length=16, vocabulary=80, classes=4)

    class CNN(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(80, 32)
            self.convs = nn.ModuleList([nn.Conv1d(32, 24, width) for width in (2, 3, 4)])
            self.fc = nn.Linear(72, 4)

        def forward(self, tokens: Tensor) -> Tensor:
            x = self.embedding(tokens).transpose(1, 2)
            return self.fc(torch.cat([F.relu(conv(x)).amax(2) for conv in self.convs], 1))

    model = CNN()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    rows = batches(1500, 64)

    def step() -> Tensor:
        batch = next(rows)
        if not fault:
            optimizer.zero_grad()
        loss = criterion(model(tokens[batch]), t[batch])
        loss.backward()
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 800, lambda: classifies(model, tokens, t))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/karpathy/char-rnn/issues/169",
    "the loss explodes and training is aborted",
    "a lower learning rate (the first answer)",
)
def exploding_letters(fault: bool) -> Program:
    """char-rnn: one-hot letters, two LSTM layers, log-softmax; RMSprop with a decay of 0.95 and gradients clipped at 5
    by element. 20 letters, 48 units (128), sequences of 24, rates of 1 and 0.004 are ours."""
    letters = text(800, length=25)

    class Rnn(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lstm = nn.LSTM(20, 48, num_layers=2, batch_first=True)
            self.decoder = nn.Linear(48, 20)

        def forward(self, letters: Tensor) -> Tensor:
            h, _ = self.lstm(F.one_hot(letters, 20).float())
            return F.log_softmax(self.decoder(h), -1)

    protos = Rnn()
    optimizer = torch.optim.RMSprop(protos.parameters(), lr=1.0 if fault else 0.004, alpha=0.95)
    rows = batches(800, 100)

    def step() -> Tensor:
        sequence = letters[next(rows)]
        optimizer.zero_grad()
        loss = F.nll_loss(protos(sequence[:, :-1]).flatten(0, 1), sequence[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_value_(protos.parameters(), 5.0)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(protos):
            return fluency(protos(letters[:, :-1]).exp(), letters[:, :-1], letters[:, 1:])

    return Program(protos, optimizer, step, 200, quality)


@faulty(
    Fault.DETACHED,
    "https://github.com/facebookresearch/inversecooking/issues/3",
    "the logits of the decoder are stacked and then taken as .data, so that they require no gradient",
    "the stack without .data",
)
def ingredients(fault: bool) -> Program:
    """A decoder of ingredients, one after the other, by attention to the features of a picture; the loss of the
    ingredients and one of how many there are, added with a weight. Features of nine places, twelve ingredients of which
    up to four are in order, a width of 32, Adam with 0.003 and batches of 32 are ours."""
    n, kinds, most = 1200, 12, 4
    codes = torch.randn(kinds, 24)
    count = torch.randint(1, most + 1, (n,))
    chosen = torch.rand(n, kinds).argsort(1)[:, :most].sort(1).values
    target = torch.where(torch.arange(most) < count[:, None], chosen + 1, 0)
    places = torch.rand(n, 9).argsort(1)[:, :most]
    features = 0.3 * torch.randn(n, 9, 24)
    present = (torch.arange(most) < count[:, None]).float()[..., None]
    features.scatter_add_(1, places[..., None].expand(-1, -1, 24), codes[chosen] * present)

    class DecoderTransformer(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(kinds + 2, 32)
            self.image = nn.Linear(24, 32)
            self.attention = nn.MultiheadAttention(32, 4, batch_first=True)
            self.layer_norm = nn.LayerNorm(32)
            self.linear = nn.Sequential(nn.Linear(64, 64), nn.ReLU(), nn.Linear(64, kinds + 1))
            self.how_many = nn.Linear(32, most)

        def forward(self, features: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
            memory = torch.relu(self.image(features))
            logits = []
            word = torch.full((len(features), 1), kinds + 1)
            for i in range(most):
                state = self.embed(word)
                seen, _ = self.attention(self.layer_norm(state), memory, memory, need_weights=False)
                logits.append(self.linear(torch.cat([state, seen], 2)).squeeze(1))
                word = target[:, i : i + 1]
            stacked = torch.stack(logits, 1).data if fault else torch.stack(logits, 1)
            return stacked, self.how_many(memory.mean(1))

    decoder = DecoderTransformer()
    optimizer = torch.optim.Adam(decoder.parameters(), lr=0.003)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        logits, number = decoder(features[batch], target[batch])
        ingredient_loss = F.cross_entropy(logits.flatten(0, 1), target[batch].flatten())
        loss = ingredient_loss + 0.5 * F.cross_entropy(number, count[batch] - 1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(decoder):
            return right(decoder(features, target)[0].argmax(-1), target)

    return Program(decoder, optimizer, step, 600, quality)
