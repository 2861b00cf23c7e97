/** A network as the wizard holds it, and the request that says so. */
import type { NewNetwork } from "../../api/networks";
import { toId } from "../../components/format";
import { Network_Type as Type } from "../../gen/quantix/network/v1/network_pb";
import { isCidr, suggestDhcpRange, suggestGateway } from "./ranges";

export interface Wish {
  type: Type;
  displayName: string;
  id: string | undefined;
  description: string;
  vlan: number;
  switchName: string;
  cidr: string;
  /** Undefined while the suggestion stands. */
  gateway: string | undefined;
  mtu: string;
  dhcp: boolean;
  dhcpRange: string | undefined;
  lease: number;
  dns: string;
  domain: string;
  ntp: string;
  reserved: string;
}

export const NOTHING: Wish = {
  type: Type.OVERLAY,
  displayName: "",
  id: undefined,
  description: "",
  vlan: 1,
  switchName: "",
  cidr: "",
  gateway: undefined,
  mtu: "",
  dhcp: true,
  dhcpRange: undefined,
  lease: 86_400,
  dns: "",
  domain: "",
  ntp: "",
  reserved: "",
};

const list = (text: string) => text.split(/[\s,]+/).filter(Boolean);

export const idOfWish = ({ id, displayName }: Wish): string => id ?? toId(displayName);
export const isSwitched = ({ type }: Wish): boolean => type === Type.VLAN || type === Type.EXTERNAL;

export const gatewayOf = ({ gateway, cidr, type }: Wish): string =>
  gateway ?? (type === Type.ISOLATED ? "" : suggestGateway(cidr));

export const dhcpRangeOf = ({ dhcpRange, cidr }: Wish): string => dhcpRange ?? suggestDhcpRange(cidr);

function toRanges(text: string) {
  return list(text).map((each) => {
    const [first = "", last = first] = each.split("-");
    return { first, last };
  });
}

export function toRequest(wish: Wish): NewNetwork {
  const tagged = wish.type === Type.VLAN;
  const ranges = wish.dhcp ? toRanges(dhcpRangeOf(wish)) : [];
  const dhcp = {
    enabled: wish.dhcp,
    ranges,
    dnsServers: list(wish.dns),
    domain: wish.domain,
    ntpServers: list(wish.ntp),
    ...(Number.isNaN(wish.lease) ? {} : { leaseSeconds: wish.lease }),
  };
  return {
    networkId: idOfWish(wish),
    network: {
      ...(wish.displayName ? { displayName: wish.displayName } : {}),
      description: wish.description,
      type: wish.type,
      ...(tagged ? { vlanId: wish.vlan } : {}),
      ...(isSwitched(wish) ? { switch: wish.switchName } : {}),
      ...(wish.cidr ? { ipv4: { cidr: wish.cidr, gateway: gatewayOf(wish) }, dhcp } : {}),
      ...(wish.mtu ? { mtu: Number(wish.mtu) } : {}),
      reserved: list(wish.reserved),
    },
  };
}

/** What this page itself can see to be wrong; the server sees the rest. */
export function problemsOf(wish: Wish): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  if (wish.cidr && !isCidr(wish.cidr)) found["ipv4.cidr"] = "A range such as 10.20.0.0/24.";
  if (wish.mtu && !/^\d+$/.test(wish.mtu)) found.mtu = "A number from 576 to 9,000.";
  if (wish.type === Type.VLAN && Number.isNaN(wish.vlan)) found.vlan_id = "A number from 1 to 4,094.";
  return found;
}
