import { describe, expect, it } from "vitest";

import { isCidr, suggestDhcpRange, suggestGateway } from "./ranges";

describe("suggestions for a range", () => {
  it("takes the first address for the gateway", () => {
    expect(suggestGateway("10.20.0.0/24")).toBe("10.20.0.1");
    expect(suggestGateway("192.168.255.128/25")).toBe("192.168.255.129");
  });

  it("leaves room for what is set by hand", () => {
    expect(suggestDhcpRange("10.20.0.0/24")).toBe("10.20.0.10-10.20.0.254");
    expect(suggestDhcpRange("10.0.0.0/8")).toBe("10.0.0.10-10.255.255.254");
    expect(suggestDhcpRange("10.0.0.0/29")).toBe("10.0.0.2-10.0.0.6");
  });

  it("suggests nothing for what is no range", () => {
    for (const text of ["", "10.0.0.0", "10.0.0.0/31", "10.0.0.256/24", "a/24"]) {
      expect(isCidr(text)).toBe(false);
      expect(suggestGateway(text)).toBe("");
      expect(suggestDhcpRange(text)).toBe("");
    }
  });
});
