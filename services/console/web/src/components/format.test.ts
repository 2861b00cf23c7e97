import { describe, expect, it } from "vitest";

import { bytes, megahertz, parseBytes, percent, relative, span, toId, words } from "./format";

describe("sizes", () => {
  it("shows unknown as a dash, never as zero", () => {
    expect(bytes(undefined)).toBe("–");
    expect(percent(undefined)).toBe("–");
    expect(bytes(0n)).toBe("0 B");
  });
  it("keeps three figures and the unit", () => {
    expect(bytes(1536n)).toBe("1.50 KiB");
    expect(bytes(10n << 30n)).toBe("10 GiB");
    expect(bytes(8_053_063_680n)).toBe("7.50 GiB");
    expect(megahertz(96_000n)).toBe("96.0 GHz");
  });
  it.each([
    ["2 GiB", 2n << 30n],
    ["512", 512n << 20n],
    ["1.5g", 1536n << 20n],
    ["lots", undefined],
    ["-1 GiB", undefined],
  ])("reads %s", (text, value) => expect(parseBytes(text)).toBe(value));
});

describe("times", () => {
  const now = new Date("2026-01-01T12:00:00Z");
  it.each([
    ["2026-01-01T11:59:58Z", "now"],
    ["2026-01-01T11:57:00Z", "3 min ago"],
    ["2026-01-01T14:00:00Z", "in 2 h"],
    ["2025-12-30T12:00:00Z", "2 d ago"],
  ])("says %s as %s", (time, text) => expect(relative(new Date(time), now)).toBe(text));
  it("counts whole units", () => expect(span(3_700)).toBe("1 h"));
});

describe("names", () => {
  it.each([
    ["Web Farm 1", "web-farm-1"],
    ["  9 lives! ", "lives"],
    ["x".repeat(80), "x".repeat(63)],
  ])("makes an id of %s", (text, id) => expect(toId(text)).toBe(id));
  it("makes words of identifiers", () => {
    expect(words("POWER_OFF")).toBe("Power off");
    expect(words("AgentSilent")).toBe("Agent silent");
  });
});
