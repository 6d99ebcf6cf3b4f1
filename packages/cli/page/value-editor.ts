import type { PageInput } from '../src/demo/page-data.js';
import { element } from './dom.js';
import type { Editor } from './editor.js';
import { createPicture, paintPicture } from './pictures.js';
import { elementCountOf, formatNumber, readReal, writeReal } from './values.js';

/** With more elements than this an input is shown as a picture, and set from a file. */
const MOST_SLIDERS = 32;
/** Steps from a slider's one end to the other, for numbers that are no whole ones. */
const SLIDER_STEPS = 200;

/** Sliders, or a picture of what came from a file. */
export function createValueEditor(input: PageInput, onChange: () => void): Editor {
  return elementCountOf(input) <= MOST_SLIDERS ? createSliders(input, onChange) : createView(input);
}

function createSliders(input: PageInput, onChange: () => void): Editor {
  let bytes = new Uint8Array(input.bytes);
  const isWhole = input.dtype !== 'float32' && input.quantization === null;
  const step = isWhole ? 1 : (input.most - input.least) / SLIDER_STEPS;
  const sliders = Array.from({ length: elementCountOf(input) }, (_, i) => {
    const slider = element('input', {
      type: 'range',
      min: String(input.least),
      max: String(input.most),
      step: String(step),
    });
    const output = element('output');
    slider.addEventListener('input', () => {
      writeReal(
        input,
        sliders.map(({ slider: each }) => each.valueAsNumber),
        bytes,
        0,
      );
      output.value = formatNumber(slider.valueAsNumber);
      onChange();
    });
    return { slider, output, row: element('label', { class: 'slider' }, `${input.name} ${i}`, slider, output) };
  });
  const show = (given: Uint8Array): void => {
    bytes = given.slice();
    readReal(input, bytes, 0).forEach((value, i) => {
      sliders[i]!.slider.value = String(value);
      sliders[i]!.output.value = formatNumber(value);
    });
  };
  writeReal(
    input,
    sliders.map(() => Math.max(input.least, Math.min(0, input.most))),
    bytes,
    0,
  );
  show(bytes);
  return {
    element: element('div', { class: 'sliders' }, ...sliders.map(({ row }) => row)),
    read: () => bytes,
    missing: () => null,
    show,
  };
}

function createView(input: PageInput): Editor {
  let bytes = new Uint8Array(input.bytes);
  const picture = createPicture(`${input.name}, ${input.dtype} of ${input.shape.join(' by ')}`);
  const show = (given: Uint8Array): void => {
    bytes = given.slice();
    paintPicture(picture, readReal(input, bytes, 0), input.shape);
  };
  writeReal(input, new Float64Array(elementCountOf(input)), bytes, 0);
  show(bytes);
  return { element: picture, read: () => bytes, missing: () => null, show };
}
