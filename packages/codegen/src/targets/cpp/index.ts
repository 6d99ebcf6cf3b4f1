import type { Target } from '../target.js';

export const cpp: Target = {
  summary: 'a C++17 header around the C: typed buffers, no heap, no exceptions',
  headerFolder: '',
  sourceFolder: '',
  templates: {
    'NAME.hpp': 'cpp/network.hpp.hbs',
    'README.md': 'cpp/readme.md.hbs',
    'example/main.cpp': 'cpp/main.cpp.hbs',
    'example/sample.h': 'shared/sample.h.hbs',
  },
};
