"""What can happen to the daily run, a file a kind of fault; benchmarks/faults_digest.py does it."""

from __future__ import annotations

import setup as setup  # before the others: it sets Django up
