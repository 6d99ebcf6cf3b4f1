import type { PageData } from '../src/demo/page-data.js';
import { button, byId, element, prefersStill, svgElement } from './dom.js';
import { createPicture, paintPicture } from './pictures.js';
import { formatNumber, readReal } from './values.js';

/** How long the replay of one inference takes, and no step less than the least. */
const REPLAY_MS = 2400;
const LEAST_STEP_MS = 60;
const PLAN = { width: 720, height: 220 } as const;

export interface StepsPanel {
  /** Shows what every layer wrote. */
  show(trace: Uint8Array): void;
  /** Goes through the steps once, unless the user wants less motion. */
  replay(): void;
}

/** The memory plan and the layers, with the running step lit in both. */
export function createStepsPanel(data: PageData): StepsPanel {
  const plan = createPlan(data);
  const layers = createLayers(data);
  const slider = byId('step') as HTMLInputElement;
  slider.max = String(Math.max(0, data.steps.length - 1));
  const light = (step: number): void => {
    slider.value = String(step);
    slider.setAttribute('aria-valuetext', data.steps[step] ?? '');
    byId('step-text').textContent = describeStep(data, step);
    plan.light(step);
    layers.light(step);
  };
  let timer: number | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
    play.textContent = 'Play';
  };
  const start = (): void => {
    stop();
    play.textContent = 'Stop';
    let step = 0;
    light(0);
    timer = setInterval(
      () => (step + 1 < data.steps.length ? light(++step) : stop()),
      Math.max(LEAST_STEP_MS, REPLAY_MS / Math.max(1, data.steps.length)),
    );
  };
  const play = button('Play', () => (timer === undefined ? start() : stop()));
  slider.before(play);
  slider.addEventListener('input', () => {
    stop();
    light(slider.valueAsNumber);
  });
  light(0);
  return {
    show: (trace) => layers.show(trace),
    replay: () => {
      // Who is at the slider goes through the steps alone.
      if (!prefersStill() && document.activeElement !== slider) start();
    },
  };
}

function describeStep({ steps, blocks }: PageData, step: number): string {
  const alive = blocks.filter(({ firstStep, lastStep }) => firstStep <= step && step <= lastStep);
  const memory = alive.map(
    ({ tensors, bytes, offset }) =>
      `${tensors.join(' = ') || 'scratch'}: ${formatNumber(bytes)} B at ${formatNumber(offset)}`,
  );
  return `Step ${step + 1} of ${steps.length}, ${steps[step] ?? ''}. In the arena: ${memory.join('; ') || 'nothing'}.`;
}

function createPlan(data: PageData): { light(step: number): void } {
  const { width, height } = PLAN;
  const stepWidth = width / Math.max(1, data.steps.length);
  const scale = height / Math.max(1, data.arenaBytes);
  const column = svgElement('rect', { class: 'running', width: stepWidth, height, x: 0, y: 0 });
  const blocks = data.blocks.map(({ firstStep, lastStep, offset, bytes, tensors }) =>
    svgElement(
      'rect',
      {
        class: 'block',
        x: firstStep * stepWidth + 1,
        width: (lastStep - firstStep + 1) * stepWidth - 2,
        y: height - (offset + bytes) * scale,
        height: Math.max(1, bytes * scale),
      },
      svgElement('title', {}, `${tensors.join(' = ') || 'scratch memory'}, ${bytes} B`),
    ),
  );
  const label = `Memory plan: ${data.blocks.length} blocks of an arena of ${data.arenaBytes} bytes over ${data.steps.length} steps`;
  const picture = svgElement('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': label,
    class: 'plan',
  });
  picture.append(column, ...blocks);
  byId('plan').append(picture);
  return {
    light: (step) => {
      column.setAttribute('x', String(step * stepWidth));
      data.blocks.forEach(({ firstStep, lastStep }, i) =>
        blocks[i]!.classList.toggle('alive', firstStep <= step && step <= lastStep),
      );
    },
  };
}

function createLayers(data: PageData): { show(trace: Uint8Array): void; light(step: number): void } {
  const cards = data.layers.map((layer) => {
    const type = `${layer.dtype} ${layer.shape.join('x')}`;
    const canvas = createPicture(`What ${layer.name} wrote, ${type}`);
    const range = element('span', { class: 'range' });
    const caption = element('figcaption', {}, element('strong', {}, layer.name), ` ${layer.op}, ${type} `, range);
    return { layer, canvas, range, card: element('figure', { class: 'layer' }, caption, canvas) };
  });
  byId('layers').append(...cards.map(({ card }) => card));
  return {
    show: (trace) =>
      cards.forEach(({ layer, canvas, range }) => {
        const values = readReal(layer, trace, layer.offset);
        paintPicture(canvas, values, layer.shape);
        const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [
          Infinity,
          -Infinity,
        ] as [number, number]);
        range.textContent = `${formatNumber(least)} to ${formatNumber(most)}`;
      }),
    light: (step) =>
      cards.forEach(({ layer, card }) => {
        card.classList.toggle('running', layer.step === step);
        if (layer.step === step) card.setAttribute('aria-current', 'step');
        else card.removeAttribute('aria-current');
      }),
  };
}
