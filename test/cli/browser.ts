import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { pathToFileURL } from 'node:url';
import { afterAll } from 'vitest';
import { programInPath } from './kiln-process.js';

/** The system's Chromium, or null: no browser is downloaded. */
export const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']
  .map((name) => programInPath(name))
  .find((path) => path !== null);

let browser: Promise<Browser> | null = null;
afterAll(async () => (await browser)?.close());

/** Opens a file in a browser without a window; whatever the page complains of or asks the network for is kept. */
export async function openPage(
  file: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; complaints: string[] }> {
  browser ??= chromium.launch({ executablePath: CHROMIUM!, args: ['--no-sandbox', '--disable-gpu', '--disable-quic'] });
  const context = await (await browser).newContext({ acceptDownloads: true, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (/^(https?|wss?):/.test(request.url())) complaints.push(`asks for ${request.url()}`);
  });
  await page.goto(pathToFileURL(file).href);
  return { page, complaints };
}

/** Draws lines with the mouse; the points run from 0 to 1 over the pad. */
export async function drawWithMouse(
  page: Page,
  ...strokes: readonly (readonly (readonly [number, number])[])[]
): Promise<void> {
  const box = (await page.locator('canvas.pad').boundingBox())!;
  for (const stroke of strokes) {
    for (const [i, [x, y]] of stroke.entries()) {
      await page.mouse.move(box.x + x * box.width, box.y + y * box.height, { steps: i === 0 ? 1 : 12 });
      if (i === 0) await page.mouse.down();
    }
    await page.mouse.up();
  }
}
