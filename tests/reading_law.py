"""The law of reading: a chain whose table is sound and whose levels compute, or a refusal that says what to do."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import simhedge as sh
from simhedge.chains.table import TABLE_COLUMNS
from simhedge.errors import SimhedgeError

NOT_NEGATIVE = ("bid", "ask", "volume", "open_interest", "implied_vol")
MAY_BE_NAN = ("delta", "gamma", "theta", "vega", "forward", "dealer_sign")


def check_law(read: Callable[[], sh.Chain], asked: sh.Asked | None = None) -> str:
    """`chain`, `no levels` or `refused`; an AssertionError, or whatever else comes out, where the law is broken."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            chain = read()
        except SimhedgeError as error:
            check_refusal(error)
            return "refused"
        check_chain(chain)
        document = sh.take_snapshot(chain, asked).as_json()
        json.dumps(document, allow_nan=False).encode()
    return "chain"


def check_refusal(error: SimhedgeError) -> None:
    """It names the source and a remedy, and can be shown."""
    assert error.file
    assert error.remedy
    assert error.message
    json.dumps(error.as_dict(), allow_nan=False).encode()
    assert len(str(error)) < 2000


def check_chain(chain: sh.Chain) -> None:
    """Sound numbers in columns of the right types, and a report that accounts for every option."""
    table, report = chain.table, chain.report
    assert tuple(table.columns) == TABLE_COLUMNS
    assert len(table) == report.rows_used + report.rows_without_open_interest
    assert report.rows_read == len(table) + sum(report.dropped.values())
    assert np.isfinite(chain.spot)
    assert chain.spot > 0.0
    assert chain.quote_time.tzinfo is not None
    for name in (*NOT_NEGATIVE, "strike", "multiplier"):
        values = table[name]
        assert values.dtype == np.float64, name
        assert np.isfinite(values).all(), name
        assert (values > 0.0).all() if name not in NOT_NEGATIVE else (values >= 0.0).all(), name
    for name in MAY_BE_NAN:
        assert table[name].dtype == np.float64, name
        assert not np.isinf(table[name]).any(), name
    assert set(table["kind"]) <= {"call", "put"}
    assert set(table["settlement"]) <= {"am", "pm"}
    assert table["root"].notna().all()
    for name in ("line", "expiry_days"):
        assert np.issubdtype(table[name].dtype, np.integer), name
    assert table["expiry"].dt.tz is not None
    assert table["expiry"].notna().all()
    assert pd.api.types.is_datetime64_dtype(table["expiry_date"].dtype)
    json.dumps(report.as_dict(), allow_nan=False).encode()
