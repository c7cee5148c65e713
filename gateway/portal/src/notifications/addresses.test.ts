import { describe, expect, it } from "vitest";
import { addressesIn } from "./addresses";

describe("addressesIn", () => {
  it("takes whatever stands between", () => {
    expect(addressesIn(" a@b.example, c@d.example;\ne@f.example ")).toEqual([
      "a@b.example",
      "c@d.example",
      "e@f.example",
    ]);
    expect(addressesIn("  ")).toEqual([]);
  });
});
