"""Run `qvdc-lab`."""

from qvdc_lab.cli import main

if __name__ == "__main__":
    main()
