"""Models whose activations are swapped."""

import torch
import torch.nn.functional as F
from torch import nn

import relume.torch
from relume.torch import replace


class Residual(nn.Module):
    """One activation that is used twice, and a function."""

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(6, 6)
        self.act = nn.Mish(inplace=True)
        self.again = self.act
        self.function = F.gelu

    def forward(self, x):
        return self.function(x + self.act(self.linear(self.again(x))))


def model():
    torch.manual_seed(0)
    ends = nn.Softmax(-1), nn.Softmin(-1)
    return nn.Sequential(
        nn.Linear(4, 6), nn.LeakyReLU(0.3), Residual(), nn.Sequential(nn.GELU("tanh"), nn.PReLU(6)), *ends
    )


def test_what_is_swapped_and_what_is_not():
    net = model()
    replacement = replace(net)
    assert replacement.swapped == {"1": "LeakyReLU", "2.act": "Mish", "3.0": "GELU", "3.1": "PReLU", "4": "Softmax"}
    assert set(replacement.kept) == {"2.function", "5"}
    assert "Softmin" in replacement.kept["5"]
    assert type(net[1]) is relume.torch.LeakyReLU and net[1].negative_slope == 0.3
    assert net[2].act is net[2].again and net[2].act.inplace
    assert net[3][0].approximate == "tanh"


def test_results_and_parameters_stay():
    net = model()
    x = torch.randn(3, 4)
    expected, parameters = net(x), list(net.parameters())
    calls = []
    net[1].register_forward_hook(lambda *_: calls.append(1))
    replace(net)
    torch.testing.assert_close(net(x), expected)
    assert calls and all(a is b for a, b in zip(net.parameters(), parameters, strict=True))


def test_restore():
    net = model()
    before = [type(module) for module in net.modules()]
    net.append(relume.torch.ReLU())
    replacement = replace(net)
    replacement.restore()
    assert [type(module) for module in net.modules()] == [*before, relume.torch.ReLU]


def test_state_moves_between_both():
    ours, theirs = model(), model()
    replace(ours)
    theirs.load_state_dict(ours.state_dict())
    ours.load_state_dict(theirs.state_dict())


def test_subclasses_are_left_alone():
    class Mine(nn.ReLU):
        def forward(self, x):
            return x

    net = nn.Sequential(Mine(), nn.ReLU())
    replacement = replace(net)
    assert replacement.swapped == {"1": "ReLU"}
    assert "subclass" in replacement.kept["0"]
    assert type(net[0]) is Mine


def test_a_single_module_is_a_model():
    module = nn.SiLU()
    assert replace(module).swapped == {"": "SiLU"}
    assert type(module) is relume.torch.SiLU


def test_training_gives_the_same_weights():
    nets = [model(), model()]
    replace(nets[1])
    for net in nets:
        optimizer = torch.optim.SGD(net.parameters(), 0.1)
        for _ in range(5):
            optimizer.zero_grad()
            net(torch.linspace(-2, 2, 40).view(10, 4)).square().sum().backward()
            optimizer.step()
    for a, b in zip(*(net.parameters() for net in nets), strict=True):
        torch.testing.assert_close(a, b)
