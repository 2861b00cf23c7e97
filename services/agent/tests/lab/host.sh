# One host for tests: private folders, libvirtd, virtlogd and OVS's userspace datapath. Runs as the
# first process of its own pid, mount, network and host name namespaces, so that killing it is a
# power loss. $1 is the host's folder.
set -eu
folder=$1
mkdir -p "$folder"/run/lock "$folder"/run/openvswitch
for kind in lib cache log; do mkdir -p "$folder/$kind"; done
mkdir -p "$folder/etc" "$folder/ovs"

mount --make-rprivate /
mount --bind "$folder/run" /run
mount --bind "$folder/etc" /etc/libvirt
for kind in lib cache log; do mount --bind "$folder/$kind" "/var/$kind/libvirt"; done
hostname lab-host
ip link set lo up

cat > /etc/libvirt/libvirtd.conf <<END
auth_unix_rw = "none"
unix_sock_rw_perms = "0700"
host_uuid = "$(cat /proc/sys/kernel/random/uuid)"
END
cat > /etc/libvirt/qemu.conf <<END
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
namespaces = []
cgroup_controllers = []
END
cat > /etc/libvirt/virtlogd.conf <<END
max_size = 65536
max_backups = 3
END

export OVS_RUNDIR="$folder/run/openvswitch" OVS_DBDIR="$folder/ovs" OVS_SYSCONFDIR="$folder/ovs" OVS_LOGDIR="$folder/ovs"
ovsdb-tool create "$folder/ovs/conf.db" /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server "$folder/ovs/conf.db" --remote="punix:$OVS_RUNDIR/db.sock" --unixctl="$OVS_RUNDIR/ovsdb.ctl" &
ovs-vsctl --timeout=10 --no-wait --retry init
ovs-vswitchd "unix:$OVS_RUNDIR/db.sock" --disable-system --unixctl="$OVS_RUNDIR/vswitchd.ctl" &
ovs-vsctl --timeout=20 add-br br-int -- set bridge br-int datapath_type=netdev fail-mode=secure
ovs-vsctl --timeout=10 set open_vswitch . external_ids:system-id=lab-chassis external_ids:ovn-bridge-mappings=physnet1:br-ex

virtlogd &
# A libvirtd that is killed comes back, as a supervisor would have it.
while true; do libvirtd & echo $! > "$folder/libvirtd.pid"; wait $! || true; done
