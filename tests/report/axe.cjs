// Prints, as JSON, what axe-core finds on a page at phone and desk width.
const { chromium } = require("playwright-core");

const flags = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

(async () => {
  const [page, executablePath] = process.argv.slice(2);
  const browser = await chromium.launch({ executablePath, args: flags });
  const found = { violations: [], overflow: [], requests: [] };
  for (const width of [360, 1280]) {
    const tab = await browser.newPage({ viewport: { width, height: 900 } });
    tab.on("request", (request) => {
      if (!/^(file|data):/.test(request.url())) found.requests.push(request.url());
    });
    await tab.goto(`file://${page}`);
    const wide = await tab.evaluate(() => document.documentElement.scrollWidth);
    if (wide > width) found.overflow.push(`${wide} px at ${width} px`);
    await tab.addScriptTag({ path: require.resolve("axe-core/axe.min.js") });
    const result = await tab.evaluate(() => axe.run());
    for (const { id, help, nodes } of result.violations) {
      found.violations.push(`${width} px: ${id}: ${help}: ${nodes[0].html.slice(0, 200)}`);
    }
    found.checked = (found.checked || 0) + result.passes.length;
  }
  await browser.close();
  console.log(JSON.stringify(found));
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
