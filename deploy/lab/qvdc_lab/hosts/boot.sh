# The first process of a lab host, in network, mount and UTS namespaces of its own. It gives the
# host its own identity and its own system folders, then holds the namespaces open.
#
# Arguments: the host's folder, its name.
set -eu
folder=$1 name=$2

mount --make-rprivate /
hostname "$name"
bind() {
	mount --bind "$folder/$1" "$2"
}
bind identity/boot_id /proc/sys/kernel/random/boot_id
bind identity/machine-id /etc/machine-id
bind identity/hostname /etc/hostname
bind disk/etc/libvirt /etc/libvirt
bind disk/etc/openvswitch /etc/openvswitch
bind disk/etc/quantix /etc/quantix
bind disk/lib/libvirt /var/lib/libvirt
bind disk/lib/openvswitch /var/lib/openvswitch
bind disk/lib/quantix /var/lib/quantix
bind disk/cache/libvirt /var/cache/libvirt
bind disk/log/libvirt /var/log/libvirt
bind disk/log/openvswitch /var/log/openvswitch
bind disk/log/ovn /var/log/ovn
bind run /run
exec sleep infinity
