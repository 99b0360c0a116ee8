"""How far a comparison has come, as a terminal, a notebook and a log show it."""

import io
import sys
import types

import pytest

from pytorch.tiny import make_model, train, train_without_tanh
from relume.torch import compare


class Screen(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_a_line_is_written_over(monkeypatch):
    screen = Screen()
    monkeypatch.setattr(sys, "stderr", screen)
    compare(make_model, train_without_tanh, ["relu", "tanh"], 2)
    lines = screen.getvalue().split("\r\x1b[K")
    assert lines[1] == "relume: 0 of 4 trials" and lines[2] == "relume: 0 of 4 trials · relu, seed 0"
    assert "relume: 4 of 4 trials · 2 broke down" in lines
    assert any("about" in line and line.endswith(" left") for line in lines)
    # What stays is nothing.
    assert lines[-1] == "" and "\n" not in screen.getvalue()


def test_in_a_log_there_is_a_line_now_and_then(capsys):
    compare(make_model, train, ["relu"], 2)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "relume: 0 of 2 trials" and lines[-1] == "relume: 2 of 2 trials"
    compare(make_model, train, ["relu"], 1, progress=False)
    assert capsys.readouterr().err == ""


def test_in_a_notebook_an_output_is_replaced(monkeypatch, capsys):
    """A notebook that is played by the test; it shows what IPython's `display` is handed."""
    shown = []

    class Handle:
        def update(self, bundle, raw):
            assert raw and shown
            shown[-1] = bundle["text/plain"]

    def display(bundle, raw, display_id):
        assert raw and display_id
        shown.append(bundle["text/plain"])
        return Handle()

    ipython = types.ModuleType("IPython")
    ipython.get_ipython = lambda: types.SimpleNamespace(kernel=object())
    displays = types.ModuleType("IPython.display")
    displays.display = display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", displays)
    compare(make_model, train, ["relu"], 3)
    assert shown == ["relume: 3 of 3 trials"]
    assert capsys.readouterr().err == ""


def test_in_a_true_notebook():
    nbformat = pytest.importorskip("nbformat", reason="Jupyter is not installed")
    nbclient = pytest.importorskip("nbclient", reason="Jupyter is not installed")
    pytest.importorskip("ipykernel", reason="Jupyter is not installed")
    code = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from pytorch.tiny import make_model, train\nfrom relume.torch import compare\n"
        "result = compare(make_model, train, ['relu'], 2)\nprint(result.recommended)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    texts = [output.get("data", {}).get("text/plain") or output.get("text") for output in notebook.cells[0].outputs]
    assert texts == ["relume: 2 of 2 trials", "relu\n"]
