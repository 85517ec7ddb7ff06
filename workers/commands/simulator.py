"""`quoteway simulator`: a simulated marketplace over HTTP."""

from __future__ import annotations

from workers.commands.exits import Exit, Refusal


def run(host: str, port: int, speed: float) -> None:
    """
    Serves the simulated Pax8 until SIGINT or SIGTERM; time there runs `speed` times as fast as here.

    Raises SettingsError beside a real database or a real account.
    """
    from pipeline.marketplaces.pax8.simulator import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, Pax8Simulator
    from pipeline.marketplaces.simulation import ScaledClock, serve
    from workers.commands.output import print_line
    from workers.configured import check_simulator
    from workers.settings import load_settings

    check_simulator(load_settings())

    def tell(address: str) -> None:
        print_line(f"Simulated Pax8 at {address}/v1, client id {DEMO_CLIENT_ID}, secret {DEMO_CLIENT_SECRET}")

    try:
        serve(Pax8Simulator(ScaledClock(speed)), host, port, tell)
    except OSError as error:
        raise Refusal(
            f"Port {port} on {host} cannot be used ({error.strerror}): choose another one with --port.",
            Exit.UNAVAILABLE,
        ) from error
