import { expect, test } from 'vitest';
import { render } from './render.js';

const data = { elements: '3', name: 'relu_1', nodes: 'relu_1', type: 'int8_t', zero: '-4' };

test('a template renders with everything it asks for', () => {
  expect(render('operators/relu/kernels/portable.c.hbs', data)).toContain('y[i] = x[i] > -4 ? x[i] : -4;');
});

test('a name that the template was not given is a defect, even inside a condition', () => {
  const { zero: _, ...incomplete } = data;
  expect(() => render('operators/relu/kernels/portable.c.hbs', incomplete)).toThrow(/zero/);
  expect(() =>
    render('operators/movement/kernels/move.portable.c.hbs', { name: 'd', nodes: 'd', formula: 'f', parameters: 'p' }),
  ).toThrow(/moves/);
});

test('a number is refused: its text is the business of c-literal', () => {
  expect(() => render('operators/relu/kernels/portable.c.hbs', { ...data, elements: 3 as unknown as string })).toThrow(
    /3/,
  );
});
