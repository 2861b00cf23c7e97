import { describe, expect, it } from "vitest";

import told from "../gen/reasons.json";
import { HERE, todoOf } from "./reasons";

describe("what to do after a refusal", () => {
  it("names no command where somebody is at a page", () => {
    for (const [name, each] of Object.entries(told)) {
      expect(each.meaning, name).not.toBe("");
      expect(todoOf(name, each) ?? "", name).not.toMatch(/qvdc|--|`/);
    }
  });

  it("leaves advice that is only a command to the page's general words", () => {
    expect(todoOf("NEW_REASON", { meaning: "It is new.", todo: "See `qvdc new`." })).toBeUndefined();
    expect(todoOf("NEW_REASON", { meaning: "It is new.", todo: "Wait." })).toBe("Wait.");
  });

  it("has no text for a reason that is none", () => {
    for (const name of Object.keys(HERE)) expect(told, name).toHaveProperty(name);
  });
});
