// Drives the status page in the system's Chromium: every answer, live changes, narrow and wide, light and dark,
// with and without JavaScript, and axe-core over all of it.
//   node run_browser_test.mjs PAGE_DEMO OUTPUT_DIRECTORY
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {chromium} from 'playwright-core';

const [demoPath, output] = process.argv.slice(2);
assert(demoPath && output, 'usage: node run_browser_test.mjs PAGE_DEMO OUTPUT_DIRECTORY');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browserPath = process.env.SERENO_CHROMIUM ?? '/usr/bin/chromium';
const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const answers = {
  well: 'All is well',
  starting: 'Not enough seen yet to judge',
  watch: 'Looking into it: WhatsApp',
  outage: 'Outage: Facebook, Instagram, WhatsApp',
  recovering: 'Coming back: Facebook, Instagram, WhatsApp',
  local: "It's us: the local network",
  restart_app: 'Restart your app: booking-bot',
  maintenance: 'Outage: Instagram',
};

/** The page on a port of its own; show() changes what it shows. */
class Demo {
  static async start(scene, language = 'en', port = 0) {
    const demo = new Demo();
    demo.process = spawn(demoPath, [scene, String(port), language], {stdio: ['pipe', 'pipe', 'inherit']});
    demo.lines = createInterface({input: demo.process.stdout})[Symbol.asyncIterator]();
    demo.url = (await demo.lines.next()).value;
    assert.match(demo.url ?? '', /^http:\/\/127\.0\.0\.1:\d+\/$/);
    return demo;
  }
  async show(scene) {
    this.process.stdin.write(scene + '\n');
    assert.equal((await this.lines.next()).value, 'shown ' + scene);
  }
  async stop() {
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.stdin.end();
    await ended;
  }
}

/** A page that must not complain, nor ask anybody but its own server. */
async function open(browser, url, options = {}) {
  const context = await browser.newContext({viewport: {width: 1280, height: 900}, ...options});
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) page.complaints.push('asked ' + request.url());
  });
  const answer = await page.goto(url);
  assert.equal(answer.status(), 200);
  page.finish = async () => {
    assert.deepEqual(page.complaints, []);
    await context.close();
  };
  return page;
}

const answerOf = (page) => page.locator('h1').innerText();
const answered = (page, scene) =>
  page.locator('h1').filter({hasText: answers[scene]}).waitFor({timeout: 10000});
const isLive = (page) => page.waitForSelector('#live[data-state="live"]', {timeout: 5000});

async function overflow(page) {
  return page.evaluate(() => {
    const room = document.documentElement.clientWidth;
    return [...document.querySelectorAll('body *')]
      .filter((e) => !e.closest('.hidden, .sprite') && e.getBoundingClientRect().right > room + 0.5)
      .map((e) => `${e.tagName}.${e.getAttribute('class')} ${Math.round(e.getBoundingClientRect().right)}`)
      .concat(document.documentElement.scrollWidth > room ? ['the page scrolls sideways'] : []);
  });
}

async function violations(page) {
  // From the debugger's world, which the page's own policy does not bind.
  await page.evaluate(axeSource);
  const result = await page.evaluate(() => globalThis.axe.run(document, {resultTypes: ['violations']}));
  return result.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(' | ')}`);
}

const tests = {
  'each state has its sentence, fits 360 and 1280 pixels, and axe finds nothing, in light and dark': async (browser) => {
    for (const [scene, sentence] of Object.entries(answers)) {
      const demo = await Demo.start(scene);
      for (const colorScheme of ['light', 'dark']) {
        const page = await open(browser, demo.url, {colorScheme, reducedMotion: 'reduce'});
        assert.equal(await answerOf(page), sentence);
        await isLive(page);
        for (const width of [1280, 360]) {
          const what = `${scene}, ${width} px, ${colorScheme}`;
          await page.setViewportSize({width, height: 800});
          await page.screenshot({path: join(output, `${scene}-${width}-${colorScheme}.png`)});
          await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
          assert.deepEqual(await overflow(page), [], what);
          if (width > 360) await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = false; }));
        }
        assert.deepEqual(await violations(page), [], `${scene}, ${colorScheme}`);
        await page.finish();
      }
      await demo.stop();
    }
  },

  'light and dark are really two': async (browser) => {
    const demo = await Demo.start('well');
    const grounds = [];
    for (const colorScheme of ['light', 'dark']) {
      const page = await open(browser, demo.url, {colorScheme});
      grounds.push(await page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
      await page.finish();
    }
    assert.notEqual(grounds[0], grounds[1]);
    await demo.stop();
  },

  'changes appear without a reload; what the reader opened and focused stays': async (browser) => {
    const demo = await Demo.start('well');
    const page = await open(browser, demo.url);
    await isLive(page);
    await page.evaluate(() => { globalThis.sameDocument = true; });
    const checks = page.locator('#subject-facebook-probes');
    await checks.locator('summary').focus();
    await page.keyboard.press('Enter');
    assert.equal(await checks.evaluate((d) => d.open), true);
    await page.evaluate(() => scrollTo(0, 300));

    for (const scene of ['watch', 'outage', 'recovering', 'well']) {
      await demo.show(scene);
      await answered(page, scene);
      assert.ok((await page.title()).includes(answers[scene]));
    }
    assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
    assert.equal(await checks.evaluate((d) => d.open), true);
    assert.equal(await page.evaluate(() => document.activeElement.parentElement.id), 'subject-facebook-probes');
    assert.equal(await page.evaluate(() => scrollY), 300);
    await page.finish();
    await demo.stop();
  },

  'a lost connection is said, and its return too': async (browser) => {
    let demo = await Demo.start('well');
    const port = new URL(demo.url).port;
    const page = await open(browser, demo.url);
    await isLive(page);
    await demo.stop();
    await page.waitForSelector('#live[data-state="lost"]', {timeout: 10000});
    assert.match(await page.locator('#live').innerText(), /lost; what you see is from \d\d:\d\d:\d\d UTC/);
    demo = await Demo.start('outage', 'en', port);
    await page.waitForSelector('#live[data-state="live"]', {timeout: 20000});
    await answered(page, 'outage');
    page.complaints = page.complaints.filter((c) => !c.includes('net::ERR_'));  // the browser's own note of the loss
    await page.finish();
    await demo.stop();
  },

  'everything can be read without JavaScript': async (browser) => {
    const demo = await Demo.start('outage');
    const page = await open(browser, demo.url, {javaScriptEnabled: false, viewport: {width: 360, height: 800}});
    assert.equal(await answerOf(page), answers.outage);
    await page.locator('#subject-instagram-probes > summary').click();
    assert.ok(await page.getByText('https://graph.instagram.com/').isVisible());
    assert.ok(await page.locator('noscript a[href="/"]').isVisible());
    assert.equal(await page.locator('.steps li').count(), 5);
    await page.finish();
    await demo.stop();
  },

  'what others say can be read on a phone without JavaScript': async (browser) => {
    const demo = await Demo.start('outage');
    const page = await open(browser, demo.url, {javaScriptEnabled: false, viewport: {width: 360, height: 800}});
    const outside = page.locator('article', {has: page.locator('#subject-facebook-title')}).locator('.outside-view');
    const text = await outside.innerText();
    for (const piece of ['RIPE RIS Live · networks seen: 0 of 4', 'São Paulo, BR', 'We are aware that some people'])
      assert.ok(text.includes(piece), piece);
    const unable = page.locator('.witnesses .unable').first();
    assert.ok(await unable.isVisible());
    assert.match(await unable.innerText(), /Unknown · since \d\d:\d\d[^]*asked again in 60 s[^]*1 d 2 h ago/);
    assert.equal(await unable.locator('use').getAttribute('href'), '#r-unknown');
    await page.finish();
    await demo.stop();
  },

  'a live change brings the witnesses along, and their age goes on': async (browser) => {
    const demo = await Demo.start('well');
    const page = await open(browser, demo.url);
    await isLive(page);
    assert.equal(await page.locator('.witnesses .unable').count(), 0);
    await demo.show('outage');
    await answered(page, 'outage');
    assert.equal(await page.locator('.witnesses .unable').count(), 2);
    const age = page.locator('.witnesses .able .elapsed').first();
    const before = await age.innerText();
    for (let i = 0; i < 50 && await age.innerText() === before; ++i) await page.waitForTimeout(100);
    assert.notEqual(await age.innerText(), before);
    await page.finish();
    await demo.stop();
  },

  'the keyboard reaches everything in order, and the focus can be seen': async (browser) => {
    const demo = await Demo.start('outage');
    const page = await open(browser, demo.url);
    await isLive(page);
    const stops = await page.locator('main a[href], main summary, footer a[href]').count();
    const seen = new Set();
    for (let i = 0; i < stops; ++i) {
      await page.keyboard.press('Tab');
      seen.add(await page.evaluate(() => {
        const e = document.activeElement;
        if (getComputedStyle(e).outlineStyle === 'none') throw new Error('no focus ring on ' + e.outerHTML);
        return [...document.querySelectorAll('a[href], summary')].indexOf(e);
      }));
    }
    assert.equal(seen.size, stops);
    await page.finish();
    await demo.stop();
  },

  'hostile text does nothing': async (browser) => {
    const demo = await Demo.start('hostile');
    const page = await open(browser, demo.url, {viewport: {width: 360, height: 800}});
    page.on('dialog', (dialog) => { page.complaints.push('dialog'); dialog.dismiss(); });
    await isLive(page);
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    assert.deepEqual(await overflow(page), []);
    assert.equal(await page.locator('script').count(), 1);
    assert.ok((await answerOf(page)).includes('<script>alert("x")</script>'));
    await page.finish();
    await demo.stop();
  },

  'each language fits a phone and says which it is': async (browser) => {
    for (const language of ['es', 'it', 'fr', 'pt', 'de']) {
      const demo = await Demo.start('outage', language);
      const page = await open(browser, demo.url, {viewport: {width: 360, height: 800}});
      await isLive(page);
      assert.equal(await page.evaluate(() => document.documentElement.lang), language);
      assert.deepEqual(await overflow(page), [], language);
      assert.deepEqual(await violations(page), [], language);
      await page.finish();
      await demo.stop();
    }
  },
};

mkdirSync(output, {recursive: true});
const profile = mkdtempSync(join(tmpdir(), 'sereno-browser-'));
const wanted = process.argv[4];
let failed = 0;
const browser = await chromium.launch({
  executablePath: browserPath, args: flags,
  env: {...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile},
});
try {
  for (const [name, test] of Object.entries(tests)) {
    if (wanted && !name.includes(wanted)) continue;
    const start = performance.now();
    try {
      await test(browser);
      console.log(`ok      ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
    } catch (error) {
      ++failed;
      console.log(`FAILED  ${name}\n${error.stack ?? error}`);
    }
  }
} finally {
  await browser.close();
  rmSync(profile, {recursive: true, force: true});
}
process.exit(failed === 0 ? 0 : 1);
