// Opens a report in headless Chromium and uses it as a person would: points at a design, drags along an axis, drags a box,
// removes the filters. Prints what opening took.
//   node check.mjs REPORT.html CHROMIUM [SCREENSHOT.png]
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [report, executablePath, screenshot] = process.argv.slice(2);
const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 1400 } });
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.stack));
  page.on("request", (request) => request.url().startsWith("http") && faults.push("asked the network: " + request.url()));

  const begun = performance.now();
  await page.goto(pathToFileURL(report).href);
  await page.waitForFunction(() => document.body.dataset.ready === "yes", null, { timeout: 120000 });
  console.log(`opened and drawn in ${((performance.now() - begun) / 1000).toFixed(2)} s`);

  const kept = async () => Number((await page.locator("#kept").textContent()).split(" ")[0]);
  const all = await kept();
  assert.ok(all > 0);

  // Hover: the design under the pointer is read out, with its label beside it, and they say the same.
  const scatter = await page.locator("#scatter .nsewdrag").first().boundingBox();
  const tip = page.locator("#scatter .tip");
  const point_at_one = async () => {
    for (let step = 0; step < 400; ++step) {
      const [x, y] = [scatter.x + scatter.width * (0.03 + 0.94 * (step % 20) / 20), scatter.y + scatter.height * (0.97 - 0.94 * Math.floor(step / 20) / 20)];
      await page.mouse.move(x, y);
      if (await tip.isVisible()) return [x, y];
    }
    assert.fail("no label appeared");
  };
  const [x, y] = await point_at_one();
  const detail = await page.locator("#detail").textContent();
  assert.match(detail, /layers|d_model|width/);
  for (const line of (await tip.textContent()).split("\n")) assert.ok(detail.includes(line), `${line} is not in ${detail}`);

  // Click: the design stays marked, and is the one that was read out.
  await page.mouse.click(x, y);
  await page.waitForFunction(() => document.getElementById("scatter").data.some((trace) => trace.name === "chosen"));
  assert.equal(await page.locator("#detail").textContent(), detail);

  // What is drawn: the picture of the cloud between the axes, in both colours of its ends.
  const colours = await page.evaluate(async () => {
    const picture = new Image();
    picture.src = document.querySelector("#scatter image").getAttribute("href") ?? document.querySelector("#scatter image").getAttributeNS("http://www.w3.org/1999/xlink", "href");
    await picture.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [picture.width, picture.height];
    const paint = canvas.getContext("2d");
    paint.drawImage(picture, 0, 0);
    return new Set(new Uint32Array(paint.getImageData(0, 0, canvas.width, canvas.height).data.buffer)).size;
  });
  assert.ok(colours > 20, `${colours} colours`);

  // Brush: dragging along the first axis of the parallel coordinates keeps fewer designs, and leaves a chip.
  const axis = await page.locator("#parallel .grip").first().boundingBox();
  await page.mouse.move(axis.x + axis.width / 2, axis.y + axis.height * 0.25);
  await page.mouse.down();
  await page.mouse.move(axis.x + axis.width / 2, axis.y + axis.height * 0.75, { steps: 8 });
  await page.mouse.up();
  await page.waitForFunction((n) => Number(document.getElementById("kept").textContent.split(" ")[0]) !== n, all, { timeout: 30000 });
  const brushed = await kept();
  assert.ok(brushed < all, `${brushed} of ${all} kept`);
  assert.equal(await page.locator("#chips button").count(), 1);
  await page.locator("#chips button").click();
  await page.waitForFunction((n) => Number(document.getElementById("kept").textContent.split(" ")[0]) === n, all, { timeout: 30000 });

  // A box in the chart keeps what is inside.
  await page.mouse.move(scatter.x + scatter.width * 0.02, scatter.y + scatter.height * 0.02);
  await page.mouse.down();
  await page.mouse.move(scatter.x + scatter.width * 0.3, scatter.y + scatter.height * 0.98, { steps: 8 });
  await page.mouse.up();
  await page.waitForFunction(() => document.querySelectorAll("#chips button").length === 1, null, { timeout: 30000 });
  const boxed = await kept();
  assert.ok(boxed > 0 && boxed < all, `${boxed} of ${all} in the box`);

  // Its chip takes the box away, its outline too.
  await page.locator("#chips button").click();
  await page.waitForFunction((n) => Number(document.getElementById("kept").textContent.split(" ")[0]) === n, all, { timeout: 30000 });
  assert.equal(await page.locator("#scatter .selectionlayer path").count(), 0);

  // Other axes: the picture is one of them.
  const before = await page.evaluate(() => document.getElementById("scatter").layout.images[0].source);
  await page.locator("select[aria-label=x]").selectOption({ label: "first token" });
  await page.waitForFunction((old) => document.getElementById("scatter").layout.images[0].source !== old, before, { timeout: 30000 });

  // What holds the designs back: both phases are drawn, and the four shares make up the whole.
  for (const phase of ["decode", "prefill"]) {
    await page.waitForFunction((id) => document.getElementById(id).data?.length === 4, phase + "_bounds", { timeout: 30000 });
    const sums = await page.evaluate((id) => { const data = document.getElementById(id).data; return data[0].y.map((_, i) => data.reduce((sum, roof) => sum + roof.y[i], 0)); }, phase + "_bounds");
    assert.ok(sums.length > 10 && sums.every((sum) => Math.abs(sum - 100) < 0.01), `${phase}: ${sums}`);
  }

  if (screenshot) await page.screenshot({ path: screenshot, fullPage: true });
  assert.deepEqual(faults, []);
  console.log(`hover, brush (${brushed} of ${all}), chip and box (${boxed} of ${all}) work`);
} finally {
  await browser.close();
}
