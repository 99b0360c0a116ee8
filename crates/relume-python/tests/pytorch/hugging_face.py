"""Trains a tiny BERT by Hugging Face's Trainer, with a doctor and without, and prints what was seen as JSON.

python -m pytorch.hugging_face '{"max_steps": 8}'
"""

import json
import sys
import tempfile

import torch
import transformers

from relume.torch import watch

IDS = torch.randint(0, 30, (160, 6), generator=torch.Generator().manual_seed(3))
DATA = [{"input_ids": x, "labels": t} for x, t in zip(IDS, (IDS[:, 0] > 15).long(), strict=True)]


def trainer(folder, options):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=30,
        hidden_size=8,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=8,
    )
    arguments = transformers.TrainingArguments(
        output_dir=folder,
        per_device_train_batch_size=4,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        use_cpu=True,
        **options,
    )
    model = transformers.BertForSequenceClassification(config)
    return transformers.Trainer(model, arguments, train_dataset=DATA, eval_dataset=DATA[:8])


def main():
    options = json.loads(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        # A trainer seeds the generator as it is made.
        unwatched = trainer(folder, options)
        unwatched.train()
        watched = trainer(folder, options)
        with watch(watched.model) as doctor:
            watched.train()
    pairs = zip(unwatched.model.parameters(), watched.model.parameters(), strict=True)
    found = doctor.to_dict()
    losses = found["record"]["course"]["losses"]
    seen = {
        "same": all(torch.equal(a, b) for a, b in pairs),
        "steps": found["cost"]["steps"],
        "losses": sum(window["count"] for window in losses["windows"]),
        "loss": losses["first"][0]["loss"],
        "calls": found["record"]["setup"]["calls"],
        "layers": [layer["name"] for layer in found["record"]["layers"]],
        "failures": [note for note in found["notes"] if "failed" in note],
    }
    print(json.dumps(seen))


if __name__ == "__main__":
    main()
