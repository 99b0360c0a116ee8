"""The fixtures of the tests of relume.torch, which are skipped without PyTorch."""

import pathlib
import sys

import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

from pytorch.cases import CASES, DTYPES, Case  # noqa: E402
from relume.torch._factory import use  # noqa: E402
from relume.torch._sizes import EVERY, sizes_of  # noqa: E402

# The benchmark is tested, too.
sys.path.append(str(pathlib.Path(__file__).parents[4] / "bench"))


@pytest.fixture(params=CASES, ids=lambda case: "-".join(map(str, [case[0], *case[1]])))
def case(request):
    return Case(*request.param)


@pytest.fixture(params=DTYPES, ids=str)
def dtype(request):
    return request.param


@pytest.fixture(autouse=True)
def the_same_random_numbers():
    torch.manual_seed(0)


@pytest.fixture(autouse=True)
def relume_always():
    """relume's kernels are tested on small tensors, which otherwise are left to PyTorch."""
    use(lambda name: EVERY)
    yield
    use(sizes_of)


@pytest.fixture
def one_thread():
    """Sums come out the same only if they are split up the same."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
