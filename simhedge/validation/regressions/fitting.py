"""Least squares and Poisson regressions of a table of days, with errors that allow for days of one path to depend.

Errors are White's (HC1) where each path has one day, clustered by path where there are thirty paths or more, and
otherwise Newey and West's (1987) within each path. Estimation is that of statsmodels.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from simhedge.validation.regressions.slope import Fitted

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Regressors = Mapping[str, Any]

FEW_CLUSTERS = 30
COLLINEAR = 1e-12  # smallest eigenvalue of the regressors' matrix of cosines


def least_squares(days: pd.DataFrame, response: Any, regressors: Regressors, weights: Any = None) -> Fitted:
    """Weighted least squares of `response` (rows,) on `regressors`, name -> (rows,); rows not finite are left out."""
    from statsmodels.api import WLS

    y, x, w, used = _rows(response, regressors, np.ones(len(days)) if weights is None else weights)
    used &= w > 0.0
    note = unusable(y[used], x[used])
    if note:
        return Fitted({}, {}, np.nan, int(used.sum()), note)
    scale = np.sqrt(np.mean(x[used] ** 2, axis=0))
    # weights of mean one: only their proportions matter, and squared returns are tiny
    fit = WLS(y[used], x[used] / scale, weights=w[used] / w[used].mean()).fit(**robust(days.loc[used]))
    return _fitted(fit, list(regressors), scale, float(fit.rsquared))


def poisson(days: pd.DataFrame, response: Any, regressors: Regressors, offset: Any = None) -> Fitted:
    """Poisson quasi-likelihood of a `response` >= 0 with log link: coefficients are derivatives of ln E[response].

    Consistent whatever the law of the response (Gourieroux, Monfort and Trognon 1984), and zeros are no trouble.
    `offset` (rows,) is a part of ln E whose coefficient is known to be one.
    """
    from statsmodels.api import GLM, families
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    y, x, shift, used = _rows(response, regressors, np.zeros(len(days)) if offset is None else offset)
    note = unusable(y[used], x[used])
    if note:
        return Fitted({}, {}, np.nan, int(used.sum()), note)
    scale = np.sqrt(np.mean(x[used] ** 2, axis=0))
    shift -= shift[used].mean()  # constants go into the intercept
    known = None if offset is None else shift[used]
    model = GLM(y[used] / y[used].mean(), x[used] / scale, family=families.Poisson(), offset=known)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # it shows in `converged` or in a zero error
        fit = model.fit(tol=1e-10, **robust(days.loc[used]))
        share = 1.0 - float(fit.deviance) / float(fit.null_deviance)
    if not fit.converged:
        return Fitted({}, {}, np.nan, int(used.sum()), "the estimate did not converge")
    return _fitted(fit, list(regressors), scale, share)


def robust(days: pd.DataFrame) -> dict[str, Any]:
    """Keywords of a statsmodels fit that ask for robust errors of these rows, which are in order of path and day."""
    path = days["path"].to_numpy()
    paths, groups = np.unique(path, return_inverse=True)
    if paths.size == path.size:
        return {"cov_type": "HC1"}
    if paths.size >= FEW_CLUSTERS:
        return {"cov_type": "cluster", "cov_kwds": {"groups": groups}}
    lags = newey_west_lags(path.size // paths.size)
    if paths.size == 1:
        return {"cov_type": "HAC", "cov_kwds": {"maxlags": lags, "use_correction": True}}
    return {"cov_type": "hac-panel", "cov_kwds": {"groups": groups, "maxlags": lags}}


def newey_west_lags(rows: int) -> int:
    """Lags that errors of so many successive rows allow for: 4 (rows/100)^(2/9) (Newey and West 1994)."""
    return int(4.0 * (rows / 100.0) ** (2.0 / 9.0))


def unusable(response: Floats, regressors: Floats) -> str:
    """Why a regression of (rows,) on (rows, k) has no answer; empty where it has one."""
    rows, columns = regressors.shape
    if rows < columns + 2:
        return f"{rows} usable rows are too few"
    if np.ptp(response) == 0.0:
        return "the response does not vary"
    lengths = np.sqrt(np.sum(regressors**2, axis=0))
    if (lengths == 0.0).any():
        return "a regressor is zero throughout"
    cosines = (regressors / lengths).T @ (regressors / lengths)
    if np.linalg.eigvalsh(cosines)[0] < COLLINEAR:
        return "the regressors do not vary apart from each other"
    return ""


def _rows(response: Any, regressors: Regressors, extra: Any) -> tuple[Floats, Floats, Floats, NDArray[np.bool_]]:
    """Response, matrix of regressors and the extra column as floats, and which rows are finite in all."""
    y = np.array(response, dtype=np.float64)
    x = np.column_stack([np.asarray(column, dtype=np.float64) for column in regressors.values()])
    more = np.array(extra, dtype=np.float64)
    return y, x, more, np.isfinite(y) & np.isfinite(more) & np.isfinite(x).all(axis=1)


def _fitted(fit: Any, names: list[str], scale: Floats, share: float) -> Fitted:
    values = dict(zip(names, (fit.params / scale).tolist(), strict=True))
    errors = dict(zip(names, (fit.bse / scale).tolist(), strict=True))
    return Fitted(values, errors, share, int(fit.nobs))
