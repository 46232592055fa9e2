"""What is loaded for good is not searched for garbage, whenever it was loaded."""

import subprocess
import sys

from benchmarks.browser import REPOSITORY


def test_modules_that_come_later_are_frozen_too_and_nothing_is_done_without_any():
    code = """if True:
        import gc
        from explorer.decoding.garbage import freeze_loaded

        freeze_loaded()
        import sklearn.neighbors
        searched = [len(gc.get_objects())]
        freeze_loaded()
        searched.append(len(gc.get_objects()))
        frozen = gc.get_freeze_count()
        kept = [[] for _ in range(100)]
        freeze_loaded()
        assert gc.get_freeze_count() == frozen
        print(*searched)
    """
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    before, after = map(int, done.stdout.split())
    assert before > 20 * after
