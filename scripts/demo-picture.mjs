// Draws the picture of docs/demo.md: the page of a trained digits model, with a seven drawn on it, in a Chromium.
//
//   node scripts/demo-picture.mjs [MODEL]     without a word out/digits/model, as npm start leaves it
import { execFileSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findTool } from './setup/probe-tools.mjs';

const model = process.argv[2] ?? 'out/digits/model';
const page = 'out/demo-picture.html';
const picture = fileURLToPath(new URL('../docs/images/demo.png', import.meta.url));
const executablePath = findTool('chromium', process.env);
if (executablePath === undefined) {
  console.error('error E-TOOL-MISSING: chromium: expected in PATH. Type: node scripts/setup.mjs --for browser');
  process.exit(3);
}
execFileSync('npx', ['kiln', 'demo', model, '-o', page, '--no-open'], { stdio: 'inherit' });

/** A seven, over a pad of 1 by 1. */
const SEVEN = [
  { x: 0.25, y: 0.15 },
  { x: 0.75, y: 0.15 },
  { x: 0.45, y: 0.85 },
];
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const tab = await browser.newPage({ viewport: { width: 1100, height: 1200 }, reducedMotion: 'reduce' });
await tab.goto(pathToFileURL(page).href);
const box = await tab.locator('canvas.pad').boundingBox();
for (const [index, { x, y }] of SEVEN.entries()) {
  await tab.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: 12 });
  if (index === 0) await tab.mouse.down();
}
await tab.mouse.up();
await tab.getByRole('slider', { name: 'Step' }).fill('2');
await tab.screenshot({ path: picture, fullPage: true });
await browser.close();
console.log(`picture ${picture}`);
