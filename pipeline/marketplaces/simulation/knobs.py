"""The knobs that every simulated marketplace has."""

from dataclasses import dataclass, field
from datetime import timedelta


@dataclass(slots=True)
class CommonKnobs:
    """Changed at any time; each takes effect with the next call. Durations run on the simulator's clock, but for
    latencies, which are real seconds."""

    token_lifetime: timedelta = timedelta(hours=1)

    calls_per_minute: int | None = None
    """Successful calls in any minute; None for no limit."""
    tells_retry_after: bool = True

    latency: float = 0.0
    latency_jitter: float = 0.0
    latency_by_route: dict[str, float] = field(default_factory=dict)
    """By label, as `GET /v1/orders`; instead of `latency`."""

    unknown_fields: bool = True
    """Fields that the contract doesn't name, on what is answered."""
