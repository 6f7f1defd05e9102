// The pages of development in a real browser, as a person uses them. At /docs: choose a user or enter a token, try an
// operation, see the response. At /: copy a token, see the last requests.

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

  /** Opens an operation of tasks to be tried, and enters the id. */
  async function open(operation, id) {
    const block = page.locator(`#operations-Tasks-${operation}`);
    await block.locator(".opblock-summary-control").click();
    const trying = block.locator("button.try-out__btn");
    if ((await trying.textContent())?.includes("Try it out")) await trying.click();
    await block.locator('tr[data-param-name="id"] input').fill(id);
    return block;
  }

  /** Clicks Execute, and returns the response. */
  async function executed(block, method, path) {
    const sent = page.waitForResponse((response) => response.request().method() === method && response.url() === ORIGIN + path);
    await block.locator("button.execute").click();
    return sent;
  }

  await page.goto(`${ORIGIN}/docs`);
  await page.locator(".opblock").first().waitFor();
  assert((await page.locator(".opblock").count()) >= 50, "every operation is on the page");

  // Signed in already, as a user who may do everything; then as one who may read, and as one without permissions
  for (const [user, method, expected] of [
    ["ada", "GET", 200],
    ["grace", "GET", 200],
    ["grace", "DELETE", 403],
    ["alan", "GET", 403],
    ["ada", "GET", 200],
  ]) {
    const choice = page.locator("#sign-in-user");
    if ((await choice.inputValue()) !== user) {
      const signed = page.waitForResponse((response) => response.url() === `${ORIGIN}/development/token`);
      await choice.selectOption(user);
      await signed;
    }
    const name = method === "GET" ? "list" : "delete";
    const block = page.locator(`#operations-Projects-projects_${name}`);
    if (!(await block.locator("button.execute").count())) {
      await block.locator(".opblock-summary-control").click();
      const trying = block.locator("button.try-out__btn");
      if ((await trying.textContent())?.includes("Try it out")) await trying.click();
    }
    if (name === "delete") await block.locator('tr[data-param-name="id"] input').fill("00000000-0000-7000-8000-000000000000");
    const sent = page.waitForResponse((response) => response.request().method() === method && response.url().startsWith(`${ORIGIN}/api/v1/projects`));
    await block.locator("button.execute").click();
    const answer = await sent;
    assert.equal(answer.status(), expected, `${user} ${method}: ${await answer.text()}`);
  }
  // The browser reports each refusal
  assert.equal(complaints.splice(0).filter((text) => !text.includes("403")).length, 0, "refusals are all that is reported");

  // A token that is entered by hand
  await page.locator("#sign-in-user").selectOption("own");
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

  // A file: chosen in the page's form, and downloaded again
  const tasks = await page.request.get(`${ORIGIN}/api/v1/tasks?size=1&fields=id`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const id = (await tasks.json()).items[0].id;
  const content = Buffer.from("%PDF-1.7\n%\u00e2\u00e3\u00cf\u00d3\nnot a whole document, but its beginning", "latin1");
  const upload = await open("tasks_upload_attachment", id);
  await upload.locator("select.content-type, .body-param-content-type select").first().selectOption("multipart/form-data");
  await upload.locator("input[type=file]").setInputFiles({ name: "plan.pdf", mimeType: "application/pdf", buffer: content });
  const stored = await executed(upload, "PUT", `/api/v1/tasks/${id}/attachment`);
  assert.equal(stored.status(), 200, await stored.text());
  assert.equal((await stored.json()).attachment.name, "plan.pdf");
  const download = await open("tasks_download_attachment", id);
  const loaded = await executed(download, "GET", `/api/v1/tasks/${id}/attachment`);
  assert.equal(loaded.status(), 200);
  assert.equal(loaded.headers()["content-length"], String(content.length), "the whole file comes back");

  // The page at /: a token that works, and the last requests
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: ORIGIN });
  await page.goto(`${ORIGIN}/`);
  await page.locator("#requests code", { hasText: "/api/v1/tasks/{id}/attachment" }).first().waitFor();
  await page.locator("#user").selectOption("auth0|grace");
  await page.locator("#copy").click();
  await page.locator("#copied", { hasText: "Copied" }).waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(copied, await page.locator("#shown").inputValue());
  for (const [method, expected] of [["get", 200], ["delete", 403]]) {
    const path = method === "get" ? "projects" : "projects/00000000-0000-7000-8000-000000000000";
    const answer = await page.request[method](`${ORIGIN}/api/v1/${path}`, { headers: { authorization: `Bearer ${copied}` } });
    assert.equal(answer.status(), expected, await answer.text());
  }
  // It comes without loading the page again
  await page.locator("#requests tr", { hasText: "DELETE" }).filter({ hasText: "403" }).first().waitFor();
  if (SCREENSHOT) {
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: SCREENSHOT.replace("docs", `overview-${colorScheme}`) });
    }
    await page.setViewportSize({ width: 400, height: 900 });
    await page.screenshot({ path: SCREENSHOT.replace("docs", "overview-phone") });
  }

  assert.deepEqual(foreign, [], "nothing is loaded from another host");
  assert.deepEqual(complaints, [], "the browser reports no errors");
  console.log("the page at /docs works: users were chosen, a token was entered, a project created, a file uploaded and downloaded");
  console.log("the page at / works: a token was copied and used, and the last requests were shown");
} finally {
  await browser.close();
}
