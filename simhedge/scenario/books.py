"""The block `books`: option positions written out, the teaching instrument of constant gamma, or a chain file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from simhedge.scenario.base import Block, IsoDate, problem, unit


class OptionPosition(Block):
    """European calls or puts of one strike and expiry, signed from the dealers' side."""

    kind: Literal["call", "put"] = Field(description="Call or put.")
    strike: float = Field(gt=0, description="Strike.", json_schema_extra=unit("$"))
    expiry_days: float | None = Field(
        None,
        gt=0,
        le=100_000,
        description="Trading days from the start to expiry; must fall on a step. Or give `expiry`.",
        json_schema_extra=unit("trading days"),
    )
    expiry: IsoDate | None = Field(
        None, description="Expiry date, at whose close the option settles; needs clock.start. Or give `expiry_days`."
    )
    contracts: float = Field(
        description="Contracts that all dealers of the book hold: positive long, negative short.",
        json_schema_extra=unit("contracts"),
    )
    multiplier: float = Field(
        100.0, gt=0, description="Shares under one contract.", json_schema_extra=unit("shares per contract")
    )
    implied_vol: float = Field(
        gt=0,
        le=10,
        description="Volatility that dealers compute delta with; 0.20 is 20%.",
        json_schema_extra=unit("1/sqrt(year)"),
    )

    @model_validator(mode="after")
    def _one_expiry(self) -> OptionPosition:
        if self.expiry_days is None and self.expiry is None:
            raise problem(
                "a position needs its expiry",
                key=["expiry_days"],
                remedy="add expiry_days (trading days from the start), or expiry (a date) with clock.start",
            )
        if self.expiry_days is not None and self.expiry is not None:
            raise problem("expiry and expiry_days exclude each other", key=["expiry"], remedy="keep one of them")
        return self


class ConstantGammaPosition(Block):
    """An instrument whose delta is gamma * (S - S_0) and which never expires; for teaching and tests."""

    kind: Literal["constant_gamma"] = Field(description="Delta linear in the price.")
    gamma: float = Field(
        description="Shares of delta per $ of price: positive long gamma, negative short gamma.",
        json_schema_extra=unit("shares per $"),
    )


class ChainSign(Block):
    """Dealers' share of open interest, signed: 1 means dealers are long all of it, -1 short all of it."""

    calls: float = Field(1.0, description="Share of the calls' open interest: positive long, negative short.")
    puts: float = Field(-1.0, description="Share of the puts' open interest: positive long, negative short.")


class ChainBook(Block):
    """The open interest of an option-chain file, times the dealers' share of it."""

    from_chain: str = Field(
        min_length=1,
        description="Chain file, relative to the file this is written in; in --set, to the current directory.",
    )
    sign: ChainSign = Field(
        default=ChainSign(), description="Dealers' share of open interest; an assumption, not data."
    )
    root: str | None = Field(None, min_length=1, description="Only options of these roots, separated by commas.")
    quote_time: str | None = Field(
        None,
        min_length=1,
        description="Moment of the quotes, in place of the file's own; New York time unless it has a zone.",
    )


Position = Annotated[OptionPosition | ConstantGammaPosition, Field(discriminator="kind")]


def _book_form(value: Any) -> str | None:
    if isinstance(value, list):
        return "positions"
    return "chain" if isinstance(value, dict | ChainBook) else None


InlineBook = Annotated[list[Position], Field(min_length=1, description="Positions written out, at least one.")]
AnyBook = Annotated[
    Annotated[InlineBook, Tag("positions")] | Annotated[ChainBook, Tag("chain")], Discriminator(_book_form)
]
