// The book as a reader meets it: served by `kvorum learn`, in a real browser. KVORUM and CHROMIUM name the
// two programs; tests/run sets them.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const { KVORUM, CHROMIUM } = process.env;
const WAIT_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), "kvorum-browser-"));
const record = join(folder, "record.sqlite");
let server, browser, home;

const started = (child) =>
  new Promise((resolve, reject) => {
    let told = "";
    child.stdout.on("data", (chunk) => {
      told += chunk;
      const address = told.match(/http:\/\/127\.0\.0\.1:\d+\//);
      if (address) resolve(address[0]);
    });
    child.on("exit", (code) => reject(new Error(`kvorum learn ended with ${code}: ${told}`)));
  });

before(async () => {
  server = spawn(KVORUM, ["learn", "--no-open", "--port", "0", "--db", record]);
  home = await started(server);
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  server?.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
});

// A page of the book on which nothing may go wrong behind the reader's back.
const open = async (name, settings = {}) => {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  page.setDefaultTimeout(WAIT_MS);
  const wrong = [];
  page.on("console", (message) => message.type() === "error" && wrong.push(message.text()));
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("request", (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith("http") && `${origin}/` !== home) wrong.push(`asked ${request.url()}`);
  });
  await page.goto(home + name);
  return { page, wrong, close: () => context.close() };
};

const LESSON = "02-consistent-hashing.html";

test("lesson 2 shows the ring, labs that were run, and its questions", async () => {
  const { page, wrong, close } = await open(LESSON);
  assert.ok((await page.locator("svg.kv-pic").filter({ visible: true }).count()) >= 2);
  const lab = page.locator(".lab", { hasText: "placement=modulo" }).first();
  await lab.locator("summary").first().click();
  const printed = await lab.locator(".steps").innerText();
  assert.match(printed, /moved 8[23]\.\d%/);
  assert.ok((await page.locator(".question").count()) >= 4);
  assert.deepEqual(wrong, []);
  await close();
});

test("a reader changes a lab and sees it run", async () => {
  const { page, wrong, close } = await open(LESSON);
  const lab = page.locator(".lab").first();
  await lab.locator("summary").first().click();
  await lab.locator("textarea").fill("cluster nodes=3 seed=1\nput cart milk\nget cart -> milk");
  await lab.getByRole("button", { name: "Run", exact: true }).click();
  await lab.locator(".try-output", { hasText: "milk" }).waitFor();
  assert.match(await lab.locator(".note").innerText(), /^trace [0-9a-f]{16}$/);
  for (const [keys, value] of [["Control+Enter", "eggs"], ["Meta+Enter", "bread"]]) {
    const script = `cluster nodes=3 seed=1\nput cart ${value}\nget cart`;
    await lab.locator("textarea").fill(script);
    await lab.locator("textarea").press(keys);
    await lab.locator(".try-output samp", { hasText: value }).waitFor();
    assert.equal(await lab.locator("textarea").inputValue(), script, "the keys wrote nothing");
  }
  assert.deepEqual(wrong, []);
  await lab.locator("textarea").fill("puut cart milk");
  await lab.getByRole("button", { name: "Run", exact: true }).click();
  await lab.locator(".refused", { hasText: "lab.kv:1:1: no verb 'puut'; did you mean 'put'?" }).waitFor();
  await close();
});

test("an answer on the page is judged, and stands in the record", async () => {
  const { page, wrong, close } = await open(LESSON);
  const question = page.locator('.question[data-kind="single"]').first();
  await question.locator("input[type=radio]").first().check();
  await question.getByRole("button", { name: "Check" }).click();
  await question.locator(".verdict").waitFor();
  assert.match(await question.locator(".key").innerText(), /^The answer: /);
  const link = question.locator(".outcome .where a");
  const part = (await link.getAttribute("href")).split("#")[1];
  await link.click();
  await page.waitForURL(`**/${LESSON}#${part}`);
  const { y } = await page.locator(`[id="${part}"]`).boundingBox();
  assert.ok(y >= 0 && y < page.viewportSize().height, `the heading ${part} is in sight, at ${y} px`);
  assert.deepEqual(wrong, []);
  const progress = JSON.parse(execFileSync(KVORUM, ["progress", "--json", "--db", record]));
  const asked = progress.lessons.map((lesson) => lesson.asked);
  assert.equal(asked.reduce((sum, one) => sum + one), 1);
  await close();
});

test("a verdict stands at the left, above its reasons, wherever it falls out", async () => {
  for (const right of [true, false]) {
    const { page, close } = await open(LESSON);
    const verdict = { right, partial: null, notes: [], key: "k", explanation: "e", interview: "i", source: "s" };
    await page.route("**/api/answer", (route) => route.fulfill({ json: verdict }));
    const question = page.locator('.question[data-kind="single"]').first();
    await question.locator("input[type=radio]").first().check();
    await question.getByRole("button", { name: "Check" }).click();
    const [told, reason] = [await question.locator(".verdict").boundingBox(), await question.locator(".key").boundingBox()];
    assert.ok(told.x === reason.x && told.y + told.height <= reason.y, `${right}: ${JSON.stringify([told, reason])}`);
    await close();
  }
});

test("a question with nothing chosen asks for a choice, and nothing is sent", async () => {
  const { page, wrong, close } = await open(LESSON);
  const sent = [];
  page.on("request", (request) => request.url().endsWith("/api/answer") && sent.push(request.postData()));
  for (const [kind, asked] of [["single", "choose one"], ["multiple", "choose at least one"]]) {
    const questions = page.locator(`.question[data-kind="${kind}"]`);
    await questions.first().getByRole("button", { name: "Check" }).click();
    assert.equal(await questions.first().locator(".refused").innerText(), asked);
  }
  const typed = page.locator('.question:has(input[type="text"])').first();
  await typed.getByRole("button", { name: "Check" }).click();
  assert.equal(await typed.locator(".refused").innerText(), await typed.getAttribute("data-accepts"));
  assert.deepEqual([sent, wrong], [[], []]);
  await close();
});

test("one choice of language turns every tab", async () => {
  const { page, close } = await open(LESSON);
  await page.getByRole("tab", { name: "Java" }).first().click();
  const shown = page.locator('.tab[data-language="java"]').first();
  assert.ok(await shown.isVisible());
  assert.ok(!(await page.locator('.tab[data-language="python"]').first().isVisible()));
  await close();
});

// Pictures of four pages, on a desk and on a phone, in light and dark: whoever changes the look, looks at them.
test("four pages are photographed", async () => {
  const screens = process.env.SCREENS || join(folder, "screens");
  mkdirSync(screens, { recursive: true });
  for (const [width, height] of [[1200, 900], [390, 800]]) {
    for (const colorScheme of ["light", "dark"]) {
      for (const name of ["introduction", "04-consistency", "10-mock-interview", "quiz"]) {
        const { page, wrong, close } = await open(`${name}.html`, { viewport: { width, height }, colorScheme });
        const path = join(screens, `${name}-${width}-${colorScheme}.png`);
        const picture = await page.screenshot({ path });
        assert.ok(picture.length > 20_000, `${path} has ${picture.length} bytes`);
        assert.deepEqual(wrong, []);
        await close();
      }
    }
  }
});

// What was kept under a kind of item, from an export of the record.
const keptAttempts = (kind) =>
  execFileSync(KVORUM, ["progress", "export", "--db", record], { encoding: "utf8" })
    .trim().split("\n").filter((line) => line)
    .map((line) => JSON.parse(line).attempt)
    .filter((attempt) => attempt && attempt.kind === kind);

test("a prediction is committed before the run is unfolded, and kept", async () => {
  const { page, wrong, close } = await open(LESSON);
  const lab = page.locator(".lab[data-ask]").first();
  const run = lab.locator(".lab-run");
  assert.equal(await run.getAttribute("open"), null);
  await lab.getByRole("button", { name: "Commit" }).click();
  assert.match(await lab.locator(".prediction .outcome").innerText(), /first/);
  await lab.locator(".prediction input").fill(await lab.getAttribute("data-printed"));
  await lab.getByRole("button", { name: "Commit" }).click();
  await lab.locator(".prediction .outcome strong").waitFor();
  const told = await lab.locator(".prediction .outcome").innerText();
  assert.match(told, /As it went/);
  assert.match(told, /Kept in your record/);
  assert.notEqual(await run.getAttribute("open"), null);
  const kept = keptAttempts("poll").filter((attempt) => attempt.item.startsWith("lab/"));
  assert.equal(kept.length, 1);
  assert.ok(kept[0].right && kept[0].item.endsWith(`#${await lab.getAttribute("data-ask")}`));
  assert.deepEqual(wrong, []);
  await close();
});

test("a vote is kept, and the closing one tells how it moved", async () => {
  const { page, wrong, close } = await open(LESSON);
  const vote = async (when, side) => {
    const poll = page.locator(`.poll[data-vote="${when}"]`);
    await poll.locator("summary").nth(side).click();
    await poll.locator(".kept").filter({ hasText: "Kept in your record" }).waitFor();
    return poll.locator(".kept").innerText();
  };
  await vote("opening", 0);
  assert.match(await vote("closing", 1), /Before the lesson you chose/);
  const kept = keptAttempts("poll").filter((attempt) => /\/(opening|closing)$/.test(attempt.item));
  assert.equal(kept.length, 2);
  assert.deepEqual(wrong, []);
  await close();
});

test("a cheat sheet is one page of A4, and one of Letter", async () => {
  const names = ["cheatsheet.html"];
  for (let number = 1; number <= 10; number += 1) names.push(`${String(number).padStart(2, "0")}-cheatsheet.html`);
  const long = [];
  for (const name of names) {
    const { page, close } = await open(name);
    for (const format of ["A4", "Letter"]) {
      const pdf = (await page.pdf({ format, preferCSSPageSize: false })).toString("latin1");
      const count = pdf.match(/\/Type\s*\/Page[^s]/g).length;
      if (count !== 1) long.push(`${name}: ${count} pages of ${format}`);
    }
    await close();
  }
  assert.deepEqual(long, []);
});

test("without a script every lab, poll and answer can be unfolded", async () => {
  const { page, close } = await open(LESSON, { javaScriptEnabled: false });
  for (const part of [".lab-run", ".poll details", ".question .answer"]) {
    const first = page.locator(part).first();
    await first.locator("summary").first().click();
    assert.notEqual(await first.getAttribute("open"), null, part);
  }
  assert.equal(await page.locator(".prediction").count(), 0);
  await close();
});

for (const colorScheme of ["light", "dark"]) {
  test(`no page breaks a rule of the web content accessibility guidelines, ${colorScheme}`, async () => {
    const broken = [];
    for (const name of ["", "04-consistency.html", "10-mock-interview.html", "02-cheatsheet.html", "quiz.html", "next.html"]) {
      const { page, close } = await open(name, { colorScheme });
      await page.evaluate(() => {
        for (const fold of document.querySelectorAll("details")) fold.open = !fold.closest(".poll");
      });
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document, { runOnly: ["wcag2a", "wcag2aa"] }));
      for (const { id, nodes } of violations) broken.push(`${name}: ${id} at ${nodes.map((node) => node.target.join(" ")).join(", ")}`);
      await close();
    }
    assert.deepEqual(broken, []);
  });
}

for (const colorScheme of ["light", "dark"]) {
  test(`a phone shows every page without scrolling sideways, ${colorScheme}`, async () => {
    const lessons = ["01-single-node", "03-replication", "04-consistency", "05-lsm-tree", "06-gossip", "07-conflicts",
      "08-anti-entropy", "09-expiry", "10-mock-interview"].map((lesson) => `${lesson}.html`);
    const chapters = ["five-minutes", "dynamodb", "corrections", "next", "elsewhere", "glossary", "language", "quiz"];
    for (const name of ["", LESSON, "02-cheatsheet.html", ...lessons, ...chapters.map((chapter) => `${chapter}.html`)]) {
      const { page, wrong, close } = await open(name, { viewport: { width: 390, height: 800 }, colorScheme });
      const [page_px, screen_px] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
      assert.ok(page_px <= screen_px, `${name || "introduction"}: ${page_px} px on ${screen_px} px`);
      assert.deepEqual(wrong, []);
      await close();
    }
  });
}
