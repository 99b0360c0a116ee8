"""Kinds of faults and of sound programs that programs showed which nobody had mended a check by."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from relume.torch import watch

pytestmark = pytest.mark.usefixtures("one_thread")


def checks(doctor):
    return [finding.check for finding in doctor.findings]


def setup(doctor):
    return doctor.to_dict()["record"]["setup"]


def small(inputs, outputs, hidden=16, activation=nn.ReLU):
    return nn.Sequential(nn.Linear(inputs, hidden), activation(), nn.Linear(hidden, outputs))


@pytest.mark.parametrize("which", ["generator", "discriminator"])
@pytest.mark.parametrize("zero", [True, False])
def test_gradients_left_in_a_discriminator(which, zero):
    """Of two optimisers one is handed over, and it may be the other's gradients that are never cleared."""
    torch.manual_seed(0)
    model = nn.ModuleDict({"generator": small(4, 2), "discriminator": small(2, 1)})
    generator, discriminator = model["generator"], model["discriminator"]
    optimizers = {name: torch.optim.Adam(part.parameters(), lr=1e-3) for name, part in model.items()}
    loss_fn = nn.BCEWithLogitsLoss()
    with watch(model, optimizer=optimizers[which]) as doctor:
        for _ in range(60):
            real = torch.randn(32, 2) + 2
            if zero:
                optimizers["discriminator"].zero_grad()
            made = generator(torch.randn(32, 4))
            loss = loss_fn(discriminator(real), torch.ones(32, 1))
            loss = loss + loss_fn(discriminator(made.detach()), torch.zeros(32, 1))
            loss.backward()
            optimizers["discriminator"].step()
            optimizers["generator"].zero_grad()
            loss_fn(discriminator(made), torch.ones(32, 1)).backward()
            optimizers["generator"].step()
    assert ("leftover_gradients" in checks(doctor)) == (not zero)
    assert setup(doctor)["calls"]["leftovers_looked_for"] >= 10


def test_gradients_that_one_optimiser_accumulates_are_not_left_over():
    """One of two optimisers steps at every fourth step, and clears then."""
    torch.manual_seed(0)
    model = nn.ModuleDict({"body": small(4, 8), "head": nn.Linear(8, 2)})
    often = torch.optim.SGD(model["head"].parameters(), lr=0.1)
    seldom = torch.optim.SGD(model["body"].parameters(), lr=0.1)
    with watch(model, optimizer=often) as doctor:
        for step in range(80):
            x = torch.randn(32, 4)
            often.zero_grad()
            F.cross_entropy(model["head"](model["body"](x)), (x[:, 0] > 0).long()).backward()
            often.step()
            if step % 4 == 3:
                seldom.step()
                seldom.zero_grad()
    assert "leftover_gradients" not in checks(doctor)


class Tokens(nn.Module):
    def __init__(self, vocabulary=12):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 24)
        self.rnn = nn.GRU(24, 24, batch_first=True)
        self.out = nn.Linear(24, vocabulary)

    def forward(self, tokens):
        return self.out(self.rnn(self.embedding(tokens))[0])


def counted(n, length=14, vocabulary=12):
    """Sequences that count on, by a step of their own."""
    start, by = torch.randint(vocabulary, (n, 1)), torch.randint(1, 4, (n, 1))
    return (start + by * torch.arange(length)) % vocabulary


@pytest.mark.parametrize("ahead", [0, 1, 2])
@pytest.mark.parametrize("flat", [True, False])
def test_targets_by_how_far_they_are_ahead(ahead, flat):
    torch.manual_seed(1)
    model = Tokens()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(250):
            tokens = counted(32)
            logits, target = model(tokens)[:, : tokens.shape[1] - ahead], tokens[:, ahead:]
            if flat:
                loss = F.cross_entropy(logits.flatten(0, 1), target.flatten())
            else:
                loss = F.cross_entropy(logits.transpose(1, 2), target)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert setup(doctor)["targets_ahead"] == ahead
    assert ("target_offset" in checks(doctor)) == (ahead != 1)


def test_a_classifier_of_texts_has_no_offset():
    torch.manual_seed(1)
    model = nn.Sequential(nn.EmbeddingBag(12, 16), nn.Linear(16, 2))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(60):
            tokens = counted(32)
            optimizer.zero_grad()
            F.cross_entropy(model(tokens), (tokens[:, 0] > 5).long()).backward()
            optimizer.step()
    assert setup(doctor).get("targets_ahead") is None


class Normalising(nn.Module):
    """Subtracts and divides in its forward, with numbers of its own."""

    def __init__(self, by_hand):
        super().__init__()
        self.net, self.by_hand = small(3, 1), by_hand
        self.register_buffer("mean", torch.tensor([500.0, -300.0, 80.0]))
        self.register_buffer("std", torch.tensor([200.0, 100.0, 30.0]))

    def forward(self, x):
        return self.net((x - self.mean) / self.std if self.by_hand else x)


@pytest.mark.parametrize("by_hand", [True, False])
def test_inputs_that_a_model_normalises_by_hand(by_hand):
    torch.manual_seed(2)
    model = Normalising(by_hand)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(200):
            z = torch.randn(32, 3)
            optimizer.zero_grad()
            F.mse_loss(model(model.mean + model.std * z), z[:, :1] * z[:, 1:2]).backward()
            optimizer.step()
    assert ("input_scale" in checks(doctor)) == (not by_hand)


class Mixed(nn.Module):
    """Tokens, a mask, and then what was measured."""

    def __init__(self):
        super().__init__()
        self.embedding, self.out = nn.Embedding(20, 8), small(8 + 3, 2)

    def forward(self, tokens, mask, measured):
        e = (self.embedding(tokens) * mask[..., None]).mean(1)
        return self.out(torch.cat([e, measured], 1))


def test_measured_numbers_are_found_among_the_arguments():
    torch.manual_seed(3)
    model = Mixed()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(80):
            measured = 700 * torch.randn(32, 3)
            loss = F.cross_entropy(
                model(torch.randint(20, (32, 6)), torch.ones(32, 6), measured), (measured[:, 0] > 0).long()
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    values = setup(doctor)["inputs"]["values"]
    assert values["std"] > 100 and "input_scale" in checks(doctor)


def test_what_actions_were_worth_is_no_cross_entropy():
    """Returns, all above zero, weigh the logarithms of what was done: no constant is known, and no loss need fall."""
    torch.manual_seed(4)
    policy = small(4, 2, activation=nn.Tanh)
    optimizer = torch.optim.Adam(policy.parameters(), lr=1e-2)
    with watch(policy, optimizer=optimizer) as doctor:
        for _ in range(150):
            states = torch.randn(64, 4)
            chosen = torch.distributions.Categorical(logits=policy(states))
            actions = chosen.sample()
            returns = 5 + 3 * torch.rand(64) + 4 * (actions == (states[:, 0] > 0).long())
            optimizer.zero_grad()
            (-chosen.log_prob(actions) * returns).mean().backward()
            optimizer.step()
    assert [term["kind"] for term in setup(doctor)["loss"]["terms"]] == ["log_probability"]
    assert checks(doctor) == [] and doctor.to_dict()["learning"]["state"] != "does_not_learn"


def test_classes_and_masks_may_weigh():
    torch.manual_seed(5)
    model = small(4, 3)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(60):
            x = torch.randn(64, 4)
            t, mask = x[:, :3].argmax(1), (torch.rand(64) < 0.7).float()
            each = F.cross_entropy(model(x), t, weight=torch.tensor([1.0, 2.0, 3.0]), reduction="none")
            optimizer.zero_grad()
            ((each * mask).sum() / mask.sum()).backward()
            optimizer.step()
    assert [term["kind"] for term in setup(doctor)["loss"]["terms"]] == ["cross_entropy"]
    assert doctor.to_dict()["learning"]["baseline_known"]


def test_a_last_layer_that_begins_small_is_not_overthrown():
    """As those of policies do: its first steps are larger than itself."""
    torch.manual_seed(6)
    actor = small(4, 2, activation=nn.Tanh)
    nn.init.orthogonal_(actor[2].weight, 1e-3)
    optimizer = torch.optim.Adam(actor.parameters(), lr=3e-3)
    with watch(actor, optimizer=optimizer) as doctor:
        for _ in range(120):
            states = torch.randn(64, 4)
            chosen = torch.distributions.Categorical(logits=actor(states))
            actions = chosen.sample()
            worth = (actions == (states[:, 0] > 0).float()).float() - 0.5
            optimizer.zero_grad()
            (-chosen.log_prob(actions) * worth).mean().backward()
            optimizer.step()
    assert "update_size" not in checks(doctor)


def test_layers_of_different_parts_do_not_follow_each_other():
    """The critic's gradient is a thousandth of the actor's, and neither has vanished or exploded."""
    torch.manual_seed(7)
    model = nn.ModuleDict({"actor": small(4, 2, activation=nn.Tanh), "critic": small(4, 1, activation=nn.Tanh)})
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(150):
            states = torch.randn(64, 4)
            chosen = torch.distributions.Categorical(logits=model["actor"](states))
            actions = chosen.sample()
            reward = (actions == (states[:, 0] > 0).long()).float()
            value = model["critic"](states)[:, 0]
            loss = (-chosen.log_prob(actions) * (reward - value.detach())).mean() + 1e-4 * F.mse_loss(value, reward)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    assert setup(doctor)["parts"] == ["actor", "critic"]
    assert not {"exploding_gradient", "vanishing_gradient"} & set(checks(doctor))


def test_weights_that_an_optimiser_in_half_precision_spoils():
    """Adam divides by the root of a mean square plus 1e-8, which in half precision is 0 where the gradient was."""
    torch.manual_seed(8)
    model = small(4, 2).half()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-8, foreach=False)
    with watch(model, optimizer=optimizer) as doctor:
        for _ in range(60):
            x = torch.randn(64, 4)
            x[:, 3] = 0
            optimizer.zero_grad()
            F.cross_entropy(model(x.half()).float(), (x[:, 0] > 0).long()).backward()
            optimizer.step()
    first = doctor.findings[0]
    assert first.check == "non_finite_loss" and "optimiser's own step" in first.summary
