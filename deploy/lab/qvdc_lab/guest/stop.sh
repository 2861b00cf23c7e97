#!/bin/sh
# Shut down in order, as the power button asks.
echo "quantix-guest stopping hostname=$(hostname)" >/dev/console
sync
umount /data 2>/dev/null
poweroff -f
