"""Parameters that are not, or not rightly, updated: gradients left over, parameters unknown to the optimiser."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from doctor.harness.data import batches, pictures, table, text, words
from doctor.harness.loops import plain, trainer
from doctor.harness.quality import classifies, evaluating, predicts, right
from doctor.harness.recipe import Fault, Program, faulty


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/Miraclelucy/dive_into_deep_learning/issues/6",
    "without optimizer.zero_grad() the accuracy gets lower with training, down to 10 %",
    "zero_grad() after each batch",
)
def clothes_without_zeros(fault: bool) -> Program:
    """Ten kinds of clothes (28 by 28 in the source, 16 here) by a dense layer of 256 with ReLU and one of 10, weights
    with deviation 0.01, cross-entropy, gradient descent at 0.1, batches of 256."""
    x, t = pictures(2000, noise=0.45)

    def init_weights(m: nn.Module) -> None:
        if type(m) is nn.Linear:
            nn.init.normal_(m.weight, std=0.01)

    net = nn.Sequential(nn.Flatten(), nn.Linear(256, 256), nn.ReLU(), nn.Linear(256, 10))
    net.apply(init_weights)
    updater = torch.optim.SGD(net.parameters(), lr=0.1)
    loss = nn.CrossEntropyLoss(reduction="none")
    train_iter = batches(len(x), 256)

    def train_epoch_ch3() -> Tensor:
        rows = next(train_iter)
        l_hat = loss(net(x[rows]), t[rows])
        if not fault:
            updater.zero_grad()
        l_hat.mean().backward()
        updater.step()
        return l_hat.mean()

    return Program(net, updater, train_epoch_ch3, 1000, lambda: classifies(net, x, t))


@faulty(
    Fault.MISSING_ZERO_GRAD,
    "https://github.com/meta-pytorch/torchforge/pull/71",
    "the gradients are not zeroed after the optimiser's steps",
    "zero_grad() after each step",
)
def forged_language(fault: bool) -> Program:
    """Fine-tuning of a language model (here from scratch): a causal transformer that is a function of its parameters'
    modules, cross-entropy of the next token, AdamW; the rate is ours."""
    tokens = text(500, length=16, vocabulary=20)
    d = 32
    model = nn.ModuleDict(
        {
            "wte": nn.Embedding(20, d),
            "wpe": nn.Embedding(16, d),
            "block": nn.TransformerEncoderLayer(d, 4, 64, dropout=0.0, batch_first=True, norm_first=True),
            "ln": nn.LayerNorm(d),
            "head": nn.Linear(d, 20),
        }
    )
    mask = nn.Transformer.generate_square_subsequent_mask(15)

    def logits(ids: Tensor) -> Tensor:
        h = model["wte"](ids) + model["wpe"](torch.arange(ids.shape[1]))
        return model["head"](model["ln"](model["block"](h, src_mask=mask)))

    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    rows = batches(len(tokens), 32)

    def train_step() -> Tensor:
        batch = tokens[next(rows)]
        loss = F.cross_entropy(logits(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten())
        loss.backward()
        optimizer.step()
        if not fault:
            optimizer.zero_grad()
        return loss

    def quality() -> float:
        with evaluating(model):
            return min(1.0, 2 * right(logits(tokens[:, :-1]).argmax(-1), tokens[:, 1:]))

    return Program(model, optimizer, train_step, 400, quality)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/floneum/kalosm/pull/285",
    "the classifier's layers are made at their first use, after the parameters were copied into the optimiser",
    "make the layers before that",
)
def lazy_classifier(fault: bool) -> Program:
    """Sentences, as vectors of 32 numbers here, by a classifier of dense layers that are made when first used; the
    optimiser has the scale of the inputs only. AdamW at 3e-4 (3e-3 here)."""
    centres = torch.randn(6, 32)
    t = torch.randint(6, (1500,))
    x = centres[t] + 1.2 * torch.randn(1500, 32)

    class Classifier(nn.Module):
        def __init__(self, sizes: tuple[int, ...]) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(32))
            self.sizes, self.layers = sizes, nn.ModuleList()

        def resolve(self, width: int) -> None:
            for size in self.sizes:
                self.layers.append(nn.Linear(width, size))
                width = size

        def forward(self, x: Tensor) -> Tensor:
            if not self.layers:
                self.resolve(x.shape[1])
            x = x * self.scale
            for layer in self.layers[:-1]:
                x = F.gelu(layer(x))
            return self.layers[-1](x)

    model = Classifier((256, 256, 6))
    if not fault:
        model.resolve(32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    if fault:
        model(x[:1])
    step = plain(model, optimizer, nn.CrossEntropyLoss(), x, t, 150)
    return Program(model, optimizer, step, 500, lambda: classifies(model, x, t))


@faulty(
    Fault.ACCUMULATION,
    "https://github.com/agokrani/distillKitPlus/issues/5",
    "the loss is summed over the accumulated batches: it grows with their number (6 to 26 from 8 to 32)",
    "divide it by the number of accumulated batches",
)
def distilled_logits(fault: bool) -> Program:
    """A small network learns from a larger one's logits (random, fixed) at temperature 2 and from labels, 32 batches of
    16 accumulated, no clipping; SGD with momentum 0.9, which the source leaves open."""
    x = torch.randn(2000, 20)
    teacher = nn.Sequential(nn.Linear(20, 64), nn.Tanh(), nn.Linear(64, 8)).requires_grad_(False)
    for layer in (teacher[0], teacher[2]):
        layer.weight.mul_(4)
    soft = teacher(x)
    t = soft.argmax(1)

    class Student(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = nn.Sequential(nn.Linear(20, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 8))

        def forward(self, x: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
            out = self.net(x)
            kd = F.kl_div(F.log_softmax(out / 2, 1), F.softmax(logits / 2, 1), reduction="batchmean") * 4
            return 0.5 * kd + 0.5 * F.cross_entropy(out, labels)

    student = Student()
    optimizer = torch.optim.SGD(student.parameters(), lr=0.1, momentum=0.9)
    step = trainer(student, optimizer, None, (x, soft, t), 16, accumulate=32, divide=not fault, clip=None)
    return Program(student, optimizer, step, 150, lambda: classifies(student.net, x, t))


@faulty(
    Fault.NOT_REGISTERED,
    "https://github.com/asyml/texar-pytorch/issues/72",
    "MergeLayer keeps its layers in a list, so that their variables are not trainable",
    "nn.ModuleList",
)
def merged_convolutions(fault: bool) -> Program:
    """A classifier of texts: convolutions of three widths in parallel that are merged (a MergeLayer with a list of
    layers), pooling, a dense layer, Adam. Classes are orders of words here, which only the convolutions see."""
    n = 1200
    tokens = torch.randint(30, (n, 12))
    t = torch.randint(6, (n,))
    pairs = torch.tensor([[1, 2], [2, 1], [2, 3], [3, 2], [1, 3], [3, 1]])
    for i in range(n):
        for at in (1, 5, 9):
            tokens[i, at : at + 2] = pairs[t[i]]

    class MergeLayer(nn.Module):
        def __init__(self, layers: list[nn.Module]) -> None:
            super().__init__()
            self._layers = layers if fault else nn.ModuleList(layers)

        def forward(self, x: Tensor) -> Tensor:
            return torch.cat([F.relu(layer(x)).amax(2) for layer in self._layers], 1)

    class Conv1DClassifier(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedder = nn.Embedding(30, 32)
            self.merge = MergeLayer([nn.Conv1d(32, 2, k) for k in (2, 3, 4)])
            self.output = nn.Linear(6, 6)

        def forward(self, tokens: Tensor) -> Tensor:
            return self.output(self.merge(self.embedder(tokens).transpose(1, 2)))

    model = Conv1DClassifier()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    step = plain(model, optimizer, F.cross_entropy, tokens, t, 128)
    return Program(model, optimizer, step, 250, lambda: classifies(model, tokens, t))


@faulty(
    Fault.DETACHED,
    "https://github.com/rll-research/cic/issues/5",
    "observations are encoded inside torch.no_grad(): the convolutional network is never updated",
    "not in the thread; encode with gradients",
)
def skills_from_pixels(fault: bool) -> Program:
    """Pretraining with contrast: two successive observations, encoded by convolutions, and a skill; the pair of the
    observations should find its skill among those of the batch (InfoNCE), Adam at 1e-4 (1e-3 here)."""
    n = 1200
    skill = F.normalize(torch.randn(n, 3))
    positions = torch.rand(n, 2) * 6 + 4
    after = positions + 3 * skill[:, :2]
    yy, xx = torch.meshgrid(torch.arange(14.0), torch.arange(14.0), indexing="ij")

    def render(p: Tensor) -> Tensor:
        squares = (yy - p[:, :1, None]) ** 2 + (xx - p[:, 1:, None]) ** 2
        return torch.exp(-squares / 2)[:, None] + 0.05 * torch.randn(len(p), 1, 14, 14)

    obs, next_obs = render(positions), render(after)

    class CIC(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = nn.Sequential(
                nn.Conv2d(1, 8, 3, stride=2),
                nn.ReLU(),
                nn.Conv2d(8, 8, 3, stride=2),
                nn.ReLU(),
                nn.AvgPool2d(2),
                nn.Flatten(),
            )  # fmt: skip
            self.state_net = nn.Linear(8, 24)
            self.pred_net = nn.Sequential(nn.Linear(48, 64), nn.ReLU(), nn.Linear(64, 16))
            self.skill_net = nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(64, 16))

        def encode(self, x: Tensor) -> Tensor:
            if fault:
                with torch.no_grad():
                    return self.encoder(x)
            return self.encoder(x)

        def forward(self, obs: Tensor, next_obs: Tensor, skill: Tensor) -> Tensor:
            a, b = self.state_net(self.encode(obs)), self.state_net(self.encode(next_obs))
            query = F.normalize(self.pred_net(torch.cat([a, b], 1)))
            return query @ F.normalize(self.skill_net(skill)).T / 0.2

    cic = CIC()
    optimizer = torch.optim.Adam(cic.parameters(), lr=2e-3)
    rows = batches(n, 64)

    def update_cic() -> Tensor:
        batch = next(rows)
        logits = cic(obs[batch], next_obs[batch], skill[batch])
        loss = F.cross_entropy(logits, torch.arange(len(batch)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def quality() -> float:
        with evaluating(cic):
            # Among eight skills, the right one.
            parts = torch.arange(n).split(8)
            hits = [(cic(obs[p], next_obs[p], skill[p]).argmax(1) == torch.arange(8)).float().mean() for p in parts]
            return (sum(hits).item() / len(hits) - 1 / 8) / (1 - 1 / 8)

    return Program(cic, optimizer, update_cic, 800, quality)


@faulty(
    Fault.SCHEDULE,
    "https://github.com/meta-llama/llama-cookbook/issues/27",
    "lr_scheduler.step() is called each time gradients are applied, for a schedule of epochs: the rate drops rapidly",
    "step it once an epoch",
)
def finetuned_llama(fault: bool) -> Program:
    """Fine-tuning (here from scratch): StepLR with gamma 0.85, steps after two accumulated batches, AdamW at 1e-4 (1e-3
    here), cross-entropy of the next token; 25 steps an epoch here. A gated recurrent net stands in for the model."""
    tokens = text(800, length=14, vocabulary=24)

    class Llama(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed, self.rnn = nn.Embedding(24, 48), nn.GRU(48, 64, batch_first=True)
            self.norm, self.lm_head = nn.RMSNorm(64), nn.Linear(64, 24, bias=False)

        def forward(self, ids: Tensor) -> Tensor:
            return self.lm_head(self.norm(self.rnn(self.embed(ids))[0]))

    model = Llama()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.0)
    lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.85)
    rows = batches(len(tokens), 16)
    done = 0

    def step() -> Tensor:
        nonlocal done
        total = torch.zeros(())
        for _ in range(2):
            batch = tokens[next(rows)]
            loss = F.cross_entropy(model(batch[:, :-1]).flatten(0, 1), batch[:, 1:].flatten()) / 2
            total += loss.detach()
            loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        done += 1
        if fault or done % 25 == 0:
            lr_scheduler.step()
        return total

    def quality() -> float:
        with evaluating(model):
            return min(1.0, 2 * right(model(tokens[:, :-1]).argmax(-1), tokens[:, 1:]))

    return Program(model, optimizer, step, 300, quality)


@faulty(
    Fault.SCHEDULE,
    "https://github.com/NVIDIA-NeMo/Speech/issues/14186",
    "CosineAnnealing does not know max_steps: the rate drops to its minimum at the beginning",
    "pass max_steps to the scheduler",
)
def annealed_at_once(fault: bool) -> Program:
    """A regression of a table stands in for a large model: Adam with betas 0.9 and 0.95, weight decay 0.1, cosine
    annealing with a warm-up to 2e-3 and a minimum of 1e-3 of it, clipping at 1."""
    x, y = table(1500)
    model = nn.Sequential(
        nn.Linear(9, 256), nn.GELU(), nn.LayerNorm(256), nn.Linear(256, 256), nn.GELU(), nn.Linear(256, 1)
    )
    optimizer = torch.optim.AdamW(model.parameters(), lr=2e-3, betas=(0.9, 0.95), weight_decay=0.1)
    steps, warmup, floor = 600, 5, 1e-3
    max_steps = warmup + 1 if fault else steps

    def cosine(k: int) -> float:
        if k < warmup:
            return (k + 1) / warmup
        if k > max_steps:
            return floor
        progress = (k - warmup) / (max_steps - warmup)
        return floor + (1 - floor) * 0.5 * (1 + torch.cos(torch.tensor(torch.pi * progress)).item())

    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, cosine)
    inner = batches(len(x), 150)

    def step() -> Tensor:
        batch = next(inner)
        loss = F.mse_loss(model(x[batch]), y[batch])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        scheduler.step()
        return loss

    return Program(model, optimizer, step, steps, lambda: predicts(model, x, y))


@faulty(
    Fault.DETACHED,
    "https://github.com/ooples/AiDotNet/pull/1787",
    "Train() runs an eager forward, and applies gradients that no backward pass has written: parameters stay the same",
    "train through the gradient tape",
)
def nodes_without_a_tape(fault: bool) -> Program:
    """Classes of the 300 nodes of a synthetic graph by two graph convolutions (128 hidden) with a softmax cross-
    entropy, Adam at 0.01; the model has the optimiser and a method for training."""
    t = torch.randint(4, (300,))
    same = t[:, None] == t
    edges = torch.rand(300, 300) < torch.where(same, 0.05, 0.004)
    a = ((edges | edges.T).float() + torch.eye(300)).clamp(max=1)
    a = a / a.sum(1, keepdim=True)
    x = F.one_hot(t, 4).float() + 1.2 * torch.randn(300, 4)

    class NodeClassificationModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gcn1, self.gcn2 = nn.Linear(4, 128), nn.Linear(128, 4)
            self.optimizer = torch.optim.Adam(self.parameters(), lr=0.01)
            for p in self.parameters():
                p.grad = torch.zeros_like(p)

        def predict(self, x: Tensor) -> Tensor:
            return self.gcn2(a @ F.relu(self.gcn1(a @ x)))

        def learn(self, x: Tensor, expected: Tensor) -> Tensor:
            if fault:
                with torch.no_grad():
                    loss = F.cross_entropy(self.predict(x), expected)
            else:
                self.optimizer.zero_grad()
                loss = F.cross_entropy(self.predict(x), expected)
                loss.backward()
            self.optimizer.step()
            return loss

    model = NodeClassificationModel()

    def quality() -> float:
        with evaluating(model):
            return right(model.predict(x).argmax(1), t)

    return Program(model, model.optimizer, lambda: model.learn(x, t), 800, quality)


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/mindsdb/lightwood/pull/142",
    "the model is updated with new parts, and the optimiser keeps the parameters of before",
    "update the optimiser's parameters when updating the model",
)
def selfaware_mixer(fault: bool) -> Program:
    """A mixer of encoded columns: a dense net that is made again when the data are known in full (with a wider hidden
    layer here), Adam made before it. Sentences of words stand in for columns."""
    tokens, t = words(1500, length=8, vocabulary=60, classes=5)
    x = F.one_hot(tokens, 60).float().sum(1)

    class Mixer:
        def __init__(self) -> None:
            self.net = self.build(16)
            self.optimizer = torch.optim.Adam(self.net.parameters(), lr=2e-3)

        def build(self, hidden: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Linear(60, hidden), nn.SELU(), nn.Linear(hidden, hidden), nn.SELU(), nn.Linear(hidden, 5)
            )

        def update_model(self, hidden: int) -> None:
            self.net = self.build(hidden)
            if not fault:
                self.optimizer = torch.optim.Adam(self.net.parameters(), lr=2e-3)

    mixer = Mixer()
    mixer.update_model(320)
    step = plain(mixer.net, mixer.optimizer, nn.CrossEntropyLoss(), x, t, 150)

    def zeroing_step() -> Tensor:
        mixer.net.zero_grad()
        return step()

    return Program(mixer.net, mixer.optimizer, zeroing_step, 500, lambda: classifies(mixer.net, x, t))


@faulty(
    Fault.MISSING_STEP,
    "https://github.com/huggingface/transformers/issues/2995",
    "if an epoch has fewer batches than are to be accumulated, the condition for optimizer.step() is never met",
    "a step also at the end of such an epoch",
)
def short_epochs_of_glue(fault: bool) -> Program:
    """Pairs of sentences, whether they share words: the example's loop with gradient accumulation over 16 batches,
    where an epoch has ten here; AdamW, a schedule with warm-up, clipping at 1, gradients are zeroed with the step.
    Embeddings and attention stand in for the model; an iteration is a batch."""
    n = 640
    tokens = torch.randint(40, (n, 12))
    t = torch.randint(2, (n,))
    tokens[:, 6:] = torch.where(t[:, None] > 0, tokens[:, :6] % 20 + 20, tokens[:, 6:] % 20)

    class Model(nn.Module):
        def __init__(self, d: int = 48) -> None:
            super().__init__()
            self.tokens, self.segments = nn.Embedding(40, d), nn.Parameter(0.02 * torch.randn(12, d))
            self.layer = nn.TransformerEncoderLayer(d, 4, 2 * d, dropout=0.0, batch_first=True)
            self.classifier = nn.Linear(d, 2)

        def forward(self, ids: Tensor) -> Tensor:
            return self.classifier(self.layer(self.tokens(ids) + self.segments).mean(1))

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3, eps=1e-8)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda k: min(1.0, (k + 1) / 5))
    rows = batches(n, 64)
    iteration = 0

    def train() -> Tensor:
        nonlocal iteration
        step, iteration = iteration % 10, iteration + 1
        batch = next(rows)
        model.train()
        loss = F.cross_entropy(model(tokens[batch]), t[batch]) / (16 if fault else 10)
        loss.backward()
        if (step + 1) % 16 == 0 or (not fault and step + 1 == 10):
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            scheduler.step()
            model.zero_grad()
        return loss * (16 if fault else 10)

    return Program(model, optimizer, train, 400, lambda: classifies(model, tokens, t))


@faulty(
    Fault.WEIGHT_DECAY,
    "https://github.com/michaelhush/M-LOOP/issues/80",
    "with a coefficient of regularisation of 10 or more, the fit is just a flat line",
    "1e-1 or 1 there; tuned for each problem",
)
def landscape_of_costs(fault: bool) -> Program:
    """Costs of an experiment as a function of its settings by dense layers with GELU (five of 64 there, three of 128
    here), mean squared error plus the coefficient times the mean square of the weights, Adam; how the term is scaled is
    ours (the sum of squares over a hundred, coefficients of 10 and 0.001)."""
    x = torch.rand(1200, 4) * 2 - 1
    cost = torch.exp(-3 * (x - 0.3).square().sum(1)) + 0.3 * torch.sin(3 * x[:, 0])
    y = ((cost - cost.mean()) / cost.std())[:, None] + 0.05 * torch.randn(1200, 1)
    net = nn.Sequential(
        nn.Linear(4, 128), nn.GELU(), nn.Linear(128, 128), nn.GELU(), nn.Linear(128, 128), nn.GELU(), nn.Linear(128, 1)
    )
    weights = [layer.weight for layer in net if isinstance(layer, nn.Linear)]
    coefficient = 10.0 if fault else 1e-3
    optimizer = torch.optim.Adam(net.parameters(), lr=2e-3)

    def loss(out: Tensor, target: Tensor) -> Tensor:
        penalty = sum(w.square().sum() for w in weights) / 100
        return F.mse_loss(out, target) + coefficient * penalty

    step = plain(net, optimizer, loss, x, y, 100)
    return Program(net, optimizer, step, 700, lambda: predicts(net, x, y))


@faulty(
    Fault.OTHER_PARAMETERS,
    "https://github.com/mehilshah/Bug_Reproducibility_DL_Bugs/tree/main/Bugs/067",
    "the optimiser is given the columns of the data, not the weights of encoder and decoder",
    "not in the study's snippet; the weights and biases",
)
def autoencoder_of_columns(fault: bool) -> Program:
    """An autoencoder written with four tensors (StackOverflow 69284837): one number between an encoder and a decoder,
    for 100 points in the plane there, four numbers for 2,000 points in 30 dimensions here; MSELoss, SGD at 0.01 (0.1
    with momentum 0.9 here), all points at once, initial weights from a normal distribution (divided by 5 here)."""
    d, code = 30, 4
    x = torch.rand(2000, code) @ torch.randn(code, d)
    x = (x - x.mean(0)) / x.std()

    class Autoencoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.w_encoder = nn.Parameter(torch.randn(d, code) / 5)
            self.w_decoder = nn.Parameter(torch.randn(code, d) / 5)
            self.b_encoder, self.b_decoder = nn.Parameter(torch.randn(code)), nn.Parameter(torch.randn(1, d))

        def forward(self, x: Tensor) -> Tensor:
            return (x @ self.w_encoder + self.b_encoder) @ self.w_decoder + self.b_decoder

    autoencoder = Autoencoder()
    columns = [x[:, k].clone() for k in range(d)]
    optimizer = torch.optim.SGD(columns if fault else autoencoder.parameters(), lr=0.1, momentum=0.9)
    loss_fn = nn.MSELoss()

    def epoch() -> Tensor:
        loss = loss_fn(autoencoder(x), x)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        return loss

    return Program(autoencoder, optimizer, epoch, 1000, lambda: predicts(autoencoder, x, x))
