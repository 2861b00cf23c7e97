#!/bin/busybox sh
# The first process of the test guest. It drives what a cloud image would: finds the NoCloud
# seed, takes its name from it, asks DHCP for addresses, serves its name over HTTP, obeys the
# power button, runs the seed's user data, and gives a shell on the serial console.

prepare() {
	/bin/busybox --install -s /bin
	export PATH=/bin HOME=/
	mount -t proc proc /proc
	mount -t sysfs sysfs /sys
	mount -t devtmpfs devtmpfs /dev
	mkdir -p /dev/pts /seed /data /www
	mount -t devpts devpts /dev/pts
	while read -r module; do
		insmod "/modules/$module" 2>/dev/null
	done </modules/order
}

say() {
	echo "quantix-guest $*" >/dev/console
}

read_seed() {
	for device in /dev/sr? /dev/vd? /dev/sd? /dev/vd?? /dev/sd??; do
		[ -b "$device" ] || continue
		mount -t iso9660 -o ro "$device" /seed 2>/dev/null ||
			mount -t vfat -o ro "$device" /seed 2>/dev/null || continue
		[ -f /seed/meta-data ] && return
		umount /seed
	done
}

seed_value() {
	sed -n "s/^[{ ]*\"*$1\"*: *[\"']*\([^\"',}]*\).*/\1/p" /seed/meta-data 2>/dev/null | head -n 1
}

take_name() {
	name=$(seed_value local-hostname)
	instance=$(seed_value instance-id)
	hostname "${name:-quantix-guest}"
}

count_boots() {
	boots=1
	for device in /dev/vda1 /dev/sda1; do
		[ -b "$device" ] && mount -t ext4 "$device" /data 2>/dev/null && break
	done
	[ -f /data/boots ] && boots=$(($(cat /data/boots) + 1))
	echo "$boots" >/data/boots
	sync
}

watch_power_button() {
	for device in /sys/class/input/event*; do
		grep -q "Power Button" "$device/device/name" 2>/dev/null || continue
		(
			dd if="/dev/input/${device##*/}" of=/dev/null bs=24 count=1 2>/dev/null
			/bin/stop
		) &
	done
}

ask_for_addresses() {
	ip link set lo up
	for nic in /sys/class/net/*; do
		nic=${nic##*/}
		[ "$nic" = lo ] && continue
		ip link set "$nic" up
		udhcpc -i "$nic" -s /bin/dhcp-event -O mtu -x "hostname:$(hostname)" \
			-t 20 -T 1 -A 2 -b >/dev/null 2>&1
	done
}

serve() {
	echo "hello from $(hostname)" >/www/index.html
	httpd -p 80 -h /www
}

addresses() {
	ip -4 -o addr show scope global | sed 's/.*inet \([0-9.]*\).*/\1/' | paste -s -d ,
}

run_user_data() {
	case $(head -n 1 /seed/user-data 2>/dev/null) in
	"#!"*) cp /seed/user-data /user-script ;;
	"#cloud-config"*)
		awk '/^[^ #-]/ { on = 0 } /^runcmd:/ { on = 1; next }
			on && /^ *- / { sub(/^ *- /, ""); print }' /seed/user-data >/user-script
		;;
	esac
	[ -s /user-script ] || return
	sh /user-script >/dev/console 2>&1 </dev/null
	say "user-data finished status=$?"
}

prepare
read_seed
take_name
count_boots
watch_power_button
ask_for_addresses
serve
say "ready hostname=$(hostname) address=$(addresses) boots=$boots instance=$instance"
run_user_data
export PS1='\h# '
while :; do
	setsid cttyhack sh -c 'stty cols 120 rows 40; exec sh'
	sleep 1
done
