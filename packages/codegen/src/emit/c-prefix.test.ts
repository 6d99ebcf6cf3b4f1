import { expect, test } from 'vitest';
import { cPrefix } from './c-prefix.js';

test('a network is called what its model is called', () => {
  expect(cPrefix('Gesture classifier')).toBe('gesture_classifier');
});

test.each(['signal', 'time', 'std', 'stdint', 'Arduino', 'printf', 'size_t'])(
  'no header, function or namespace of others is hidden by a network called %s',
  (name) => expect(cPrefix(name)).toBe(`${name.toLowerCase()}_model`),
);
