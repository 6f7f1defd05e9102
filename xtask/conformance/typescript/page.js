// The page at /docs in a real browser, as a person uses it: enter the token, try an operation, see the response.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const { ORIGIN, TOKEN, TEST_CHROMIUM, SCREENSHOT } = process.env;

const browser = await chromium.launch({
  executablePath: TEST_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
  const foreign = [];
  const complaints = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(ORIGIN) && !request.url().startsWith("data:")) foreign.push(request.url());
  });
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));

  await page.goto(`${ORIGIN}/docs`);
  await page.locator(".opblock").first().waitFor();
  assert((await page.locator(".opblock").count()) >= 50, "every operation is on the page");

  await page.locator("button.authorize").first().click();
  await page.locator(".auth-container input").fill(TOKEN);
  await page.locator(".auth-btn-wrapper button.authorize").click();
  await page.locator(".auth-btn-wrapper button.btn-done").click();

  const create = page.locator("#operations-Projects-projects_create");
  await create.locator(".opblock-summary-control").click();
  const trying = create.locator("button.try-out__btn");
  if ((await trying.textContent())?.includes("Try it out")) await trying.click();
  await create.locator("textarea").fill('{"name": "From the page"}');
  const sent = page.waitForResponse((response) => response.request().method() === "POST" && response.url() === `${ORIGIN}/api/v1/projects`);
  await create.locator("button.execute").click();
  const answer = await sent;
  assert.equal(answer.status(), 201, await answer.text());
  assert.equal((await answer.json()).name, "From the page");
  await create.locator(".live-responses-table .response-col_status", { hasText: "201" }).first().waitFor();
  if (SCREENSHOT) await page.screenshot({ path: SCREENSHOT });
  assert.deepEqual(foreign, [], "nothing is loaded from another host");
  assert.deepEqual(complaints, [], "the browser reports no errors");
  console.log("the page at /docs works: a token was entered and a project created");
} finally {
  await browser.close();
}
