"""Each rule of mini-batch training is broken in a copy of the package: a test must fail there, not on the original."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mbtutor

PACKAGE, TESTS = Path(mbtutor.__file__).parent, Path(__file__).parent

# What is broken: (file, the text as it stands, the text of the mutant, the tests that notice)
MUTANTS = {
    "mean of means": (
        "evaluation.py",
        [
            ("* len(y)\n            accuracy =", "\n            accuracy ="),
            ("accuracy * len(y)", "accuracy"),
            ("len(data)}\n    return", "-(-len(data) // batch_size)}\n    return"),
            ("right / len(data)", "right / -(-len(data) // batch_size)"),
        ],
        "test_evaluation.py::test_every_row_weighs_the_same_at_every_batch_size",
    ),
    "drop the last row": (
        "batches/mini_batches.py",
        [("batches, batches.order(number), len(batches)", "batches, batches.order(number)[:-1], len(batches)")],
        "test_batches.py::test_without_shuffle_rows_come_as_they_are_and_as_views",
    ),
    "drop the last batch": (
        "batches/mini_batches.py",
        [("if self.position == self._count:", "if self.position == max(1, self._count - 1):")],
        "test_batches.py::test_without_shuffle_rows_come_as_they_are_and_as_views",
    ),
    "shuffle once": (
        "batches/mini_batches.py",
        [("shuffled(n, self.seed, epoch)", "shuffled(n, self.seed, 0)")],
        "test_batches.py::test_each_epoch_has_an_order_of_its_own_set_by_the_seed",
    ),
    "no shuffle": (
        "batches/mini_batches.py",
        [("if self.shuffle and self.batch_size < n", "if False")],
        "test_batches.py::test_each_epoch_has_an_order_of_its_own_set_by_the_seed",
    ),
    "fit the scaler on all data": (
        "preparation.py",
        [("numbers_of(train.X)", "np.concatenate([part.X for part in known])")],
        "test_preparation.py::test_scaling_agrees_with_scikit_learn_and_uses_train_alone",
    ),
    "fit the encoder on all data": (
        "preparation.py",
        [
            (
                "encoder = fitted(train)",
                "values = np.concatenate([part.values for part in known])\n"
                "    encoder = fitted(replace(train, values=values, y=np.zeros(len(values))))",
            )
        ],
        "test_csv.py::test_the_statistics_are_those_of_train_alone",
    ),
    "new rows are not scaled": (
        "datasets/dataset.py",
        [("return X if self.scaler is None else scaled(X, self.scaler)", "return X")],
        "test_csv.py::test_new_rows_are_prepared_as_train_was",
    ),
    "divide by batch_size, not by the batch's length": (
        "losses.py",
        [("dZ /= len(Y)", "dZ /= 32")],
        "test_network.py::test_size_weighted_batch_gradients_add_up_to_the_full_gradient",
    ),
    "a summed loss": (
        "losses.py",
        [("- Z[y, columns]).sum() / len(Y)", "- Z[y, columns]).sum()"), ("dZ /= len(Y)", "dZ /= 1")],
        "test_losses.py::test_a_loss_is_a_mean_over_its_rows",
    ),
    "pairs torn apart": (
        "batches/mini_batches.py",
        [("_gathered(self._data.y, self.index", "_gathered(self._data.y, np.sort(self.index)")],
        "test_batches.py::test_targets_of_several_columns_stay_with_their_rows",
    ),
    "resume forgets the optimizer": (
        "network.py",
        [("np.array(theirs[name]", "np.array((theirs if name == 'weights' else mine)[name]")],
        "test_training.py::test_a_run_resumed_at_any_update_gives_the_same_remainder",
    ),
}  # fmt: skip


def run_tests(names, folder):
    """How pytest ended on these tests against the package in `folder`: 0 passed, 1 failed."""
    options = ["-q", "-x", "-p", "no:cacheprovider", f"--rootdir={folder}"]
    # Without the plugins of the notebooks, which take longer to load than the tests to run.
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-P", "-m", "pytest", *options, *(str(TESTS / name) for name in names)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def copied(folder):
    shutil.copytree(PACKAGE, folder / "mbtutor", ignore=shutil.ignore_patterns("__pycache__", "widgets"))
    return folder


def test_every_named_test_passes_on_an_unchanged_copy(tmp_path):
    result = run_tests(sorted({names for _, _, names in MUTANTS.values()}), copied(tmp_path))
    assert result.returncode == 0 and " passed" in result.stdout, result.stdout + result.stderr


@pytest.mark.parametrize("rule", MUTANTS)
def test_a_test_fails_on_the_mutant(rule, tmp_path):
    name, changes, tests = MUTANTS[rule]
    path = copied(tmp_path) / "mbtutor" / name
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{name} has no longer one place with {old!r}: write this mutant anew"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    result = run_tests([tests], tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "AssertionError" in result.stdout or "assert " in result.stdout, result.stdout
