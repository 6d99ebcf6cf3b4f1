import type { Target } from '../target.js';

/** Source: Arduino, "Library specification", library format 2.2. */
export const arduino: Target = {
  summary: 'an Arduino library with an example sketch',
  headerFolder: 'src',
  sourceFolder: 'src',
  templates: {
    'library.properties': 'arduino/library.properties.hbs',
    'keywords.txt': 'arduino/keywords.txt.hbs',
    'README.md': 'arduino/readme.md.hbs',
    'examples/Hello/Hello.ino': 'arduino/hello.ino.hbs',
    'examples/Hello/sample.h': 'shared/sample.h.hbs',
  },
};
