"""What becomes of the model that a comparison is given."""

import copy
import pickle

import pytest
import torch
from torch import nn

import relume.torch
from relume.torch import compare
from relume.torch._compare._activations import TRAINABLE, activations_of, named
from relume.torch._compare._models import Copies, reset
from relume.torch._dispatcher import CATALOGUE


@pytest.mark.parametrize("name", [*CATALOGUE, TRAINABLE])
def test_every_known_name_makes_a_module(name):
    (activation,) = activations_of(["threshold(threshold=0.1, value=2)" if name == "threshold" else name])
    module = activation()
    x = torch.linspace(-3, 3, 50)
    assert activation.made == 1 and module(x).shape == x.shape
    again = pickle.loads(pickle.dumps(activation))
    assert torch.equal(again()(x), module(x)) and again.name == activation.name


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("leaky_relu(slope=0.2)", nn.LeakyReLU(0.2)),
        ("lrelu", nn.LeakyReLU()),
        ("elu(alpha=0.5)", nn.ELU(0.5)),
        ("gelu", nn.GELU()),
        ("gelu_tanh", nn.GELU(approximate="tanh")),
        ("hard_tanh(min=-2, max=0.5)", nn.Hardtanh(-2, 0.5)),
        ("softplus(beta=3)", nn.Softplus(3)),
        ("swish", nn.SiLU()),
        ("identity", nn.Identity()),
        ("prelu", nn.PReLU()),
    ],
)
def test_names_have_the_meaning_of_pytorch(text, reference):
    x = torch.linspace(-4, 4, 101)
    module = named(text)()
    assert isinstance(module, type(reference))
    assert torch.allclose(module(x), reference(x), atol=1e-6)


def test_arguments_of_the_class_can_be_given():
    assert named("elu(alpha=0.5)")(inplace=True).inplace


def test_classes_and_functions_of_ones_own():
    class Bent(nn.Module):
        def forward(self, x):
            return x * x

    def steep():
        return nn.LeakyReLU(0.9)

    bent, steeper = activations_of([Bent, steep])
    assert (bent.name, steeper.name) == ("Bent", "steep")
    assert isinstance(bent(), Bent) and steeper().negative_slope == 0.9

    def wrong():
        return torch.relu

    with pytest.raises(TypeError, match="activation wrong: it made a "):
        activations_of([wrong])[0]()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.ReLU()
        self.body = nn.Sequential(nn.Linear(4, 8), self.act, nn.BatchNorm1d(8), nn.Linear(8, 8), nn.ReLU(inplace=True))
        self.attention = nn.MultiheadAttention(8, 2)
        self.scale = nn.Parameter(torch.ones(8))

    def forward(self, x):
        return self.act(self.body(x) * self.scale)


def test_a_models_activations_are_replaced_in_copies():
    model = Net()
    before = copy.deepcopy(model.state_dict())
    made = Copies(model, None)(named("elu(alpha=0.5)"))
    assert not any(isinstance(module, nn.ReLU) for module in made.modules())
    assert isinstance(made.act, nn.ELU) and made.act.alpha == 0.5
    # What was one module is one.
    assert made.act is made.body[1] and made.body[4] is not made.act
    assert isinstance(model.act, nn.ReLU) and all(torch.equal(before[k], v) for k, v in model.state_dict().items())


def test_parameters_are_drawn_by_the_seed():
    model = Net()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(3.0)
        model.body[2].running_mean.fill_(9.0)
    copies = Copies(model, None)
    assert copies.kept == ["scale"]
    torch.manual_seed(5)
    one = copies(named("gelu"))
    torch.manual_seed(5)
    two = copies(named("gelu"))
    torch.manual_seed(6)
    three = copies(named("gelu"))
    for name, parameter in one.named_parameters():
        assert torch.equal(parameter, two.get_parameter(name))
        assert (parameter == 3).all() == (name == "scale"), name
    assert not torch.equal(one.body[0].weight, three.body[0].weight)
    assert (one.body[2].running_mean == 0).all()


def test_parameters_are_drawn_as_the_constructors_do():
    """Modules that know how to reset themselves do it in the order in which they were made."""
    makers = (
        lambda: nn.Linear(50, 70),
        lambda: nn.LSTM(40, 50),
        lambda: nn.Transformer(64, 2, 1, 1, 64, batch_first=True),
    )
    for make in makers:
        torch.manual_seed(0)
        fresh = make()
        reset_model = make()
        torch.manual_seed(0)
        assert reset(reset_model) == []
        for (name, a), b in zip(fresh.named_parameters(), reset_model.parameters(), strict=True):
            assert a.std().item() == pytest.approx(b.std().item(), rel=0.3, abs=1e-3), name


def test_what_cannot_be_drawn_again_is_said():
    def train(model, seed):
        return 0.5

    with pytest.warns(RuntimeWarning, match="begin with their present values in all trials: scale"):
        compare(Net(), train, ["relu", "elu"], 1, progress=False)


def test_activations_of_several_kinds():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())
    with pytest.raises(ValueError, match=r"several kinds, ReLU, Sigmoid; .*replace=torch\.nn\.ReLU"):
        Copies(model, None)
    made = Copies(model, nn.ReLU)(named("tanh"))
    assert [type(module) for module in made][1::2] == [relume.torch.Tanh, relume.torch.Tanh, nn.Sigmoid]
    with pytest.raises(ValueError, match="no modules of GELU or ELU"):
        Copies(model, (nn.GELU, nn.ELU))


def test_modules_stay_in_evaluation_mode():
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU()).eval()
    assert not Copies(model, None)(named("elu"))[1].training
