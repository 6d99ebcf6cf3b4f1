import { expect, test } from 'vitest';
import { render } from './render.js';

const TEMPLATE = 'operators/rows/kernels/rows.portable.c.hbs';
const data = {
  name: 'row_1',
  nodes: 'row_1',
  formula: 'f',
  parameters: 'float *y',
  elements: '6',
  depth: '3',
  PREFIX: 'MODEL',
  sweeps: [{ before: [], from: '0', body: ['y[row + i] = 1.0f;'] }],
};

test('a template renders with everything it asks for', () => {
  expect(render(TEMPLATE, data)).toContain('y[row + i] = 1.0f;');
});

test('a name that the template was not given is a defect, even inside a condition', () => {
  const { depth: _, ...incomplete } = data;
  expect(() => render(TEMPLATE, incomplete)).toThrow(/depth/);
  expect(() =>
    render('operators/movement/kernels/move.portable.c.hbs', { name: 'd', nodes: 'd', formula: 'f', parameters: 'p' }),
  ).toThrow(/moves/);
});

test('a number is refused: its text is the business of c-literal', () => {
  expect(() => render(TEMPLATE, { ...data, elements: 3 as unknown as string })).toThrow(/3/);
});
