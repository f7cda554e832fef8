"""The controls of the live tab: what they say as Settings, and what they do when used."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from bokeh.events import ClientReconnected, DocumentReady
from bokeh.layouts import column, row
from bokeh.models import CustomJS
from bokeh.models.widgets.buttons import Button, Toggle
from bokeh.models.widgets.inputs import NumericInput, Select
from bokeh.models.widgets.sliders import CategoricalSlider, Slider

from simhedge.live.settings import CLEARINGS, LARGEST_SCALE, POLICIES, POLICY_LABELS, Settings

if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.models import Column

    from simhedge.scenario import Scenario

LIQUIDITIES = ("0.1", "0.2", "0.5", "1", "2", "5", "10")
SPEEDS = ("1", "2", "5", "10", "25", "50", "100", "200", "500", "1000")
STARTING_SPEED = "50"
NEWS = 2.0  # daily standard deviations
MOST_DEALERS = 100_000
_NAME_HANDLES = """
for (const slider of sliders) {
  const view = cb_context.index.get_one(slider)
  view.shadow_el.querySelector("[role=slider]").setAttribute("aria-label", slider.title)
}
"""


class Controls(NamedTuple):
    """The widgets."""

    scale: Slider
    liquidity: CategoricalSlider
    volatility: Slider
    dealers: NumericInput
    clearing: Select
    policy: Select
    parameter: NumericInput
    speed: CategoricalSlider
    running: Toggle
    step: Button
    restart: Button
    new_seed: Button
    good_news: Button
    bad_news: Button


def new_controls(scenario: Scenario, settings: Settings) -> Controls:
    """Widgets in the position that `settings` have."""
    wide: Any = {"sizing_mode": "stretch_width", "margin": (2, 4)}
    factor = _factor(scenario)
    unit = "$" if factor == 1.0 else "%"
    start = factor * settings.volatility
    clearings: list[Any] = list(dict.fromkeys([settings.clearing, *CLEARINGS]))
    policies: list[Any] = list(POLICY_LABELS.items())
    return Controls(
        scale=Slider(
            title="Dealers' gamma, times the book", start=-LARGEST_SCALE, end=LARGEST_SCALE, step=0.05,
            value=settings.scale, **wide,
        ),
        liquidity=CategoricalSlider(title="Liquidity, times", categories=list(LIQUIDITIES), value="1", **wide),
        volatility=Slider(
            title=f"Volatility of the news ({unit} a year)", start=0.1 * start, end=4.0 * start, step=0.1 * start,
            value=start, format="0[.]0", **wide,
        ),
        dealers=NumericInput(title="Dealers", value=settings.dealers, low=1, high=MOST_DEALERS, mode="int", **wide),
        clearing=Select(title="Clearing", value=settings.clearing, options=clearings, **wide),
        policy=Select(title="Hedging policy", value=settings.policy, options=policies, **wide),
        parameter=NumericInput(**_parameter(settings), format="0[.]0[00000000]", **wide),
        speed=CategoricalSlider(title="Steps a second", categories=list(SPEEDS), value=STARTING_SPEED, **wide),
        running=Toggle(label="Pause", active=True, button_type="primary", **wide),
        step=Button(label="Step", **wide),
        restart=Button(label="Restart", **wide),
        new_seed=Button(label="New seed", **wide),
        good_news=Button(label="Good news", **wide),
        bad_news=Button(label="Bad news", **wide),
    )  # fmt: skip


def _factor(scenario: Scenario) -> float:
    """From the scenario's volatility to the slider's: per cent, or dollars where it is dollars already."""
    return 100.0 if scenario.market.fundamental.type == "gbm" else 1.0


def _parameter(settings: Settings) -> dict[str, Any]:
    """How the one number of a policy is asked for."""
    parameter = POLICIES.get(settings.policy)
    if parameter is None:
        return {"title": "(no parameter)", "value": settings.parameter, "mode": "float", "disabled": True}
    mode = "int" if parameter.whole else "float"
    value: float = int(settings.parameter) if parameter.whole else settings.parameter
    return {"title": parameter.label, "value": value, "mode": mode, "disabled": False}


def laid_out(own: Controls) -> Column:
    """The widgets in one column."""

    def side_by_side(*widgets: Any) -> Any:
        return row(*widgets, sizing_mode="stretch_width")

    return column(
        side_by_side(own.running, own.step),
        side_by_side(own.restart, own.new_seed),
        own.speed,
        own.scale,
        own.liquidity,
        own.volatility,
        side_by_side(own.good_news, own.bad_news),
        own.clearing,
        side_by_side(own.policy, own.dealers),
        own.parameter,
        sizing_mode="stretch_width",
    )


def name_handles(own: Controls, document: Document) -> None:
    """Tell screen readers what each slider's handle moves: Bokeh shows the title beside it without tying them."""
    sliders = [own.speed, own.scale, own.liquidity, own.volatility]
    naming = CustomJS(args={"sliders": sliders}, code=_NAME_HANDLES)
    document.js_on_event(DocumentReady, naming)
    own.speed.js_on_change("tags", naming)  # a browser that comes back after its connection broke draws them anew
    document.on_event(ClientReconnected, lambda _event: own.speed.update(tags=[sum(own.speed.tags) + 1]))


def said(own: Controls, scenario: Scenario, seed: int) -> Settings:
    """The settings that the widgets show."""
    return Settings(
        scale=round(float(own.scale.value), 6),
        liquidity=float(own.liquidity.value),
        volatility=float(own.volatility.value) / _factor(scenario),
        dealers=int(own.dealers.value or 1),
        clearing=own.clearing.value,
        policy=own.policy.value,
        parameter=float(own.parameter.value or 0.0),
        seed=seed,
    )


def show(own: Controls, scenario: Scenario, settings: Settings) -> None:
    """Put the widgets where `settings` are."""
    own.scale.value = settings.scale
    own.liquidity.value = f"{settings.liquidity:g}"
    own.volatility.value = _factor(scenario) * settings.volatility
    own.dealers.value = settings.dealers
    own.clearing.value = settings.clearing
    own.policy.value = settings.policy
    own.parameter.update(**_parameter(settings))


def on_change(own: Controls, changed: Callable[[], None]) -> None:
    """Call `changed` whenever a control that belongs to the settings has moved."""
    for widget in (own.scale, own.liquidity, own.volatility, own.dealers, own.clearing, own.policy, own.parameter):
        widget.on_change("value", lambda _attribute, _old, _new: changed())
