"""`quoteway simulator`: a simulated marketplace over HTTP."""

from __future__ import annotations

from workers.commands.exits import Exit, Refusal


def run(name: str, host: str, port: int, speed: float) -> None:
    """
    Serves the simulated marketplace of that name until SIGINT or SIGTERM; time there runs `speed` times as fast as
    here.

    Raises SettingsError beside a real database or a real account.
    """
    from pipeline.marketplaces.simulated import Simulated
    from pipeline.marketplaces.simulation import ScaledClock, serve
    from workers.commands.output import print_line
    from workers.configured import check_simulator
    from workers.settings import load_settings

    check_simulator(load_settings())
    simulated = Simulated(name)

    def tell(address: str) -> None:
        reached = dict(simulated.access(address))
        words = ", ".join(f"{field.replace('_', ' ')} {text}" for field, text in reached.items() if field != "base_url")
        print_line(f"Simulated {simulated.called} at {reached['base_url']}, {words}")

    try:
        serve(simulated.make(ScaledClock(speed)), host, port, tell)
    except OSError as error:
        raise Refusal(
            f"Port {port} on {host} cannot be used ({error.strerror}): choose another one with --port.",
            Exit.UNAVAILABLE,
        ) from error
