import type { Target } from '../target.js';

/** Source: Raspberry Pi, "Getting started with the Pico-series", "Creating your own project". */
export const picoSdk: Target = {
  summary: 'a library for the Raspberry Pi Pico SDK with an example project',
  headerFolder: 'include',
  sourceFolder: 'src',
  templates: {
    'CMakeLists.txt': 'pico-sdk/cmake-lists.txt.hbs',
    'README.md': 'pico-sdk/readme.md.hbs',
    'example/CMakeLists.txt': 'pico-sdk/example-lists.txt.hbs',
    'example/main.c': 'pico-sdk/main.c.hbs',
    'example/sample.h': 'shared/sample.h.hbs',
  },
};
