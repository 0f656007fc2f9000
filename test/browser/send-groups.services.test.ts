/** The send drawer says which events lead on, which change nothing and which are refused and why; and fills its form. */
import { beforeAll, expect, test } from "vitest";
import { isSkipped, visitor } from "./chromium.ts";
import { type Inspected, inspected } from "./inspected.ts";

let system: Inspected;
beforeAll(async () => {
  if (isSkipped) return;
  system = await inspected("groups", { module: "test/browser/parcel.ts" });
  await system.create("parcel", "p-1", { owner: "ann", pin: "4711" });
  await system.create("parcel", "p-2", { owner: "bob", pin: "4712" });
});

test.skipIf(isSkipped)("an event that changes nothing, and one that is refused, are told apart and why", async () => {
  const page = await visitor();
  await page.goto(`${system.url}objects/parcel/p-1?dialog=send`);
  const group = (name: string) => page.locator(`[data-group=${name}] .choice`);
  await group("accepted").waitFor();
  expect(await group("accepted").allInnerTexts()).toEqual([expect.stringMatching(/^PAY\s+stays, pay$/)]);
  expect(await group("idle").allInnerTexts()).toEqual([expect.stringMatching(/^LOOK\s+stays as it is$/)]);
  expect(await group("refused").allInnerTexts()).toEqual([expect.stringMatching(/^SHIP\s+accepted in ready$/)]);
  await page.getByText("Not accepted in waiting").waitFor();
});

test.skipIf(isSkipped)(
  "fields follow the kind that was chosen, and the kind that was sent lately fills them",
  async () => {
    const page = await visitor();
    await page.goto(`${system.url}objects/parcel/p-1?dialog=send&event=PAY`);
    const field = (path: string) => page.locator(`[data-field="${path}"]`);
    await field("by.number").waitFor();
    await field("by.holder").locator("input").fill("ann");
    await field("by.type").locator("select").selectOption({ label: "invoice" });
    await field("by.days").locator("input").fill("14");
    expect(await field("by.number").count()).toBe(0);
    expect(await field("by.holder").locator("input").inputValue()).toBe("ann");
    await page.getByRole("button", { name: "Send PAY" }).click();
    await page.getByText(/PAY is turn 2/).waitFor();
    expect((await system.read("object/parcel/p-1")).context.paid).toBe("invoice");

    await system.send("parcel", "p-2", { type: "PAY", by: { type: "card", number: "4000", holder: "bob" } });
    await page.goto(`${system.url}objects/parcel/p-1?dialog=send&event=PAY`);
    await page.getByText("Sent lately").click();
    await page.getByRole("button", { name: "days: 14" }).click();
    expect(await field("by.days").locator("input").inputValue()).toBe("14");
    await page.getByRole("button", { name: "to parcel/p-2" }).click();
    expect(await field("by.holder").locator("input").inputValue()).toBe("bob");
    expect(await field("by.number").locator("input").inputValue()).toBe("");
    await page.getByText("number must not be empty").or(page.getByText("number is needed")).waitFor();
  },
);
