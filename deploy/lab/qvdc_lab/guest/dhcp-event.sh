#!/bin/sh
# What udhcpc calls when a lease comes, is renewed, or ends.
case $1 in
deconfig)
	ip -4 addr flush dev "$interface"
	;;
bound | renew)
	[ "$1" = bound ] && ip -4 addr flush dev "$interface"
	[ -n "$mtu" ] && ip link set "$interface" mtu "$mtu"
	ip addr replace "$ip/$mask" dev "$interface"
	for address in $router; do
		ip route replace default via "$address" dev "$interface"
	done
	: >/etc/resolv.conf
	for address in $dns; do
		echo "nameserver $address" >>/etc/resolv.conf
	done
	[ "$1" = bound ] && echo "quantix-guest lease nic=$interface address=$ip" >/dev/console
	;;
esac
exit 0
