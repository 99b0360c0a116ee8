"""Writes pytorch.txt: what PyTorch's recurrent layers make of sequences of different lengths, in f64.

    python pytorch.py > pytorch.txt

A line is the kind of layer, the direction, the name of an array, and its numbers in row-major order. Weights stand as
relume's layers take them: transposed, the two biases of a gate added up where only their sum counts.
"""

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

BATCH, STEPS, INPUTS, HIDDEN = 3, 6, 2, 4
LENGTHS = [4, 6, 1]
KINDS = {"rnn": (torch.nn.RNN, 1), "gru": (torch.nn.GRU, 3), "lstm": (torch.nn.LSTM, 4)}


def main():
    torch.manual_seed(0)
    print("# PyTorch", torch.__version__)
    for kind, (layer, gates) in KINDS.items():
        both = layer(INPUTS, HIDDEN, batch_first=True, bidirectional=True, dtype=torch.float64)
        x = torch.randn(BATCH, STEPS, INPUTS, dtype=torch.float64, requires_grad=True)
        initial = [torch.randn(2, BATCH, HIDDEN, dtype=torch.float64, requires_grad=True) for _ in range(2)]
        state = tuple(initial) if kind == "lstm" else initial[0]
        packed = pack_padded_sequence(x, LENGTHS, batch_first=True, enforce_sorted=False)
        y, last = both(packed, state)
        y, _ = pad_packed_sequence(y, batch_first=True, total_length=STEPS)
        hidden, cell = last if kind == "lstm" else (last, None)
        for number, (direction, suffix) in enumerate([("forward", ""), ("reversed", "_reverse")]):
            parameters = [
                getattr(both, f"{name}_l0{suffix}") for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
            ]
            all_states = y[:, :, number * HIDDEN : (number + 1) * HIDDEN]
            results = {"all": all_states, "last": hidden[number]}
            if cell is not None:
                results["cell"] = cell[number]
            weights = {name: torch.randn_like(values) for name, values in results.items()}
            loss = sum((values * weights[name]).sum() for name, values in results.items())
            states = initial[: 2 if kind == "lstm" else 1]
            gradients = torch.autograd.grad(loss, [x, *parameters, *states], retain_graph=True)
            arrays = {
                "x": x,
                **ours(gates, *parameters, together=torch.add),
                "initial": torch.cat([s[number] for s in states], 1),
                **results,
                **{f"weights_of_{name}": values for name, values in weights.items()},
                "gradient_of_x": gradients[0],
                **{
                    f"gradient_of_{name}": values
                    for name, values in ours(gates, *gradients[1:5], together=lambda a, _: a).items()
                },
                "gradient_of_initial": torch.cat([g[number] for g in gradients[5:]], 1),
            }
            for name, values in arrays.items():
                print(kind, direction, name, *(repr(float(v)) for v in values.detach().reshape(-1)))


def ours(gates, weight_ih, weight_hh, bias_ih, bias_hh, together):
    """As relume has them; `together` makes one of the two biases of a gate."""
    bias = together(bias_ih, bias_hh)
    if gates == 3:
        bias = torch.cat([bias[: 2 * HIDDEN], bias_ih[2 * HIDDEN :], bias_hh[2 * HIDDEN :]])
    return {"weight_input": weight_ih.T, "weight_hidden": weight_hh.T, "bias": bias}


if __name__ == "__main__":
    main()
