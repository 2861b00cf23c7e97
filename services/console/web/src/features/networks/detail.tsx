import { useMemo, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";

import { useNetworkAddresses, useNetworks, usePorts } from "../../api/networks";
import { Copy } from "../../components/copy";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { EventLines } from "../../components/event-lines";
import { Facts } from "../../components/facts";
import { count, idOf, titleOf, UNKNOWN } from "../../components/format";
import { Page, Waiting } from "../../components/page";
import { NotShown } from "../../components/refused";
import { networkPhase, portStatus } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { UrlTabs } from "../../components/tabs";
import { When } from "../../components/time";
import { Verbs } from "../../components/verbs";
import type { HeldAddress, Network } from "../../gen/quantix/network/v1/network_pb";
import type { Port } from "../../gen/quantix/network/v1/port_pb";
import { DeleteNetwork } from "./delete-network";
import { typeWord } from "./types";

const CRUMBS = [{ text: "Networks", to: "/networks" }];

export default function NetworkPage() {
  const { id = "" } = useParams();
  const networks = useNetworks();
  const [deleting, setDeleting] = useState(false);
  const go = useNavigate();
  const network = networks.byName?.get(`networks/${id}`);
  if (!network)
    return (
      <Page title={id} crumbs={CRUMBS}>
        {networks.error ? <NotShown error={networks.error} title="The network cannot be shown" retry={networks.retry} /> : null}
        {!networks.items && !networks.error && <Waiting label="Loading the network" />}
        {networks.items && <Empty title="No such network">It may have been deleted.</Empty>}
      </Page>
    );
  return (
    <Page
      title={titleOf(network)}
      crumbs={CRUMBS}
      state={<StateMark shown={networkPhase(network.phase)} />}
      description={network.phaseMessage || network.description}
      actions={<Verbs label="Verbs of the network" verbs={[{ text: "Delete", needs: "network.delete", act: () => setDeleting(true), danger: true }]} />}
    >
      <UrlTabs
        label="Parts of the network"
        pages={[
          { id: "summary", title: "Summary", content: () => <Summary network={network} /> },
          { id: "ports", title: "Ports", content: () => <Ports network={network.name} /> },
          { id: "addresses", title: "Addresses", content: () => <Addresses network={network.name} /> },
          { id: "events", title: "Events", content: () => <EventLines filter={{ subject: network.name }} /> },
        ]}
      />
      {deleting && <DeleteNetwork network={network} onClose={() => setDeleting(false)} onDone={() => void go("/networks")} />}
    </Page>
  );
}

function Summary({ network }: { network: Network }) {
  const { addresses, dhcp, ipv4 } = network;
  return (
    <Facts
      items={[
        ["Type", typeWord(network.type)],
        ["VLAN", network.vlanId],
        ["Range", ipv4?.cidr],
        ["Gateway", ipv4?.gateway],
        ["MTU", network.mtu && `${network.mtu} bytes`],
        ["DHCP", dhcp?.enabled === undefined ? "" : dhcp.enabled ? "On" : "Off"],
        ["Name servers", dhcp?.dnsServers.join(", ")],
        ["Domain", dhcp?.domain],
        ["Addresses", addresses ? `${count(addresses.usedCount)} used, ${count(addresses.reservedCount)} reserved, ${count(addresses.freeCount)} free of ${count(addresses.totalCount)}` : ""],
        ["Ports", count(network.portCount)],
        ["Seen on OVN", <When key="seen" time={network.observeTime} />],
        ["Created", <When key="created" time={network.createTime} />],
        ["Uid", <Copy key="uid" text={network.uid} label="uid" shorten={13} />],
      ]}
    />
  );
}

const Owner = ({ name }: { name: string }) =>
  name.startsWith("vms/") ? <Link to={`/${name}`}>{idOf(name)}</Link> : <>{name || UNKNOWN}</>;

const portColumns: Columns<Port> = [
  { title: "Port", text: ({ name }) => name, cell: ({ name }) => idOf(name) },
  { title: "State", text: ({ status }) => portStatus(status).word, cell: ({ status, statusMessage }) => <StateMark shown={portStatus(status)} title={statusMessage || undefined} /> },
  { title: "Owner", text: ({ owner }) => owner, cell: ({ owner }) => <Owner name={owner} /> },
  { title: "MAC", text: ({ mac }) => mac, cell: ({ mac }) => mac },
  { title: "Addresses", text: ({ fixedIps }) => fixedIps.join(" "), cell: ({ fixedIps }) => fixedIps.join(", ") || UNKNOWN },
];

const portName = ({ name }: Port) => name;
const addressOf = ({ address }: HeldAddress) => address;

function Ports({ network }: { network: string }) {
  const ports = usePorts();
  const rows = useMemo(() => ports.items?.filter((each) => each.network === network), [ports.items, network]);
  return (
    <DataTable
      label="Ports"
      rows={rows}
      rowKey={portName}
      columns={portColumns}
      error={ports.error}
      retry={ports.retry}
      empty={<Empty title="No port yet">A port is made when a machine is plugged in.</Empty>}
    />
  );
}

const addressColumns: Columns<HeldAddress> = [
  { title: "Address", text: ({ address }) => address, cell: ({ address }) => address },
  { title: "Port", text: ({ port }) => port, cell: ({ port }) => idOf(port) },
  { title: "MAC", text: ({ mac }) => mac, cell: ({ mac }) => mac },
  { title: "Held by", text: ({ owner }) => owner, cell: ({ owner }) => <Owner name={owner} /> },
];

function Addresses({ network }: { network: string }) {
  const addresses = useNetworkAddresses(network);
  return (
    <DataTable
      label="Addresses"
      rows={addresses.data}
      rowKey={addressOf}
      columns={addressColumns}
      error={addresses.error}
      retry={() => void addresses.refetch()}
      empty={<Empty title="No address is in use">Addresses are given when machines are plugged in.</Empty>}
    />
  );
}
