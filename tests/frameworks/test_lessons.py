"""The lessons that print what a framework says: compared here, where the frameworks are."""

from stored import OF_FRAMEWORKS, agreed, passed


def test_every_code_cell_was_run_and_agreed(tmp_path):
    assert [path.name[:2] for path in OF_FRAMEWORKS] == ["14", "15"]
    assert agreed(OF_FRAMEWORKS, tmp_path) == passed(OF_FRAMEWORKS)
