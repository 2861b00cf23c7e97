import { Form } from "@patternfly/react-core";

import { NumberField, SwitchField, TextField } from "../../components/field";
import { Network_Type as Type } from "../../gen/quantix/network/v1/network_pb";
import { dhcpRangeOf, gatewayOf, isSwitched, type Wish } from "./wish";

interface ConfigurationProps {
  wish: Wish;
  set(change: Partial<Wish>): void;
  /** Why a field will not do, by its path in the contract. */
  problems: Readonly<Record<string, string>>;
}

/** What a network of the chosen type is made of. */
export function Configuration({ wish, set, problems }: ConfigurationProps) {
  const problem = (...paths: string[]) => {
    const found = Object.keys(problems).find((each) => paths.some((path) => each.startsWith(path)));
    return found === undefined ? undefined : problems[found];
  };
  return (
    <Form onSubmit={(event) => event.preventDefault()}>
      {isSwitched(wish) && (
        <div className="q-settings">
          {wish.type === Type.VLAN && <NumberField id="vlan" label="VLAN id" least={1} most={4094} value={wish.vlan} onChange={(vlan) => set({ vlan })} />}
          <TextField id="switch" label="Distributed switch" value={wish.switchName} onChange={(switchName) => set({ switchName })} problem={problem("switch")} help="The physical network that carries it." />
        </div>
      )}
      <div className="q-settings">
        <TextField id="cidr" label="IPv4 range" value={wish.cidr} onChange={(cidr) => set({ cidr })} problem={problem("ipv4.cidr")} help="Such as 10.20.0.0/24; empty: machines bring their own addresses." />
        <TextField id="gateway" label="Gateway" value={gatewayOf(wish)} onChange={(gateway) => set({ gateway })} problem={problem("ipv4.gateway")} help="The first address is suggested; “none”: no gateway." />
        <TextField id="reserved" label="Never given" value={wish.reserved} onChange={(reserved) => set({ reserved })} problem={problem("reserved")} help="Addresses or first-last ranges, separated by commas." />
        <TextField id="mtu" label="MTU (bytes)" value={wish.mtu} onChange={(mtu) => set({ mtu })} problem={problem("mtu")} help="Empty: what the underlay leaves." />
      </div>
      {wish.cidr && (
        <>
          <SwitchField id="dhcp" label="Tell guests their addresses by DHCP" value={wish.dhcp} onChange={(dhcp) => set({ dhcp })} />
          {wish.dhcp && (
            <div className="q-settings">
              <TextField id="dhcp-range" label="DHCP gives" value={dhcpRangeOf(wish)} onChange={(dhcpRange) => set({ dhcpRange })} problem={problem("dhcp.ranges")} help="first-last ranges, separated by commas; empty: all addresses." />
              <NumberField id="lease" label="Lease" unit="s" least={60} most={31_536_000} value={wish.lease} onChange={(lease) => set({ lease })} />
              <TextField id="dns" label="Name servers" value={wish.dns} onChange={(dns) => set({ dns })} problem={problem("dhcp.dns")} help="Addresses, separated by commas." />
              <TextField id="domain" label="Domain" value={wish.domain} onChange={(domain) => set({ domain })} problem={problem("dhcp.domain")} help="Such as corp.example." />
              <TextField id="ntp" label="Time servers" value={wish.ntp} onChange={(ntp) => set({ ntp })} problem={problem("dhcp.ntp")} help="Addresses, separated by commas." />
            </div>
          )}
        </>
      )}
    </Form>
  );
}
