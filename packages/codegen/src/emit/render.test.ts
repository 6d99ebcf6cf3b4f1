import { expect, test } from 'vitest';
import { render } from './render.js';

const TEMPLATE = 'operators/activations/kernels/lookup.portable.c.hbs';
const data = {
  elements: '3',
  name: 'elu_1',
  nodes: 'elu_1',
  formula: 'f',
  parameters: 'int8_t *y',
  index: 'x[i] + 128',
};

test('a template renders with everything it asks for', () => {
  expect(render(TEMPLATE, data)).toContain('y[i] = results[x[i] + 128];');
});

test('a name that the template was not given is a defect, even inside a condition', () => {
  const { index: _, ...incomplete } = data;
  expect(() => render(TEMPLATE, incomplete)).toThrow(/index/);
  expect(() =>
    render('operators/movement/kernels/move.portable.c.hbs', { name: 'd', nodes: 'd', formula: 'f', parameters: 'p' }),
  ).toThrow(/moves/);
});

test('a number is refused: its text is the business of c-literal', () => {
  expect(() => render(TEMPLATE, { ...data, elements: 3 as unknown as string })).toThrow(/3/);
});
