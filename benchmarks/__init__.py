"""What the speed claims rest on: `python -m benchmarks [--quick]`."""

import os

for _variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")  # before numpy loads: the numpy baseline runs on one thread, as ours does
