"""Run `qvdc`."""

from qvdc_cli.app import build


def main() -> None:
    """Run the command with the process's arguments."""
    build()()


if __name__ == "__main__":
    main()
