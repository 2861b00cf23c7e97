/** Suggestions for an IPv4 range; the server judges what is sent. */
const CIDR = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;
/** Addresses at the start that are left for what is set by hand, where the range is large enough. */
const KEPT = 9;

interface Range {
  first: number;
  last: number;
}

function parse(cidr: string): Range | undefined {
  const match = CIDR.exec(cidr.trim());
  const [a = 256, b = 256, c = 256, d = 256, length = 33] = (match ?? []).slice(1).map(Number);
  if (!match || Math.max(a, b, c, d) > 255 || length > 30) return undefined;
  const size = 2 ** (32 - length);
  const address = a * 2 ** 24 + b * 2 ** 16 + c * 2 ** 8 + d;
  const network = address - (address % size);
  return { first: network + 1, last: network + size - 2 };
}

const toText = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join(".");

export const isCidr = (text: string): boolean => parse(text) !== undefined;

/** The first address of a range. */
export function suggestGateway(cidr: string): string {
  const range = parse(cidr);
  return range ? toText(range.first) : "";
}

/** What DHCP may give, without the gateway and some room for what is set by hand. */
export function suggestDhcpRange(cidr: string): string {
  const range = parse(cidr);
  if (!range) return "";
  const kept = range.last - range.first >= 4 * KEPT ? KEPT : 1;
  return `${toText(range.first + kept)}-${toText(range.last)}`;
}
