import { readFileSync, writeFileSync } from 'node:fs';
import { readNpy, writeNpy } from '@kiln/formats';
import type { Page } from 'playwright-core';
import { beforeAll, expect, test } from 'vitest';
import { CHROMIUM, drawWithMouse, openPage } from './browser.js';
import { errorCodes, programInPath, ROOT, Sandbox } from './kiln-process.js';
import { saveInputs, saveModel } from './tiny-model.js';

const box = new Sandbox();
const DATA = process.env['KILN_DATA'] ?? `${ROOT}../shared/data/optdigits`;
const missing = ['emcc'].filter((name) => programInPath(name) === null);
/** Without a Chromium (`node scripts/setup.mjs --for browser`) the tests of the page are skipped, by name. */
const withoutBrowser = CHROMIUM === undefined || missing.length > 0;
const ROWS = 300;

const [digits, tiny] = [box.at('digits.html'), box.at('tiny.html')];
const model = box.at('model');

beforeAll(async () => {
  if (missing.length > 0) return;
  const train = ['train', 'digits-cnn', '--epochs', '6', '--backend', 'wasm', '-o', model];
  await succeed([...train, ...(hasDigits(DATA) ? ['--data', DATA] : [])]);
  await succeed(['demo', model, '-o', digits, '--no-open']);
  await succeed(['demo', saveModel(box.at('tiny')), '-o', tiny, '--no-open']);
});

function hasDigits(folder: string): boolean {
  try {
    return readFileSync(`${folder}/optdigits.tra`).length > 0;
  } catch {
    return false;
  }
}

async function succeed(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await box.run(args);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function saveAnswers(page: Page): Promise<Uint8Array> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save all answers' }).click();
  const file = box.at(`answers-${Date.now()}.npy`);
  await (await download).saveAs(file);
  return readFileSync(file);
}

/** What `kiln run` on the reference writes for the same inputs. */
async function referenceAnswers(path: string, inputs: string): Promise<Uint8Array> {
  const folder = box.at('reference');
  await succeed(['run', path, '--on', 'reference', '--input', inputs, '--out-dir', folder]);
  return readFileSync(`${folder}/output_0.npy`);
}

test.skipIf(withoutBrowser)('a seven drawn with the mouse is read as a seven, and nothing is fetched', async () => {
  const { page, complaints } = await openPage(digits);
  const stroke = [
    [0.25, 0.15],
    [0.75, 0.15],
    [0.45, 0.85],
  ] as const;
  await drawWithMouse(page, stroke);
  expect(await page.locator('#answer').textContent()).toMatch(/^Reads 7: /);
  await expect.poll(() => page.getByRole('status').textContent()).toMatch(/^Reads 7: /);
  await page.getByRole('button', { name: 'Clear' }).click();
  await drawWithMouse(page, [
    [0.5, 0.12],
    [0.3, 0.25],
    [0.25, 0.5],
    [0.32, 0.78],
    [0.5, 0.88],
    [0.7, 0.75],
    [0.75, 0.5],
    [0.68, 0.22],
    [0.5, 0.12],
  ]);
  expect(await page.locator('#answer').textContent()).toMatch(/^Reads 0: /);
  expect(complaints).toEqual([]);
});

test.skipIf(withoutBrowser)(
  'the answers of the page to the test set are those of the reference, bit for bit',
  async () => {
    const { shape, data } = readNpy(readFileSync(`${model}/evaluation-inputs.npy`), 'evaluation');
    const rows = Math.min(ROWS, shape[0]!);
    const inputs = box.at('rows.npy');
    writeFileSync(
      inputs,
      writeNpy({ dtype: 'uint8', shape: [rows, ...shape.slice(1)], data: data.slice(0, rows * 64) as Uint8Array }),
    );
    const { page, complaints } = await openPage(digits);
    await page.locator('summary').click();
    await page.locator('#files input').setInputFiles(inputs);
    await expect.poll(() => page.locator('#row-count').textContent()).toBe(`of ${rows}`);
    expect(Buffer.compare(await saveAnswers(page), await referenceAnswers(model, inputs))).toBe(0);
    expect(complaints).toEqual([]);
  },
);

test.skipIf(withoutBrowser)('a digit is drawn with the keyboard alone', async () => {
  const { page } = await openPage(digits, { reducedMotion: 'reduce' });
  const pad = page.getByRole('application', { name: 'Drawing pad' });
  await pad.focus();
  // From the cursor's first cell to the top left; right along the top, then down to the left: a seven.
  const keys =
    'ArrowLeft Space ArrowRight ArrowRight ArrowRight ArrowDown ArrowDown ArrowLeft ArrowDown ArrowDown ArrowDown Space';
  for (const key of keys.split(' ')) await page.keyboard.press(key);
  expect(await page.locator('#answer').textContent()).toMatch(/^Reads 7: /);
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Undo');
});

test.skipIf(withoutBrowser)(
  'on a phone a finger draws, nothing is wider than the screen, and motion is spared',
  async () => {
    const phone = {
      viewport: { width: 360, height: 740 },
      hasTouch: true,
      isMobile: true,
      reducedMotion: 'reduce',
      colorScheme: 'dark',
    } as const;
    const { page, complaints } = await openPage(digits, phone);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(360);
    await page.locator('canvas.pad').tap();
    expect(await page.locator('#answer').textContent()).toMatch(/^Reads \d: /);
    await page.waitForTimeout(700);
    expect(await page.getByRole('slider', { name: 'Step' }).inputValue()).toBe('0');
    expect(complaints).toEqual([]);
  },
);

test.skipIf(withoutBrowser)('the step that the slider is at is lit in the layers', async () => {
  const { page } = await openPage(digits);
  const slider = page.getByRole('slider', { name: 'Step' });
  await slider.focus();
  await page.keyboard.press('End');
  const last = await slider.inputValue();
  expect(await page.locator('[aria-current=step] strong').allTextContents()).toEqual([
    await slider.getAttribute('aria-valuetext'),
  ]);
  await page.keyboard.press('ArrowLeft');
  expect(await slider.inputValue()).toBe(String(Number(last) - 1));
  expect(await page.locator('#step-text').textContent()).toMatch(/^Step \d+ of \d+, \S+\. In the arena: .* B at /);
});

test.skipIf(withoutBrowser)('another model takes sliders and files, and says what is wrong with a file', async () => {
  const { page, complaints } = await openPage(tiny);
  await expect.poll(() => page.locator('#answer').textContent()).toMatch(/%/);
  const before = await page.locator('#answers').textContent();
  for (const row of [0, 5, 10]) {
    await page.locator('.slider input').nth(row).focus();
    await page.keyboard.press('End');
  }
  expect(await page.locator('#answers').textContent()).not.toBe(before);
  const inputs = saveInputs(box.at('inputs.npy'), 5);
  await page.locator('summary').click();
  await page.locator('#files input').setInputFiles(inputs);
  await expect.poll(() => page.locator('#row-count').textContent()).toBe('of 5');
  expect(Buffer.compare(await saveAnswers(page), await referenceAnswers(box.at('tiny'), inputs))).toBe(0);
  const csv = box.at('short.csv');
  writeFileSync(csv, 'a,b\n1,2\n');
  await page.locator('#files input').setInputFiles(csv);
  await expect
    .poll(() => page.locator('#message').textContent())
    .toBe('short.csv has 2 values in row 1, expected 16 numbers');
  expect(complaints).toEqual([]);
});

test.skipIf(missing.length > 0)(
  'the same model gives the same page, and a file that is not Kiln’s is left alone',
  async () => {
    const again = box.at('again.html');
    const out = await succeed(['demo', box.at('tiny'), '-o', again, '--no-open', '--json']);
    expect(JSON.parse(out)).toMatchObject({ page: again, opened: false });
    expect(readFileSync(again)).toEqual(readFileSync(tiny));
    writeFileSync(again, 'mine');
    const refused = await box.run(['demo', box.at('tiny'), '-o', again, '--no-open']);
    expect([refused.code, ...errorCodes(refused)]).toEqual([1, 'E-OUTPUT-NOT-OURS']);
    expect(readFileSync(again, 'utf8')).toBe('mine');
  },
);
