"""What the published generator of MNIST-1D makes, and whether relume's makes the same.

    pip install mnist1d==0.0.2.post1 scikit-learn
    python curves.py moments > ../tests/fixtures/mnist1d.csv
    python curves.py accuracy OURS.csv

`moments` prints, for each class and step, the mean, the variance and the fourth central moment over many samples, and
the mean and the variance of the product of what this step and the one three steps later differ from their means: what
tests/it/generated.rs compares relume's samples with. `accuracy` trains the same two classifiers on the published
generator's samples and on those in a table that relume's example `table` printed, for each 4,000 training samples in
it, and prints the share of the test samples that they classify rightly.
"""

import sys
from pathlib import Path

import numpy as np
from mnist1d.data import get_dataset_args, make_dataset

LAG = 3


def published(samples: int, seed: int) -> dict:
    args = get_dataset_args()
    args.num_samples = samples
    args.seed = seed
    return make_dataset(args)


def moments() -> None:
    data = published(200_000, seed=1)
    x = np.concatenate([data["x"], data["x_test"]])
    y = np.concatenate([data["y"], data["y_test"]])
    print("class,step,samples,mean,variance,fourth,product,product_variance")
    for label in range(10):
        samples = x[y == label]
        apart = samples - samples.mean(0)
        products = apart[:, :-LAG] * apart[:, LAG:]
        for step in range(samples.shape[1]):
            numbers = [samples[:, step].mean(), (apart[:, step] ** 2).mean(), (apart[:, step] ** 4).mean()]
            if step < products.shape[1]:
                numbers += [products[:, step].mean(), products[:, step].var()]
            else:
                numbers += [0, 0]
            print(f"{label},{step},{len(samples)}," + ",".join(f"{number:.7g}" for number in numbers))


def accuracy(table: Path) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    rows = [line.split(",") for line in table.read_text().splitlines()]
    x = np.array([row[2:] for row in rows], dtype=float)
    y = np.array([int(row[1]) for row in rows])
    train = np.array([row[0] == "train" for row in rows])
    rounds = int(train.sum()) // 4000
    test_x, test_y = x[~train], y[~train]
    found: dict[tuple[str, str], list[float]] = {}
    for i in range(rounds):
        here = np.flatnonzero(train)[4000 * i : 4000 * (i + 1)]
        theirs = published(4000 + len(test_y), seed=100 + i)
        their_x, their_y = (np.concatenate([theirs[name], theirs[name + "_test"]]) for name in "xy")
        sources = {
            "relume": (x[here], y[here], test_x, test_y),
            "published": (their_x[:4000], their_y[:4000], their_x[4000:], their_y[4000:]),
        }
        for source, (x1, y1, x2, y2) in sources.items():
            for name, model in (
                ("logistic", LogisticRegression(max_iter=2000)),
                ("mlp 100, 100", MLPClassifier((100, 100), max_iter=60, random_state=i)),
            ):
                found.setdefault((name, source), []).append(model.fit(x1, y1).score(x2, y2))
    for (name, source), scores in sorted(found.items()):
        error = np.std(scores, ddof=1) / np.sqrt(len(scores))
        print(f"{name:14} {source:10} {np.mean(scores):.4f} +- {error:.4f} over {len(scores)}")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["moments"]:
            moments()
        case ["accuracy", table]:
            accuracy(Path(table))
        case _:
            sys.exit(__doc__)
