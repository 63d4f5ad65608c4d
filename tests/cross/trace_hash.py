"""Prints the trace hash of a scenario script: trace_hash.py FILE SEED."""

import sys
from pathlib import Path

from kvorum import run_script

path, seed = Path(sys.argv[1]), int(sys.argv[2])
print(run_script(path.read_text(encoding="utf-8"), name=path.name, seed=seed).trace_hash)
