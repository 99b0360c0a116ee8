"""Rates and optimisers that do not fit, and gradients that vanish or explode."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, text
from doctor.harness.loops import plain
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/pytorch/examples/pull/223",
    "the default rate of 20: with RNN_TANH training stays on a plateau, with RNN_RELU the loss is NaN at once",
    "a rate such as 1 or 2",
)
def twenty_for_a_language_model(fault: bool) -> Program:
    """A word-level language model: an embedding, two recurrent layers with tanh (200 units there, 48 here), a decoder,
    dropout 0.2, gradients clipped at 0.25, plain updates p -= rate * gradient, truncated sequences whose hidden state
    is carried on, batches of 20."""
    data = text(20, length=400, vocabulary=30).T.contiguous()

    class RNNModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.drop, self.encoder = nn.Dropout(0.2), nn.Embedding(30, 48)
            self.rnn, self.decoder = nn.RNN(48, 48, 2, nonlinearity="tanh", dropout=0.2), nn.Linear(48, 30)
            nn.init.uniform_(self.encoder.weight, -0.1, 0.1)
            nn.init.zeros_(self.decoder.bias)
            nn.init.uniform_(self.decoder.weight, -0.1, 0.1)

        def forward(self, ids: Tensor, hidden: Tensor) -> tuple[Tensor, Tensor]:
            output, hidden = self.rnn(self.drop(self.encoder(ids)), hidden)
            return self.decoder(self.drop(output)), hidden

    model = RNNModel()
    optimizer = torch.optim.SGD(model.parameters(), lr=20.0 if fault else 1.0)
    place, hidden = 0, torch.zeros(2, 20, 48)

    def step() -> Tensor:
        nonlocal place, hidden
        if place + 21 > len(data):
            place, hidden = 0, torch.zeros(2, 20, 48)
        ids, targets = data[place : place + 20], data[place + 1 : place + 21]
        place += 20
        hidden = hidden.detach()
        model.zero_grad()
        output, hidden = model(ids, hidden)
        loss = F.cross_entropy(output.flatten(0, 1), targets.flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 0.25)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            output, _ = model(data[:-1], torch.zeros(2, 20, 48))
            return min(1.0, 2 * right(output.argmax(-1), data[1:]))

    return Program(model, optimizer, step, 700, quality)


@faulty(
    Fault.OPTIMIZER_PARAMETERS,
    "https://github.com/OpenNMT/OpenNMT-py/issues/805",
    "Adam with the default rate of 1, which is meant for SGD: perplexity stays high, accuracy varies",
    "a rate of 0.001",
)
def translation_by_adam(fault: bool) -> Program:
    """Translation (of a sequence into its mirror image here) by LSTMs with global attention, dropout left out,
    gradients clipped at 5, Adam; two layers of 500 there, one of 48 here."""
    source = torch.randint(14, (1500, 6))
    target = source.flip(1)

    class NMT(nn.Module):
        def __init__(self, d: int = 48) -> None:
            super().__init__()
            self.src, self.tgt = nn.Embedding(14, d), nn.Embedding(15, d)
            self.encoder, self.decoder = nn.LSTM(d, d, batch_first=True), nn.LSTM(d, d, batch_first=True)
            self.attention, self.mix = nn.Linear(d, d, bias=False), nn.Linear(2 * d, d, bias=False)
            self.generator = nn.Sequential(nn.Linear(d, 14), nn.LogSoftmax(-1))

        def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
            memory, state = self.encoder(self.src(src))
            inputs = torch.cat([torch.full((len(tgt), 1), 14), tgt[:, :-1]], 1)
            states, _ = self.decoder(self.tgt(inputs), state)
            align = (self.attention(states) @ memory.transpose(1, 2)).softmax(-1)
            return self.generator(torch.tanh(self.mix(torch.cat([align @ memory, states], -1))))

    model = NMT()
    optim = torch.optim.Adam(model.parameters(), lr=1.0 if fault else 0.003, betas=(0.9, 0.999))
    rows = batches(1500, 64)
    criterion = nn.NLLLoss()

    def step() -> Tensor:
        batch = next(rows)
        model.zero_grad()
        loss = criterion(model(source[batch], target[batch]).flatten(0, 1), target[batch].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optim.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            return right(model(source, target).argmax(-1), target)

    return Program(model, optim, step, 400, quality)


@faulty(
    Fault.LOW_RATE,
    "https://github.com/kaiko-ai/eva/pull/722",
    "a rate of 0.0001 is too low: some evaluations do not converge",
    "0.002",
)
def decoder_of_embeddings(fault: bool) -> Program:
    """Segmentation by a decoder of convolutions on a frozen backbone's embeddings (a random convolution with ReLU
    here), cross-entropy plus a dice loss of three classes, AdamW, batches of 16 (eight here)."""
    n = 240
    x, mask = torch.randn(n, 1, 16, 16), torch.zeros(n, 16, 16, dtype=torch.long)
    for i in range(n):
        for c, brightness in ((1, 2.0), (2, -2.0)):
            r, s = (int(torch.randint(0, 10, ())) for _ in range(2))
            mask[i, r : r + 6, s : s + 6] = c
            x[i, 0, r : r + 6, s : s + 6] += brightness
    backbone = nn.Sequential(nn.Conv2d(1, 24, 3, padding=1), nn.ReLU()).requires_grad_(False)
    with torch.no_grad():
        embeddings = backbone(x)
    decoder = nn.Sequential(
        nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 24, 3, padding=1), nn.ReLU(), nn.Conv2d(24, 3, 1)
    )
    optimizer = torch.optim.AdamW(decoder.parameters(), lr=1e-4 if fault else 2e-3)

    def criterion(logits: Tensor, target: Tensor) -> Tensor:
        p, hot = logits.softmax(1), F.one_hot(target, 3).movedim(3, 1).float()
        dice = 1 - (2 * (p * hot).sum((0, 2, 3)) + 1) / (p.sum((0, 2, 3)) + hot.sum((0, 2, 3)) + 1)
        return F.cross_entropy(logits, target) + dice.mean()

    step = plain(decoder, optimizer, criterion, embeddings, mask, 8)

    def quality() -> float:
        with evaluating(decoder):
            return right(decoder(embeddings).argmax(1), mask)

    return Program(decoder, optimizer, step, 150, quality)


@faulty(
    Fault.LOW_RATE,
    "https://github.com/mila-iqia/blocks/pull/410",
    "Adam's default rate is 0.0002",
    "0.002, as its author suggests",
)
def default_of_blocks(fault: bool) -> Program:
    """Only the default is in the source; a recurrent net with gates (32 units) that tells orders of symbols apart
    stands in for a user's model: cross-entropy, Adam with the library's beta1 of 0.1 (0.9 in today's terms)."""
    n = 1500
    tokens = torch.randint(4, 20, (n, 10))
    t = torch.randint(4, (n,))
    places = torch.stack([torch.randperm(10)[:2].sort().values for _ in range(n)])
    tokens[torch.arange(n), places[:, 0]] = t // 2
    tokens[torch.arange(n), places[:, 1]] = 2 + t % 2

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.lookup, self.gru, self.out = nn.Embedding(20, 24), nn.GRU(24, 32, batch_first=True), nn.Linear(32, 4)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.out(self.gru(self.lookup(tokens))[1][0])

    net = Net()
    adam = torch.optim.Adam(net.parameters(), lr=0.0002 if fault else 0.002)
    step = plain(net, adam, F.cross_entropy, tokens, t, 128)
    return Program(net, adam, step, 350, lambda: classifies(net, tokens, t))


@faulty(
    Fault.VANISHING,
    "https://ai.stackexchange.com/questions/16557",
    "four hidden layers with sigmoids: the error's signal is at most 1/256 of its size in the first one",
    "other activations (rectifiers), and scaled data",
)
def four_sigmoid_layers(fault: bool) -> Program:
    """Real numbers from binary vectors by four hidden layers of 500 (256 here) with sigmoids, squared error; the
    optimiser is not in what was read, gradient descent with momentum 0.9 here."""
    bits = (torch.rand(2000, 16) < 0.5).float()
    signs = 2 * bits - 1
    y = signs[:, 0] * signs[:, 1] + signs[:, 2:5].sum(1) / 2 + 0.5 * signs[:, 5] * signs[:, 6]
    y = ((y - y.mean()) / y.std())[:, None]
    activation = nn.Sigmoid if fault else nn.ReLU
    layers: list[nn.Module] = []
    for width in (16, 256, 256, 256):
        layers += [nn.Linear(width, 256), activation()]
    model = nn.Sequential(*layers, nn.Linear(256, 1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    step = plain(model, optimizer, nn.MSELoss(), bits, y, 100)
    return Program(model, optimizer, step, 800, lambda: predicts(model, bits, y))


@faulty(
    Fault.EXPLODING,
    "https://github.com/NVIDIA/OpenSeq2Seq/pull/192",
    "a bug effectively disables the clipping of gradients by their norm",
    "the clipping works again",
)
def speech_without_clipping(fault: bool) -> Program:
    """Speech (noisy sums of waves here) by a recurrent net with rectifiers over 40 frames, a class per utterance, SGD
    with momentum 0.9, which the source leaves open, clipping at a norm of 1 where it works."""
    n, length = 800, 40
    t = torch.randint(5, (n,))
    time = torch.arange(length)[None, :, None]
    x = torch.sin(time * (0.2 + 0.2 * t[:, None, None]) + 6.28 * torch.rand(n, 1, 4)) + 0.3 * torch.randn(n, length, 4)

    class Recogniser(nn.Module):
        def __init__(self, d: int = 48) -> None:
            super().__init__()
            self.conv = nn.Conv1d(4, d, 5, padding=2)
            self.rnn = nn.RNN(d, d, nonlinearity="relu", batch_first=True)
            self.out = nn.Linear(d, 5)
            nn.init.eye_(self.rnn.weight_hh_l0)

        def forward(self, x: Tensor) -> Tensor:
            h = F.relu(self.conv(x.transpose(1, 2))).transpose(1, 2)
            return self.out(self.rnn(h)[0][:, -1])

    model = Recogniser()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = F.cross_entropy(model(x[batch]), t[batch])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1e9 if fault else 1.0)
        optimizer.step()
        return loss

    return Program(model, optimizer, step, 400, lambda: classifies(model, x, t))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/mrdbourke/pytorch-deep-learning/issues/399",
    "the optimiser of the second model is given the parameters of the first: the loss remains the same",
    "params=model_1.parameters()",
)
def parameters_of_the_first_model(fault: bool) -> Program:
    """A course's linear regression as a module with one linear layer, mean squared error, SGD at 0.01, all points at
    once; one column there, 300 here. The first model keeps the gradients that it has."""
    x = torch.randn(60000, 300)
    y = x @ torch.randn(300, 1) + 0.3 + 0.5 * torch.randn(60000, 1)

    class LinearRegressionModel2(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear_layer = nn.Linear(in_features=300, out_features=1)

        def forward(self, x: Tensor) -> Tensor:
            return self.linear_layer(x)

    model_0, model_1 = LinearRegressionModel2(), LinearRegressionModel2()
    optimizer = torch.optim.SGD(params=(model_0 if fault else model_1).parameters(), lr=0.01)
    loss_fn = nn.MSELoss()

    def epoch() -> Tensor:
        model_1.train()
        loss = loss_fn(model_1(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    return Program(model_1, optimizer, epoch, 600, lambda: predicts(model_1, x, y))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/sdemyanov/ConvNet/issues/23",
    "after an epoch all weights are NaN: the rate may be too large",
    "lower rate and momentum (alpha and momentum), and perhaps other initial weights",
)
def colours_at_a_high_rate(fault: bool) -> Program:
    """Colour pictures (33 by 33 there, 14 here) through two convolutions with pooling and two dense layers, as I, C, S,
    C, S, F, F, squared error, batches of 50. Rates are not in what was read: 0.5 with momentum 0.9 here, with which
    units die before weights are NaN, and 0.1 with 0.5 in the repaired program."""
    x, t = pictures(800, classes=6, size=14, channels=3, noise=0.2)
    y = 2 * F.one_hot(t, 6).float() - 1
    net = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.AvgPool2d(2), nn.Flatten(),
        nn.Linear(64, 48), nn.ReLU(), nn.Linear(48, 6),
    )  # fmt: skip
    alpha, momentum = (0.5, 0.9) if fault else (0.1, 0.5)
    optimizer = torch.optim.SGD(net.parameters(), lr=alpha, momentum=momentum)
    step = plain(net, optimizer, nn.MSELoss(), x, y, 50)
    return Program(net, optimizer, step, 400, lambda: classifies(net, x, t))


@faulty(
    Fault.HIGH_RATE,
    "https://github.com/xcmyz/FastSpeech/issues/37",
    "the default rate (learning_rate_frozen, 1e-3) is too big: the loss cannot converge",
    "the script was updated; a lower one here",
)
def fast_speech(fault: bool) -> Program:
    """Spectra of phonemes, each as long as it lasts, by feed-forward transformer blocks (attention, two convolutions,
    normalisation after the sum), mean absolute error, Adam with a frozen rate. Blocks are small here, so that the rates
    are 0.03 and 0.001."""
    n, d = 400, 32
    phonemes = torch.randint(12, (n, 8))
    spectra = torch.randn(12, 10)
    length = torch.tensor([1, 2, 3])[phonemes % 3]
    place = torch.stack([torch.arange(8).repeat_interleave(row)[:10] for row in length + 1])
    target = spectra[phonemes.gather(1, place)] + 0.3 * spectra[phonemes.gather(1, (place - 1).clamp(min=0))]

    class FFTBlock(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(d, 2, batch_first=True)
            self.c1, self.c2 = nn.Conv1d(d, 2 * d, 3, padding=1), nn.Conv1d(2 * d, d, 3, padding=1)
            self.n1, self.n2 = nn.LayerNorm(d), nn.LayerNorm(d)

        def forward(self, x: Tensor) -> Tensor:
            x = self.n1(x + self.attention(x, x, x, need_weights=False)[0])
            return self.n2(x + self.c2(F.relu(self.c1(x.transpose(1, 2)))).transpose(1, 2))

    class FastSpeech(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.word, self.position = nn.Embedding(12, d), nn.Parameter(0.1 * torch.randn(10, d))
            self.encoder, self.decoder = FFTBlock(), nn.Sequential(FFTBlock(), FFTBlock())
            self.mel = nn.Linear(d, 10)

        def forward(self, phonemes: Tensor, place: Tensor) -> Tensor:
            h = self.encoder(self.word(phonemes))
            h = h.gather(1, place[..., None].expand(-1, -1, d))
            return self.mel(self.decoder(h + self.position))

    model = FastSpeech()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03 if fault else 1e-3, betas=(0.9, 0.98), eps=1e-9)
    rows = batches(n, 32)

    def step() -> Tensor:
        batch = next(rows)
        loss = (model(phonemes[batch], place[batch]) - target[batch]).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(model):
            residual = (model(phonemes, place) - target).square().mean().item()
        return 1 - residual / (target - target.mean((0, 1))).square().mean().item()

    return Program(model, optimizer, step, 300, quality)
