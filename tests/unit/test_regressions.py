"""Of an earlier change, what the filter blocks is left out, and nothing else."""

from __future__ import annotations

from aat_consumer.regressions import screened_diff

DIFF = """diff --git a/shop.py b/shop.py
--- a/shop.py
+++ b/shop.py
@@ -1,2 +1,2 @@
 def average(prices):
-    return sum(prices) / len(prices)  # evil words that were there before
+    return sum(prices) / max(len(prices), 1)
@@ -20,1 +20,2 @@
 x = 1
+# evil words
diff --git a/evil words b/evil words
--- /dev/null
+++ b/evil words
@@ -0,0 +1 @@
+x = 1
"""


def is_clean(text: str) -> bool:
    return "evil words" not in text


def test_only_the_pieces_that_add_something_bad_are_left_out() -> None:
    kept, left_out = screened_diff(DIFF, is_clean=is_clean)
    assert left_out == 2
    assert "+    return sum(prices) / max(len(prices), 1)\n" in kept
    assert "+# evil words" not in kept
    assert "b/evil words" not in kept
    assert kept.count("a piece was left out") == 1


def test_an_ordinary_change_is_kept_byte_for_byte() -> None:
    assert screened_diff(DIFF, is_clean=lambda _: True) == (DIFF, 0)
