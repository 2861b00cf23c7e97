import NetworkIcon from "@patternfly/react-icons/dist/esm/icons/network-icon";
import { useState } from "react";
import { Link } from "react-router";

import { useNetworks } from "../../api/networks";
import { DataTable, type Columns } from "../../components/table/data-table";
import { Empty } from "../../components/empty";
import { count, titleOf, UNKNOWN } from "../../components/format";
import { LinkButton } from "../../components/link-button";
import { Page } from "../../components/page";
import { networkPhase } from "../../components/state";
import { StateMark } from "../../components/state-mark";
import { Allowed } from "../../components/verbs";
import type { Network } from "../../gen/quantix/network/v1/network_pb";
import { DeleteNetwork } from "./delete-network";
import { typeWord } from "./types";

const dash = <span className="q-unknown">{UNKNOWN}</span>;

const columns: Columns<Network> = [
  { title: "Name", text: titleOf, cell: (row) => <Link to={`/${row.name}`}>{titleOf(row)}</Link> },
  {
    title: "State",
    glows: true,
    text: ({ phase }) => networkPhase(phase).word,
    cell: ({ phase, phaseMessage }) => <StateMark shown={networkPhase(phase)} title={phaseMessage || undefined} />,
  },
  { title: "Type", text: ({ type }) => typeWord(type), cell: ({ type }) => typeWord(type) },
  { title: "Range", text: ({ ipv4 }) => ipv4?.cidr ?? "", cell: ({ ipv4 }) => ipv4?.cidr || dash },
  { title: "Gateway", text: ({ ipv4 }) => ipv4?.gateway ?? "", cell: ({ ipv4 }) => ipv4?.gateway || dash },
  { title: "DHCP", cell: ({ dhcp }) => (dhcp?.enabled === undefined ? dash : dhcp.enabled ? "On" : "Off") },
  {
    title: "Addresses",
    text: ({ addresses }) => addresses?.usedCount ?? 0n,
    cell: ({ addresses }) => (addresses ? `${count(addresses.usedCount)} used, ${count(addresses.freeCount)} free` : dash),
  },
  { title: "Ports", text: ({ portCount }) => portCount, cell: ({ portCount }) => count(portCount) },
];

const nameOf = ({ name }: Network) => name;

export default function NetworkList() {
  const networks = useNetworks();
  const [doomed, setDoomed] = useState<Network>();
  const create = (
    <Allowed needs="network.create">
      <LinkButton to="/networks/create">Create network</LinkButton>
    </Allowed>
  );
  return (
    <Page title="Networks" actions={create}>
      <DataTable
        label="Networks"
        rows={networks.items}
        rowKey={nameOf}
        columns={columns}
        title={titleOf}
        verbs={(row) => [{ text: "Delete", needs: "network.delete", act: () => setDoomed(row), danger: true }]}
        error={networks.error}
        retry={networks.retry}
        empty={
          <Empty title="No network yet" icon={NetworkIcon} action={create}>
            Machines are plugged into networks. An overlay network spans all hosts without touching the switches.
          </Empty>
        }
      />
      {doomed && <DeleteNetwork network={doomed} onClose={() => setDoomed(undefined)} />}
    </Page>
  );
}
